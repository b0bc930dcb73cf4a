"""The recorder: the allowed paths, and that no take is lost."""

import os
import threading
from pathlib import Path

import mido
import pytest

from daemon.composer.recorder import Recorder
from daemon.workers.jobs import PrepareRecording
from daemon.workers.prepare import RecordError, check, first_after, path_for, unused, work

ROWS = [(0, "lead", True, 60, 100, 1, 0), (240, "lead", False, 60, 0, 1, 0)]


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "takes")


def record(recorder: Recorder, path: Path) -> None:
    recorder.start(path)
    recorder.add_tick(0, 120.0, "intro")
    recorder.add_rows(ROWS)  # type: ignore[arg-type]
    recorder.stop()
    recorder.wait()


def test_a_take_is_written(recorder: Recorder, tmp_path: Path) -> None:
    path = path_for("sets/first", recorder.folder)
    assert path == tmp_path / "takes" / "sets" / "first.mid"
    record(recorder, path)
    assert [m.note for m in mido.MidiFile(path) if m.type == "note_on"] == [60]
    assert recorder.state() == {"path": None, "seconds": None, "saving": False}
    assert recorder.failure == ""
    assert [each.name for each in path.parent.iterdir()] == ["first.mid"]


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "..", ".", "/", "a/../.."])
def test_a_name_that_leads_out_of_the_folder_is_refused(recorder: Recorder, name: str) -> None:
    with pytest.raises(RecordError, match="must lie inside"):
        path_for(name, recorder.folder)


def test_a_link_that_leads_out_of_the_folder_is_refused(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "takes").mkdir()
    (tmp_path / "takes" / "out").symlink_to(tmp_path)
    (tmp_path / "takes" / "loop").symlink_to(tmp_path / "takes" / "loop")
    with pytest.raises(RecordError):
        path_for("out/x", recorder.folder)
    with pytest.raises(RecordError):
        recorder.start(path_for("loop/x", recorder.folder))


@pytest.mark.parametrize("name", ["x" * 252, "x" * 256 + "/y"])
def test_a_name_that_is_too_long_is_refused(recorder: Recorder, name: str) -> None:
    with pytest.raises(RecordError, match="too long"):
        recorder.start(path_for(name, recorder.folder))


def test_a_folder_or_a_device_in_its_place_is_refused(recorder: Recorder, tmp_path: Path) -> None:
    folder = tmp_path / "takes" / "x.mid"
    folder.mkdir(parents=True)
    with pytest.raises(RecordError, match="it is a folder"):
        check(folder)
    os.mkfifo(tmp_path / "takes" / "pipe.mid")
    with pytest.raises(RecordError, match="not a regular file"):
        check(tmp_path / "takes" / "pipe.mid")
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="cannot record"):
        recorder.start(tmp_path / "file" / "x.mid")
    assert recorder.state()["path"] is None


def test_names_of_one_second_differ(recorder: Recorder) -> None:
    paths = set()
    for _ in range(3):
        path = unused(path_for(None, recorder.folder))
        paths.add(path)
        record(recorder, path)
    assert len(paths) == 3
    assert all(path.exists() for path in paths)


def test_a_take_is_never_overwritten(recorder: Recorder) -> None:
    first = path_for("a", recorder.folder)
    record(recorder, first)
    content = first.read_bytes()
    for name in ("a", "a.mid"):
        recorder.start(path_for(name, recorder.folder))
        recorder.stop()
    recorder.wait()
    assert sorted(path.name for path in first.parent.iterdir()) == ["a-2.mid", "a-3.mid", "a.mid"]
    assert first.read_bytes() == content


def test_playing_from_the_start_changes_no_take_that_is_being_written(recorder: Recorder) -> None:
    path = path_for("a", recorder.folder)
    recorder.start(path)
    for tick in range(4):
        recorder.add_tick(tick * 120, 120.0 + tick, "intro")
    recorder.add_rows(ROWS)  # type: ignore[arg-type]
    builder = recorder._take
    recorder.stop()
    recorder.start_over()
    assert recorder._take is not builder
    recorder.wait()
    tempos = [m for m in mido.MidiFile(path).tracks[0] if m.type == "set_tempo"]
    assert len(tempos) == 4


def test_one_at_a_time(recorder: Recorder) -> None:
    with pytest.raises(RecordError, match="no recording is running"):
        recorder.stop()
    recorder.start(path_for("a", recorder.folder))
    with pytest.raises(RecordError, match="is running"):
        recorder.start(path_for("b", recorder.folder))


def test_a_refused_take_is_kept_elsewhere(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuge = tmp_path / "refuge"
    refuge.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(refuge))
    path = path_for("a", recorder.folder)
    recorder.start(path)
    recorder.add_rows(ROWS)  # type: ignore[arg-type]
    path.parent.rmdir()
    recorder.close()
    kept = list(refuge.iterdir())
    assert str(kept[0]) in recorder.failure
    assert [m.note for m in mido.MidiFile(kept[0]) if m.type == "note_on"] == [60]
    refuge.rename(tmp_path / "gone")
    recorder.start(path)
    path.parent.rmdir()
    recorder.close()
    assert "is lost" in recorder.failure


def test_takes_that_follow_each_other_are_all_written(recorder: Recorder, tmp_path: Path) -> None:
    for number in range(3):
        recorder.start(path_for(f"take{number}", recorder.folder))
        recorder.add_rows([(pulse, "lead", pulse % 4 == 0, 60, 100, 1, 0) for pulse in range(0, 8000, 2)])
        recorder.stop()
    recorder.close()
    for path in (tmp_path / "takes").glob("*.mid"):
        assert sum(m.type == "note_on" for m in mido.MidiFile(path)) == 2000
    assert len(list((tmp_path / "takes").glob("*.mid"))) == 3


def test_a_path_that_was_taken_meanwhile_is_not_written_over(recorder: Recorder) -> None:
    task = PrepareRecording(str(recorder.folder), "a")
    first, second = (Path(work(task).path) for _ in range(2))
    assert first == second
    recorder.begin(first)
    recorder.stop()
    assert recorder.begin(second) == first.with_stem("a-2")


def test_too_many_unwritten_takes_are_refused(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("daemon.composer.recorder.write_new_midi", lambda take, path: go_on.wait(20))
    for _ in range(8):
        recorder.start(path_for("a", recorder.folder))
        recorder.stop()
    with pytest.raises(RecordError, match="still being written"):
        recorder.start(path_for("a", recorder.folder))
    go_on.set()
    recorder.wait()
    recorder.start(path_for("a", recorder.folder))


def test_a_free_number_among_thousands_is_found_in_few_steps(recorder: Recorder) -> None:
    looked: list[int] = []

    def is_taken(number: int) -> bool:
        looked.append(number)
        return number <= 9_000

    assert first_after(is_taken) == 9_001
    assert len(looked) < 40


def test_a_file_that_comes_to_lie_there_meanwhile_is_kept(recorder: Recorder) -> None:
    path = path_for("take", recorder.folder)
    recorder.start(path)
    recorder.add_tick(0, 120.0, "intro")
    recorder.add_rows(ROWS)  # type: ignore[arg-type]
    path.write_text("precious")
    recorder.stop()
    recorder.wait()
    assert path.read_text() == "precious"
    assert recorder.kept == path.with_stem("take-2")
    assert [m.note for m in mido.MidiFile(path.with_stem("take-2")) if m.type == "note_on"] == [60]
