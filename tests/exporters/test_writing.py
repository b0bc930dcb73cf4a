"""Files written whole or not at all, whoever else looks at the same path meanwhile."""

import subprocess
import sys
from pathlib import Path

from exporters.writing import check_writable, writing

_ELSEWHERE = (
    "import sys\nfrom pathlib import Path\nfrom exporters.writing import check_writable, writing\n"
    "check_writable(Path(sys.argv[1]))\n"
    "with writing(Path(sys.argv[1])) as partial:\n    partial.write_text('theirs')\n"
)


def test_another_process_does_not_disturb_what_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    with writing(path) as partial:
        partial.write_text("ours")
        subprocess.run([sys.executable, "-c", _ELSEWHERE, str(path)], check=True)
        assert path.read_text() == "theirs"
        assert partial.read_text() == "ours"
    assert path.read_text() == "ours"
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_is_tried_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    check_writable(path)
    assert list(tmp_path.iterdir()) == []
    path.write_text("kept")
    check_writable(path)
    assert (list(tmp_path.iterdir()), path.read_text()) == ([path], "kept")
