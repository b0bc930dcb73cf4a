"""Files are written completely or not at all, even if other processes use the same path."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from exporters.writing import WriteError, check_writable, replace_bytes, writing

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


def test_many_writers_of_one_path_never_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "preset.toml"
    contents = [bytes([65 + number]) * 5000 for number in range(8)]

    def save(content: bytes) -> set[bytes]:
        seen = set()
        for _ in range(50):
            replace_bytes(path, content)
            seen.add(path.read_bytes())
        return seen

    with ThreadPoolExecutor(len(contents)) as pool:
        seen = set().union(*pool.map(save, contents))
    assert seen <= set(contents)
    assert list(tmp_path.iterdir()) == [path]


def test_the_longest_name_a_folder_holds_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".mid")
    check_writable(path)
    replace_bytes(path, b"music")
    assert path.read_bytes() == b"music"
    with pytest.raises(WriteError, match="too long"):
        check_writable(path.with_name(f"x{path.name}"))


def test_a_refused_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_text("kept")

    def fail() -> None:
        with writing(path) as partial:
            partial.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(WriteError, match=r"cannot write .*song.wav: No space"):
        fail()
    assert (list(tmp_path.iterdir()), path.read_text()) == ([path], "kept")
