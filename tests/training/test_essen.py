"""`python -m training.essen`: every German song as a file, or nothing and one sentence."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from training.errors import TrainingError
from training.essen import main, write

FILES = {"a_1.abc": "X:1\n", "b_2.abc": "X:2\n"}


@pytest.mark.parametrize(("name", "code"), [("file", 2), ("", 2), ("file/below", 1), ("full", 1)])
def test_a_folder_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    (tmp_path / "full").mkdir()
    for path in (tmp_path / "file", tmp_path / "full" / "mine.mid"):
        path.write_text("mine")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    result = CliRunner().invoke(main, [name])
    assert result.exit_code == code, result.output
    assert result.output.strip().splitlines()[-1].startswith("Error: ")
    assert isinstance(result.exception, SystemExit)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_folder_that_is_not_writable_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    result = CliRunner().invoke(main, [str(tmp_path / "new")])
    assert (result.exit_code, "cannot be used (Permission denied)" in result.output) == (1, True)


def test_songs_fill_a_new_an_empty_and_their_own_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty", "new"):
        write(tmp_path / name, FILES)
        assert {path.name: path.read_text() for path in (tmp_path / name).iterdir()} == FILES


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    unwritable = {**FILES, "no/such/folder.abc": "X:3\n"}
    with pytest.raises(OSError, match="folder"):
        write(tmp_path / "new", unwritable)
    assert not (tmp_path / "new").exists()
    write(tmp_path / "old", FILES)
    with pytest.raises(OSError, match="folder"):
        write(tmp_path / "old", dict.fromkeys(unwritable, "other"))
    assert {path.name: path.read_text() for path in (tmp_path / "old").iterdir()} == FILES


def test_a_folder_with_a_song_s_name_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a_1.abc").mkdir()
    with pytest.raises(TrainingError, match=r"already contains a_1\.abc"):
        write(tmp_path, FILES)
