"""The programs on docs/protocol.md run as they stand there, against a daemon that plays."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import needs
from tests.imports import ROOT
from tests.midi.playing import Edmd, playing
from tests.protocol.page import PAGE

pytestmark = pytest.mark.timeout(240)
PACKAGES: Final = ROOT / ".venv" / "node" / "node_modules"
SAID: Final = re.compile(
    r"edmd \d+\.\d+\.\d+\nenergy rises from bar \d+\nrefused: tempo is 20 to 300 BPM; got 9000\n"
    r"((lead|chords|bass|drums) (on|off) \d+\n){4}"
)


@pytest.fixture(scope="module")
def edmd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edmd]:
    state = str(tmp_path_factory.mktemp("state"))
    with playing(Path("edm"), environ={"XDG_STATE_HOME": state}) as running:
        yield running


def program(language: str, edmd: Edmd) -> str:
    """Return the program of a language, with the addresses of this daemon in place of the usual ones."""
    text: str
    (text,) = re.findall(
        rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    state = edmd.client.state()
    for usual, here in (("5570", state["control"]), ("5571", state["telemetry"])):
        assert f'"tcp://127.0.0.1:{usual}"' in text
        text = text.replace(f"tcp://127.0.0.1:{usual}", here)
    return text


def run(*words: str, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        words, check=False, capture_output=True, text=True, timeout=60, env={**os.environ, **(environ or {})}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_in_python(edmd: Edmd) -> None:
    assert SAID.fullmatch(run(sys.executable, "-c", program("python", edmd)))


def test_the_example_in_node(edmd: Edmd) -> None:
    node = needs.program("node")
    if not (PACKAGES / "zeromq").is_dir():
        needs.lacks("the package zeromq of Node", needs.PROGRAMS["node"])
    said = run(node, "-e", program("js", edmd), environ={"NODE_PATH": str(PACKAGES)})
    assert SAID.fullmatch(said), said
