"""A separate process reads a file to prime with, and it runs only our own code."""

from pathlib import Path

import pytest

from daemon.composer.fileheard import UnheardError, heard_aside
from exporters.midi import write_midi
from tests.exporters.pieces import take


def test_a_module_of_the_current_folder_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models.py").write_text("raise SystemExit('a stranger runs')")
    write_midi(take(), tmp_path / "song.mid")
    monkeypatch.chdir(tmp_path)
    assert heard_aside(tmp_path / "song.mid", None, lambda: False) is not None


def test_a_file_that_cannot_be_read_is_refused_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / "song.mid").write_bytes(b"MThd")
    with pytest.raises(UnheardError):
        heard_aside(tmp_path / "song.mid", None, lambda: False)


def test_it_can_be_given_up(tmp_path: Path) -> None:
    write_midi(take(), tmp_path / "song.mid")
    with pytest.raises(UnheardError):
        heard_aside(tmp_path / "song.mid", None, lambda: True)
