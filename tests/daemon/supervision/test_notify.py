"""What a service manager hears on its socket, and when it hears no sign of life."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.supervision.notify import notifier_of
from tests.midi.playing import playing
from tests.midi.test_play_errors import NO_MIDI
from tests.training import tiny

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a system with datagrams of Unix")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(20)
        yield sock


def waiting(manager: socket.socket) -> list[str]:
    """Return what has arrived."""
    heard = []
    manager.setblocking(False)
    try:
        while True:
            heard.append(manager.recv(4096).decode())
    except BlockingIOError:
        return heard
    finally:
        manager.settimeout(20)


def test_ready_alive_and_stopping_are_told_and_a_hanging_composer_stops_the_signs_of_life(
    manager: socket.socket, tmp_path: Path
) -> None:
    bundle = tiny.write(tmp_path / "tiny")
    environ = {**NO_MIDI, "NOTIFY_SOCKET": str(manager.getsockname()), "WATCHDOG_USEC": "1600000"}
    with playing(bundle, environ=environ) as edmd:
        assert manager.recv(4096).decode().startswith("READY=1\nSTATUS=plays ")
        edmd.wait_for_ticks(4)
        assert manager.recv(4096) == b"WATCHDOG=1"
        assert manager.recv(4096) == b"WATCHDOG=1"
        composer = edmd.role("composer")
        composer.suspend()
        time.sleep(2.6)
        waiting(manager)
        time.sleep(1.2)  # three signs would have come
        assert waiting(manager) == []
        composer.resume()
        assert manager.recv(4096) == b"WATCHDOG=1"
        assert edmd.end() == 0
    heard = waiting(manager)
    assert heard[-1] == "STOPPING=1"
    assert set(heard[:-1]) <= {"WATCHDOG=1"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs abstract names of sockets")
def test_an_abstract_name_is_understood_and_no_child_gets_it() -> None:
    name = f"edmd-test-{os.getpid()}"
    environ = {"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "4000000", "OTHER": "1"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0{name}")
        notifier = notifier_of(environ)
        for now in (10.0, 10.5, 11.0):
            notifier.alive(now)
        assert waiting(sock) == ["WATCHDOG=1", "WATCHDOG=1"]
    assert environ == {"OTHER": "1"}
    notifier.ready("nobody listens any more")


def test_a_watchdog_for_another_process_is_not_fed() -> None:
    name = f"edmd-test-other-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0{name}")
        notifier_of({"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "4", "WATCHDOG_PID": "1"}).alive(1.0)
        assert waiting(sock) == []
