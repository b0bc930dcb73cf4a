"""The recorder: the allowed paths, and that no take is lost."""

import errno
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest

from daemon import spool
from daemon.composer.records.recorder import Recorder
from daemon.control.messages import ControlError
from daemon.workers import finish
from daemon.workers.jobs import FinishRecording, PrepareRecording
from daemon.workers.prepare import RecordError, check, first_after, path_for, unused, work
from exporters.writing import WriteError
from models.take import SentRow

ROWS: list[SentRow] = [(0, "lead", True, 60, 100, 1, 0), (240, "lead", False, 60, 0, 1, 0)]


Make = Callable[..., Recorder]


@pytest.fixture
def make() -> Iterator[Make]:
    """Make recorders, which are closed when the test is over."""
    made: list[Recorder] = []

    def making(folder: Path, daemon: str = "") -> Recorder:
        made.append(Recorder(folder, daemon))
        return made[-1]

    yield making
    for each in made:
        each.close(seconds=10.0)
        assert not each.is_busy


@pytest.fixture
def recorder(make: Make, tmp_path: Path) -> Recorder:
    return make(tmp_path / "takes")


def pitches(path: Path) -> list[int]:
    return [m.note for m in mido.MidiFile(path) if m.type == "note_on"]


def killed(recorder: Recorder) -> None:
    """Let the recorder's process have died: its files are closed, and nothing else happens."""
    assert recorder._spool is not None
    assert recorder._disk.drain(20.0)
    recorder._spool.close()
    recorder._spool = None


def record(recorder: Recorder, path: Path) -> None:
    recorder.start(path)
    recorder.add_tick(0, 120.0, "intro")
    recorder.add_rows(ROWS)
    recorder.stop()
    recorder.wait()


def test_a_take_has_the_programs_of_its_daemon_also_if_another_finishes_it(
    make: Make, tmp_path: Path
) -> None:
    first = Recorder(tmp_path, "dead", {"lead": 4})
    first.start(tmp_path / "one.mid")
    first.add_rows(ROWS)
    killed(first)
    second = make(tmp_path, "other")
    second.take_up()
    second.wait()
    assert [m.program for m in mido.MidiFile(tmp_path / "one.mid") if m.type == "program_change"] == [4]


def test_a_take_is_written(recorder: Recorder, tmp_path: Path) -> None:
    path = path_for("sets/first", recorder.folder)
    assert path == tmp_path / "takes" / "sets" / "first.mid"
    record(recorder, path)
    assert pitches(path) == [60]
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
    assert sorted(path.name for path in first.parent.glob("*.mid")) == ["a-2.mid", "a-3.mid", "a.mid"]
    assert first.read_bytes() == content


def test_one_at_a_time(recorder: Recorder) -> None:
    with pytest.raises(RecordError, match="no recording is running"):
        recorder.stop()
    recorder.start(path_for("a", recorder.folder))
    with pytest.raises(RecordError, match="is running"):
        recorder.start(path_for("b", recorder.folder))


def test_a_refused_take_is_kept_elsewhere(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if somebody removes the folder with everything in it."""
    refuge = tmp_path / "refuge"
    refuge.mkdir()
    monkeypatch.setenv("TMPDIR", str(refuge))
    path = path_for("a", recorder.folder)
    recorder.start(path)
    recorder.add_rows(ROWS)
    shutil.rmtree(path.parent)
    recorder.close()
    kept = list(refuge.iterdir())
    assert str(kept[0]) in recorder.failure
    assert pitches(kept[0]) == [60]


def test_a_take_that_no_disk_takes_stays_and_is_finished_at_the_next_start(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_for("sets/a", recorder.folder)
    recorder.start(path)
    recorder.add_rows(ROWS)
    killed(recorder)
    (left,) = spool.left_in(recorder.folder)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))

    def full(path: Path, *_: object, **__: object) -> None:
        raise WriteError(f"cannot write {path}: no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(finish, "place_bytes", full)
        with pytest.raises(ControlError, match="cannot write"):
            finish.work(FinishRecording(str(left), None))
    assert left.exists()
    assert finish.work(FinishRecording(str(left), None)).path == str(path)
    assert not left.exists()
    assert pitches(path) == [60]


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
    monkeypatch.setattr(
        "daemon.workers.runner.module_words", lambda _: [sys.executable, "-c", "import time; time.sleep(60)"]
    )
    for _ in range(8):
        recorder.start(path_for("a", recorder.folder))
        recorder.stop()
    with pytest.raises(RecordError, match="still being written"):
        recorder.start(path_for("a", recorder.folder))
    began = time.monotonic()
    recorder.close(seconds=0.5)
    assert time.monotonic() - began < 5.0
    assert not recorder.is_busy
    assert "it stays in" in recorder.failure
    assert len(spool.left_in(recorder.folder)) == 8


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
    recorder.add_rows(ROWS)
    path.write_text("precious")
    recorder.stop()
    recorder.wait()
    assert path.read_text() == "precious"
    assert recorder.kept == path.with_stem("take-2")
    assert [m.note for m in mido.MidiFile(path.with_stem("take-2")) if m.type == "note_on"] == [60]


def test_effects_are_in_the_file_also_if_another_composer_goes_on(make: Make, tmp_path: Path) -> None:
    first = make(tmp_path, "the daemon")
    path = first.begin(tmp_path / "take.mid")
    first.add_rows(ROWS, 1, [(0, "lead", b"\xb0\x4a\x18"), (0, "effects", b"\x9f\x3c\x50")])
    killed(first)
    second = make(tmp_path, "the daemon")
    second.take_up()
    second.add_rows((), 2, [(480, "lead", b"\xb0\x4a\x40"), (480, "effects", b"\x8f\x3c\x40")])
    second.stop()
    assert second.wait()
    played = list(mido.MidiFile(path))
    assert [m.value for m in played if m.type == "control_change" and m.control == 74] == [24, 64]
    assert [m.type for m in played if m.type[:5] == "note_" and m.channel == 15] == ["note_on", "note_off"]


def test_a_composer_of_the_same_daemon_goes_on_with_the_recording(make: Make, tmp_path: Path) -> None:
    first = make(tmp_path, "the daemon")
    path = first.begin(tmp_path / "take.mid")
    first.add_tick(0, 120.0, "intro")
    first.add_rows([ROWS[0]], 7)
    first.add_rows([ROWS[1]], 8)
    killed(first)
    (left,) = spool.left_in(tmp_path)
    with left.open("ab") as file:
        file.write(b'["Rows",[[480,"lead",true,6')  # a line that was cut off
    second = make(tmp_path, "the daemon")
    second.take_up()
    assert second.state()["path"] == str(path)
    assert second.state()["seconds"] < 60
    second.add_rows([ROWS[1]], 8)  # sent again
    second.add_rows([(480, "lead", True, 64, 100, 1, 0), (960, "lead", False, 64, 0, 1, 0)], 9)
    second.stop()
    assert second.wait()
    assert pitches(path) == [60, 64]
    assert spool.left_in(tmp_path) == []


def test_a_recording_of_a_dead_daemon_is_finished_by_one_that_starts(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        dead = make(tmp_path)
        dead.begin(tmp_path / f"take{number}.mid")
        dead.add_rows(ROWS)
        killed(dead)
    alive = make(tmp_path)
    alive.take_up()
    assert not alive.is_recording
    assert alive.state()["saving"]
    assert alive.wait()
    assert [pitches(tmp_path / f"take{number}.mid") for number in range(3)] == [[60]] * 3
    assert "is finished" in caplog.text


def test_a_recording_that_another_daemon_makes_is_left_alone(make: Make, tmp_path: Path) -> None:
    busy = make(tmp_path)
    path = busy.begin(tmp_path / "take.mid")
    busy.add_rows(ROWS)
    other = make(tmp_path)
    other.take_up()
    assert not other.is_busy
    busy.stop()
    third = make(tmp_path)  # a worker finishes it now, and holds its lock
    third.take_up()
    assert not third.is_busy
    assert busy.wait()
    assert pitches(path) == [60]
    assert [each.name for each in tmp_path.glob("*.mid")] == ["take.mid"]


def test_a_spool_whose_file_was_written_before_the_worker_died_is_not_written_twice(
    make: Make, tmp_path: Path
) -> None:
    dead = make(tmp_path)
    path = dead.begin(tmp_path / "take.mid")
    dead.add_rows(ROWS)
    killed(dead)
    (left,) = spool.left_in(tmp_path)
    content = left.read_bytes()
    finish.work(FinishRecording(str(left), None))
    left.write_bytes(content)
    assert finish.work(FinishRecording(str(left), None)).path == str(path)
    assert [each.name for each in tmp_path.glob("*.mid")] == ["take.mid"]


@pytest.mark.parametrize("kind", ["fifo", "link", "garbage", "empty", "elsewhere"])
def test_what_is_no_spool_holds_nothing_up_and_stays(
    kind: str, make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / spool.FOLDER
    folder.mkdir()
    odd = folder / "odd.take"
    match kind:
        case "fifo":
            os.mkfifo(odd)
        case "link":
            odd.symlink_to("/dev/zero")
        case "garbage":
            odd.write_bytes(b"\0" * 3_000_000)
        case "empty":
            odd.touch()
        case "elsewhere":
            odd.write_bytes(b'["Begun","/etc/passwd","x",0]\n')
    recorder = make(tmp_path)
    recorder.take_up()
    assert recorder.wait()
    assert odd.is_symlink() or odd.exists()
    if kind == "elsewhere":
        assert "is not the beginning of a recording" in caplog.text
        assert not recorder.failure, "what another run left is no failure of this one"


def test_what_the_disk_refuses_waits_and_is_in_the_file_in_the_end(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = os.write

    def write(number: int, data: bytes) -> int:
        if number == full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(number, data)

    path = path_for("a", recorder.folder)
    recorder.start(path)
    assert recorder._spool is not None
    full = recorder._spool.number
    monkeypatch.setattr("daemon.spool.os.write", write)
    recorder.add_rows(ROWS)
    recorder.add_rows([(480, "lead", True, 64, 100, 1, 0)])
    for _ in range(3):
        assert recorder._disk.drain(20.0)
        recorder.turn()
    assert caplog.text.count("the disk takes no more of the recording") == 1
    assert "No space left on device" in recorder.fault.text
    recorder.stop()
    assert recorder.wait()
    assert pitches(path) == [60, 64]


def test_what_is_said_twice_is_kept_once_and_what_is_taken_back_is_said_again(recorder: Recorder) -> None:
    path = path_for("a", recorder.folder)
    recorder.start(path)
    for tick in range(100):
        recorder.add_tick(tick * 120, 120.0, "intro")
    assert recorder._spool is not None
    assert recorder._disk.drain(20.0)
    assert len(list(spool.read(recorder._spool.number))) == 2
    recorder.add_tick(50 * 120, 90.0, "intro")  # composed again, after a stop
    recorder.add_tick(51 * 120, 120.0, "intro")
    recorder.stop()
    recorder.wait()
    tempos = [m.tempo for m in mido.MidiFile(path).tracks[0] if m.type == "set_tempo"]
    assert tempos == [500_000, 666_667, 500_000]
