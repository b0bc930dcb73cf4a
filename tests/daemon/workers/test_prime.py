"""Music to prime with is read by a worker, with our own code and within bounds."""

import os
from pathlib import Path
from typing import Any

import pytest

from daemon.control.messages import ControlError, HeardNote, Prime
from daemon.workers import jobs
from daemon.workers.runner import Workers
from exporters.midi import write_midi
from models.notes import Note
from models.take import Take
from tests.exporters.pieces import take


def heard(folder: Path, op: Prime) -> jobs.Heard:
    """What a worker hears."""
    workers = Workers()
    worker = workers.run(jobs.read_music(op, folder))
    assert workers.wait(worker, 30)
    return worker.result()


def refused(folder: Path, **fields: Any) -> tuple[str, str]:
    with pytest.raises(ControlError) as caught:
        heard(folder, Prime(**fields))
    return caught.value.code, caught.value.message


def test_notes_and_files_are_heard(tmp_path: Path) -> None:
    write_midi(take(), tmp_path / "song.mid")
    assert len(heard(tmp_path, Prime(path="song.mid")).melody) == 128
    assert len(heard(tmp_path, Prime(notes=(HeardNote(0, 1, "lead", 60, 90),))).percussion) == 128


def test_a_module_of_the_current_folder_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("models", "msgspec", "daemon"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger runs')")
    write_midi(take(), tmp_path / "song.mid")
    monkeypatch.chdir(tmp_path)
    assert heard(tmp_path, Prime(path="song.mid")).melody


def test_what_cannot_be_heard_is_told(tmp_path: Path) -> None:
    (tmp_path / "torn.mid").write_bytes(b"MThd")
    os.mkfifo(tmp_path / "pipe.mid")
    (tmp_path / "device.mid").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    write_midi(Take((Note(0, 480, "bass", 40, 90),), (), (), {"bass": 3}), tmp_path / "short.mid")
    code, message = refused(tmp_path, path="torn.mid")
    assert (code, message[:27]) == ("unavailable", "torn.mid cannot be used: it")
    assert refused(tmp_path, path="pipe.mid")[0] == "not_found"
    assert refused(tmp_path, path="device.mid")[0] == "bad_request"
    assert refused(tmp_path, path="loop/x.mid")[0] == "not_found"
    assert refused(tmp_path, path="../x.mid")[0] == "bad_request"
    assert refused(tmp_path, path="x" * 300)[0] == "not_found"
    code, message = refused(tmp_path, path="short.mid", from_bar=9)
    assert (code, message.rpartition("; ")[2]) == ("bad_request", "there is no bar 9")
