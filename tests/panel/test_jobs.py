"""Workers: they end with their parent and within the time limit, and a failed one does not stop the next."""

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from daemon.panel.settings import PanelSettings
from daemon.panel.songs import song_store as studios
from daemon.panel.songs.jobs import Job
from daemon.panel.songs.song_store import SongStore
from daemon.panel.songs.songfiles import ABANDONED_SECONDS
from tests import needs

resource = needs.library("resource")
SLEEPER = """
import pathlib, sys, time
try:
    print("begun", flush=True)
    for _ in range(6000):
        time.sleep(0.01)
finally:
    pathlib.Path(sys.argv[1]).write_text("tidied")
"""
# A worker that stores the facts of the song, and prints other lines between its reports.
MAKES = """
import json, pathlib, sys

task = json.loads(sys.stdin.readline())
print("a library greets"); print("[1]"); print('{"progress": 0.5}')
(pathlib.Path(task["folder"]) / "song.json").write_text(json.dumps({"title": task["title"], "made": task["made"]}))
"""


def until(true: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def job() -> Job:
    return Job("a song", "a title", "made", {})


@pytest.fixture
def sleeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A program that sleeps for a minute and uses `parent_watch`; it writes `tidied` if it can end normally."""
    (tmp_path / "edmd_sleeper.py").write_text(SLEEPER, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    return [sys.executable, "-m", "daemon.panel.parent_watch", "edmd_sleeper", str(tmp_path / "tidied")]


@pytest.fixture
def song_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SongStore:
    monkeypatch.setattr(studios, "WORKER", (sys.executable, "-c", MAKES))
    nowhere = "tcp://127.0.0.1:9"
    return SongStore(PanelSettings(nowhere, nowhere, "127.0.0.1", 5572, "", tmp_path / "songs"))


def state(song_store: SongStore, song: str) -> str:
    return next((str(each["state"]) for each in song_store.songs() if each["id"] == song), "none")


def test_on_a_leash_a_process_ends_and_tidies_up(sleeper: list[str], tmp_path: Path) -> None:
    with subprocess.Popen(sleeper, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"begun\n"
        process.stdin.close()
        assert process.wait(3) != 0
    assert (tmp_path / "tidied").read_text() == "tidied"


def test_a_worker_outlives_nobody(tmp_path: Path) -> None:
    """Also if the panel is killed and cannot end it."""
    words = {"title": "", "made": 0, "bars": 5000, "seed": 1, "config": None, "overrides": []}
    task = json.dumps({"folder": str(tmp_path), "kind": "made", **words})
    program = (
        "import sys\nfrom daemon.panel.songs.jobs import Job\nfrom daemon.panel.songs.song_store import WORKER\n"
        "for line in Job('', '', 'made', {}).lines(WORKER, sys.argv[1]): print(line, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", program, task], stdout=subprocess.PIPE) as panel:
        assert panel.stdout is not None
        assert b"progress" in panel.stdout.readline()
        worker = psutil.Process(panel.pid).children()[0]
        panel.kill()
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, 10)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limits of another process")
def test_an_uploaded_file_is_read_within_limits(tmp_path: Path) -> None:
    track = b"\x00\x90\x40\x40" * 200_000
    header = struct.pack(">4sIHHH4sI", b"MThd", 6, 1, 1, 480, b"MTrk", len(track))
    (tmp_path / "song.mid").write_bytes(header + track)
    words = {"title": "", "made": 0, "config": None, "overrides": []}
    task = json.dumps({"folder": str(tmp_path), "kind": "uploaded", **words})
    with subprocess.Popen(
        studios.WORKER, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as worker:
        assert worker.stdin is not None
        worker.stdin.write(f"{task}\n")
        worker.stdin.flush()
        until(lambda: resource.prlimit(worker.pid, resource.RLIMIT_AS)[0] == 3 * 2**29)
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) >= 10
        worker.kill()


def test_what_takes_too_long_is_ended(sleeper: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.panel.songs.jobs._MOST_SECONDS", 1.0)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="not finished within"):
        list(job().lines(sleeper))
    assert time.monotonic() - began < 8


def test_what_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.panel.songs.jobs._ENDING_SECONDS", 0.2)
    hanging = job()
    lines = hanging.lines([sys.executable, "-c", "import time\nprint('begun', flush=True)\ntime.sleep(60)"])
    assert next(lines) == "begun\n"
    began = time.monotonic()
    hanging.drop()
    assert list(lines) == []
    assert time.monotonic() - began < 5
    assert hanging.code != 0


def test_what_nobody_wants_any_more_is_not_begun(tmp_path: Path) -> None:
    dropped = job()
    dropped.drop()
    assert not dropped.begin()
    program = f"import pathlib; pathlib.Path({str(tmp_path / 'begun')!r}).touch()"
    assert list(dropped.lines([sys.executable, "-c", program])) == []
    assert not (tmp_path / "begun").exists()


def test_a_worker_that_never_reads_is_no_fault_of_the_panel() -> None:
    silent = job()
    assert list(silent.lines([sys.executable, "-c", "raise SystemExit(3)"], "x" * 1_000_000)) == []
    assert silent.code == 3


def test_what_a_library_prints_is_passed_over(song_store: SongStore) -> None:
    song = song_store.make("made", "one", {})
    until(lambda: state(song_store, song) == "ready")


@pytest.mark.parametrize("fault", [OSError("no more processes"), RuntimeError("a fault")])
def test_after_a_fault_the_next_song_is_made(
    fault: Exception, song_store: SongStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, faults = subprocess.Popen, [fault]

    def popen(*words: Any, **options: Any) -> Any:
        if faults:
            raise faults.pop()
        return real(*words, **options)

    monkeypatch.setattr("daemon.panel.songs.jobs.subprocess.Popen", popen)
    first, second = song_store.make("made", "one", {}), song_store.make("made", "two", {})
    until(lambda: state(song_store, second) == "ready")
    failed = next(each for each in song_store.songs() if each["id"] == first)
    assert (failed["state"], failed["error"]) == ("failed", str(fault))
    assert [path.name for path in (tmp_path / "songs" / "panel").iterdir()] == [second]


def test_a_worker_that_dies_without_a_word_is_told(
    song_store: SongStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studios, "WORKER", (sys.executable, "-c", "raise SystemExit(1)"))
    song = song_store.make("made", "one", {})
    until(lambda: state(song_store, song) == "failed")
    assert song_store.songs()[0]["error"] == "the worker ended before it was done"
    assert song_store.delete(song)
    assert song_store.songs() == []


def test_a_song_deleted_while_it_is_made_is_ended_and_the_next_one_made(
    song_store: SongStore, sleeper: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studios, "WORKER", tuple(sleeper))
    first = song_store.make("made", "one", {})
    until(lambda: state(song_store, first) == "working")
    monkeypatch.setattr(studios, "WORKER", (sys.executable, "-c", MAKES))
    second = song_store.make("made", "two", {})
    assert song_store.delete(first)
    until(lambda: state(song_store, second) == "ready")
    assert [path.name for path in (tmp_path / "songs" / "panel").iterdir()] == [second]


def made(song_store: SongStore) -> str:
    song = song_store.make("made", "one", {}, b"MThd")
    until(lambda: state(song_store, song) == "ready")
    return song


def exporting(song_store: SongStore, song: str) -> list[dict[str, Any]]:
    facts = song_store.facts(song)
    assert facts is not None
    found: list[dict[str, Any]] = facts["exporting"]
    return found


def test_an_export_that_fails_is_told_in_its_words_and_can_be_tried_again(
    song_store: SongStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import sys; print('working', flush=True); sys.exit('Error: the disk is full')"
    monkeypatch.setattr(studios, "command", lambda *_: [sys.executable, "-c", program])
    song = made(song_store)
    assert song_store.export(song, ".wav")
    told = until(lambda: [each for each in exporting(song_store, song) if each["state"] == "failed"])
    assert told[0]["error"] == "Error: the disk is full"
    monkeypatch.setattr(studios, "command", lambda *_: [sys.executable, "-c", ""])
    assert song_store.export(song, ".wav")
    until(lambda: exporting(song_store, song) == [])


def test_an_export_ends_with_its_song(
    song_store: SongStore, sleeper: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studios, "command", lambda *_: sleeper)
    song = made(song_store)
    for _ in range(2):
        assert song_store.export(song, ".wav")
    assert len(exporting(song_store, song)) == 1, "an export in progress is not started twice"
    until(lambda: exporting(song_store, song)[0]["state"] == "working")
    process = until(
        lambda: [each for each in psutil.Process().children() if "edmd_sleeper" in each.cmdline()]
    )[0]
    assert song_store.delete(song)
    until(lambda: not process.is_running(), 8)
    until(lambda: made(song_store))
    assert not (tmp_path / "songs" / "panel" / song).exists()


def test_songs_that_were_never_done_are_swept_away_when_they_are_old(
    song_store: SongStore, tmp_path: Path
) -> None:
    root = tmp_path / "songs" / "panel"
    done = made(song_store)
    abandoned, young, foreign = ("20260101-000000-00000000", "20260101-000000-00000001", "mine")
    for name in (abandoned, young, foreign):
        (root / name).mkdir()
        (root / name / "song.mid").write_bytes(b"MThd")
    long_ago = time.time() - ABANDONED_SECONDS - 1
    for name in (abandoned, foreign, done):
        os.utime(root / name, (long_ago, long_ago))
    nowhere = "tcp://127.0.0.1:9"
    SongStore(PanelSettings(nowhere, nowhere, "127.0.0.1", 5572, "", tmp_path / "songs"))
    assert {path.name for path in root.iterdir()} == {done, young, foreign}
