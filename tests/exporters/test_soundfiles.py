"""Writing sound files to a disk that fails."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests import needs

needs.library("soundfile")

_WRITE: Final = """
import resource, sys
from pathlib import Path
from typing import Final
import numpy as np
from exporters.audio import FORMATS
from exporters.soundfiles import sound_file
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
path = Path(sys.argv[1])
noise = np.random.default_rng(1).normal(0, 0.1, (44100, 2))
try:
    with sound_file(path, *FORMATS[path.suffix]) as file:
        for _ in range(60):
            file.write(noise)
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_a_disk_that_takes_no_more_is_told_with_its_cause(suffix: str, tmp_path: Path) -> None:
    needs.library("resource")
    words = [sys.executable, "-c", _WRITE, str(tmp_path / f"noise{suffix}")]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.stdout, ran.stderr) == ("File too large\n", "")
