"""A disk that is full, read-only, slow or hangs: the music goes on, what is not written is told, and it returns."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from daemon import spool
from daemon.client import Refused
from daemon.spool import Rows
from tests.daemon.mounts import Mount, mounted
from tests.daemon.playback import take_of
from tests.daemon.shows import MUSIC, Show, until
from tests.imports import ROOT

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]

_log = logging.getLogger(__name__)
BOTH = {"recording", "savepoints"}
Shows = Callable[..., Show]


def faults(show: Show) -> dict[str, str]:
    """What a reply says of the disk."""
    found: dict[str, str] = show.client.state()["health"]["disk"]
    return found


def ended(show: Show) -> str:
    """End a daemon; return its log."""
    show.process.send_signal(signal.SIGTERM)
    return show.process.communicate(timeout=60)[1]


def rows_in(path: Path) -> int:
    """How many messages a spool holds that can be read."""
    number = os.open(path, os.O_RDONLY)
    try:
        return sum(len(each.rows) for each in spool.read(number) if isinstance(each, Rows))
    finally:
        os.close(number)


class Heard(threading.Thread):
    """Listens to `health`: what it says of the disk, and the greatest lateness, and the ticks that were missed."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(daemon=True)
        self.said: set[str] = set()
        self.late_us = 0.0
        self.underruns: list[int] = []
        self.is_over = threading.Event()
        self._endpoint = endpoint

    def run(self) -> None:
        """Listen until `is_over`."""
        with zmq.Context() as context, context.socket(zmq.SUB) as socket:
            socket.connect(self._endpoint)
            socket.subscribe(b"health")
            while not self.is_over.is_set():
                if socket.poll(100):
                    message = json.loads(socket.recv_multipart()[1])
                    self.said |= {*message["disk"]}
                    self.underruns.append(message["underruns"])
                    self.late_us = max(self.late_us, message["lateness_us"]["p99"] or 0.0)


@contextlib.contextmanager
def heard(show: Show) -> Iterator[Heard]:
    """Listen to the health of a daemon meanwhile."""
    listener = Heard(show.client.state()["telemetry"])
    listener.start()
    yield listener
    listener.is_over.set()
    listener.join()


def check_untouched(told: Heard, quiet: Heard) -> None:
    """Check that no tick was missed, and that notes were as punctual as before."""
    assert told.underruns[-1] == quiet.underruns[-1]
    _log.warning("lateness p99: %.0f us before, %.0f us during the fault", quiet.late_us, told.late_us)
    assert told.late_us <= max(2 * quiet.late_us, 5_000.0)


def check_notes(played: Path, folder: Path, from_tick: int) -> None:
    """Check that a recording has from a tick on, and until shortly before its end, the notes of the same set offline."""
    notes = take_of(played)
    first, last = from_tick * 120, notes[-1][0] - 480  # what sounds at the end is cut short
    words = [
        "-c",
        str(ROOT / "config.toml"),
        "--bars",
        str(last // 1920 + 2),
        "--out",
        str(folder / "good.mid"),
    ]
    words += ["--model", str(folder / "tiny"), "--seed", "3", "--force"]
    words += [word for key, value in MUSIC.items() for word in ("-o", f"{key}={value}")]
    subprocess.run([sys.executable, "-m", "daemon", "render", *words], check=True, timeout=100)
    good = take_of(folder / "good.mid")
    assert [each for each in notes if first <= each[0] < last] == [
        each for each in good if first <= each[0] < last
    ]
    assert last - first > 60 * 120


def recorded(show: Show, disk: Mount, tmp_path: Path) -> Path:
    """Stop a recording on a disk of its own; return a copy of it."""
    reply = show.client.record("stop")
    assert "warning" not in reply
    until(lambda: not show.client.state()["recording"]["saving"])
    copy = tmp_path / "played.mid"
    copy.write_bytes(disk.seen.joinpath("takes", Path(reply["path"]).name).read_bytes())
    return copy


def test_a_full_disk(show: Shows, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "2m") as disk:
        daemon = show(
            "--record", str(disk.folder / "takes" / "take.mid"), within=disk.within, disk=disk.folder
        )
        daemon.wait_for_music(48)
        with heard(daemon) as quiet:
            daemon.wait_for_music(32)
        with heard(daemon) as told:
            ballast = disk.fill()
            until(lambda: set(faults(daemon)) == BOTH)
            (left,) = spool.left_in(disk.seen / "takes")
            before = rows_in(left)
            daemon.wait_for_music(64)
        assert told.said == BOTH
        assert "No space left" in faults(daemon)["recording"]
        check_untouched(told, quiet)
        assert rows_in(left) >= before > 50  # complete up to the fault, and readable
        ballast.unlink()
        until(lambda: not faults(daemon))
        assert rows_in(left) > before + 50  # what waited is there
        played = recorded(daemon, disk, tmp_path)
        log = ended(daemon)
        assert log.count("the disk takes no more of the recording") == 1
        assert log.count("no savepoint can be written") == 1
    check_notes(played, tmp_path, 48)


def test_a_recording_that_ends_on_a_full_disk_is_written_when_there_is_room(
    show: Shows, tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk", "2m") as disk:
        daemon = show(within=disk.within, disk=disk.folder)
        daemon.client.record("start", "take")
        daemon.wait_for_music(48)
        ballast = disk.fill()
        until(lambda: "recording" in faults(daemon))
        (left,) = spool.left_in(disk.seen / "takes")
        assert "No space left" in daemon.client.record("stop")["warning"]
        until(lambda: not daemon.client.state()["recording"]["saving"])
        assert "is written" in ended(daemon) or left.exists()
        ballast.unlink()
        later = show(within=disk.within, disk=disk.folder)
        take = disk.seen / "takes" / "take.mid"
        until(take.exists)
        assert max(note[0] for note in take_of(take)) > 30 * 120
        ended(later)


def test_a_read_only_folder(show: Shows, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "2m") as disk:
        disk.run("mount", "-o", "remount,ro", str(disk.folder))
        daemon = show(within=disk.within, disk=disk.folder)
        daemon.wait_for_music(16)
        with pytest.raises(Refused, match="Read-only file system"):
            daemon.client.record("start", "take")
        until(lambda: "Read-only file system" in faults(daemon).get("savepoints", ""))
        disk.run("mount", "-o", "remount,rw", str(disk.folder))
        until(lambda: not faults(daemon))
        until(lambda: [*(disk.seen / "state").rglob("state-*")])
        daemon.client.record("start", "take")
        assert ended(daemon).count("no savepoint can be written") == 1


def test_a_disk_that_hangs(show: Shows, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "16M", hangs=True) as disk:
        daemon = show(
            "--record", str(disk.folder / "takes" / "take.mid"), within=disk.within, disk=disk.folder
        )
        daemon.wait_for_music(48)
        with heard(daemon) as quiet:
            daemon.wait_for_music(32)
        with heard(daemon) as told:
            disk.run("fsfreeze", "-f", str(disk.folder))
            until(lambda: set(faults(daemon)) == BOTH)
            daemon.wait_for_music(48)
        assert told.said == BOTH
        assert "does not answer" in faults(daemon)["savepoints"]
        check_untouched(told, quiet)
        disk.run("fsfreeze", "-u", str(disk.folder))
        until(lambda: not faults(daemon))
        played = recorded(daemon, disk, tmp_path)
        assert ended(daemon).count("does not answer") == 2  # one warning each
    check_notes(played, tmp_path, 48)


def test_a_slow_disk(show: Shows, tmp_path: Path) -> None:
    """It lets something through only now and then."""
    with mounted(tmp_path / "disk", "16M", hangs=True) as disk:
        daemon = show(
            "--record", str(disk.folder / "takes" / "take.mid"), within=disk.within, disk=disk.folder
        )
        daemon.wait_for_music(24)
        with heard(daemon) as quiet:
            daemon.wait_for_music(32)
        with heard(daemon) as told:
            for _ in range(8):
                disk.run("fsfreeze", "-f", str(disk.folder))
                time.sleep(0.7)
                disk.run("fsfreeze", "-u", str(disk.folder))
                time.sleep(0.1)
                asked = time.monotonic()
                daemon.client.set({"gate": 0.9})  # as it is
                assert time.monotonic() - asked < 0.5
        check_untouched(told, quiet)
        played = recorded(daemon, disk, tmp_path)
        ended(daemon)
    check_notes(played, tmp_path, 32)


def test_pipes_in_the_place_of_files(show: Shows, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    takes = disk / "takes"
    takes.mkdir(parents=True)
    os.mkfifo(takes / spool.FOLDER)
    os.mkfifo(disk / "state")
    daemon = show(disk=disk)
    daemon.wait_for_music(16)
    until(lambda: "savepoints" in faults(daemon))
    with pytest.raises(Refused, match="cannot record to"):
        daemon.client.record("start", "take")
    daemon.wait_for_music(16)
    assert "Traceback" not in ended(daemon)
