"""Incomplete requests, idle connections and slow readers, with real sockets and the real panel."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.daemon.handlers import Daemon
from tests.panel.process import PanelProcess, error_of, is_cut, panel_process

resource = needs.library("resource")
HALF_HEADERS = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow:"
HALF_BODY = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\ntoken="
CROWD = 1000


@pytest.fixture
def panel(tmp_path: Path, daemon: Daemon) -> Iterator[PanelProcess]:
    with panel_process(tmp_path, endpoints=(daemon.control, daemon.telemetry.endpoint)) as running:
        yield running


@contextlib.contextmanager
def crowd(panel: PanelProcess, count: int) -> Iterator[list[socket.socket]]:
    """Open connections that send half of the headers, half of a body, or nothing, and then no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2 * count), hard), hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        firsts = [(HALF_HEADERS, HALF_BODY, b"")[number % 3] for number in range(count)]
        yield [stack.enter_context(panel.connect(first)) for first in firsts]


class Viewer:
    """An open page: receives events in a thread, and measures the longest time without one."""

    def __init__(self, panel: PanelProcess) -> None:
        self.longest_gap = 0.0
        self.events = 0
        self.ended = threading.Event()
        self._socket = panel.connect(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self._thread = threading.Thread(target=self._hear)
        self._thread.start()

    def _hear(self) -> None:
        heard = time.monotonic()
        while not self.ended.is_set():
            chunk = self._socket.recv(65536)
            if not chunk:
                self.longest_gap = float("inf")
                return
            self.events += chunk.count(b"event: tick")
            self.longest_gap, heard = max(self.longest_gap, time.monotonic() - heard), time.monotonic()

    def close(self) -> None:
        self.ended.set()
        self._thread.join()
        self._socket.close()


@contextlib.contextmanager
def playing(daemon: Daemon) -> Iterator[None]:
    """A daemon that sends a tick message now and then."""
    ended = threading.Event()

    def play() -> None:
        while not ended.wait(0.1):
            daemon.telemetry.publish("tick", {"tick": 1, "section": "drop"})

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _until_healthy(panel: PanelProcess) -> None:
    """Wait until the panel has received its first message from the daemon."""
    deadline = time.monotonic() + 10
    while panel.get("/healthz")[0] != 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_crowd_that_never_asks_keeps_nobody_out(panel: PanelProcess, daemon: Daemon) -> None:
    with playing(daemon):
        viewer = Viewer(panel)
        _until_healthy(panel)
        with crowd(panel, CROWD) as connections:
            times = [panel.get("/healthz") for _ in range(20)]
            assert {status for status, _ in times} == {200}
            # One in twenty may be a pause of the machine.
            assert sorted(seconds for _, seconds in times)[-2] < 1.0
            assert panel.get("/api/state")[1] < 1.0
            for last in connections[-3:]:
                assert is_cut(last, 12.0), (
                    "an incomplete request is closed within seconds, even if its place is not needed"
                )
        seen = viewer.events
        time.sleep(0.5)
        assert viewer.events > seen
        assert viewer.longest_gap < 2.0
        viewer.close()


def test_a_byte_now_and_then_keeps_no_connection_and_an_answer_does(panel: PanelProcess) -> None:
    asked = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with panel.connect(HALF_HEADERS) as slow, panel.connect(asked) as kept:
        assert _answer(kept).startswith(b"HTTP/1.1 ")
        assert _kept_by_bytes(slow) < 10
        kept.sendall(asked)
        assert _answer(kept).startswith(b"HTTP/1.1 ")


def _kept_by_bytes(connection: socket.socket) -> float:
    """Return how many seconds the connection lasts while another byte is sent now and then."""
    began = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - began < 20:
            connection.sendall(b"x")
            time.sleep(0.2)
    return time.monotonic() - began


def _answer(connection: socket.socket) -> bytes:
    """Return the whole answer, which ends with a line."""
    answer = connection.recv(65536)
    while not answer.endswith(b"}\n"):
        answer += connection.recv(65536)
    return answer


def test_pages_that_read_nothing_lose_their_place(panel: PanelProcess, daemon: Daemon) -> None:
    """Sixty streams that nobody reads, with many messages: none blocks a thread for ever."""
    asked = b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    ended = threading.Event()

    def shout() -> None:
        while not ended.wait(0.01):
            daemon.telemetry.publish("note", {"voice": "x" * 60_000})

    thread = threading.Thread(target=shout)
    thread.start()
    try:
        with contextlib.ExitStack() as stack:
            for _ in range(60):
                connection = stack.enter_context(socket.socket())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.connect(("127.0.0.1", panel.port))
                connection.sendall(asked)
            deadline = time.monotonic() + 40
            assert _places(panel) < 5
            while _places(panel) < 30:
                assert panel.get("/healthz")[1] < 1.0
                assert time.monotonic() < deadline
                time.sleep(0.5)
    finally:
        ended.set()
        thread.join()


def _places(panel: PanelProcess) -> int:
    """Return how many of thirty more pages get a place."""
    with contextlib.ExitStack() as stack:
        asked = b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
        pages = [stack.enter_context(panel.connect(asked)) for _ in range(30)]
        return sum(b"event-stream" in page.recv(4096) for page in pages)


def test_a_daemon_that_is_away_keeps_no_health_waiting(tmp_path: Path) -> None:
    """Every request waits four seconds for its answer."""
    with panel_process(tmp_path) as panel, contextlib.ExitStack() as stack:
        asked = b"GET /api/state HTTP/1.1\r\nHost: localhost\r\n\r\n"
        askers = [stack.enter_context(panel.connect(asked)) for _ in range(60)]
        status, seconds = panel.get("/healthz")
        assert (status, seconds < 1.0) == (503, True)
        told = [asker.recv(65536) for asker in askers]
        assert all(b" 503 " in answer.partition(b"\r\n")[0] for answer in told)
        assert sum(b"too many requests wait" in answer for answer in told) >= 40


@pytest.mark.parametrize("megabytes", [3.5, 20, 500])
def test_an_oversized_upload_is_told_why(megabytes: float, panel: PanelProcess) -> None:
    size = int(megabytes * 2**20)
    head = f"POST /api/songs/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()
    with panel.connect(head) as connection:
        if megabytes < 64:  # like a browser, which reads nothing before it has sent the whole body
            connection.sendall(bytes(size))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    error = error_of(answer)
    assert error["code"] == "too_large"
    assert f"{megabytes:g} MiB" in error["message"]
    assert "at most 3 MiB" in error["message"]
    assert "2 MiB" in error["message"]


def test_what_is_no_http_is_told_in_json(panel: PanelProcess) -> None:
    with panel.connect(b"\x16\x03\x01 hello\r\n\r\n") as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.0 400 ")
    assert "the request cannot be read" in error_of(answer)["message"]


@pytest.mark.parametrize(
    ("host", "told"),
    [
        (
            "nobody.invalid",
            "that is not an address of this machine; choose another with -o panel.host=ADDRESS",
        ),
        ("192.0.2.1", "that is not an address of this machine; choose another with -o panel.host=ADDRESS"),
    ],
)
def test_an_address_that_cannot_be_had_is_told(host: str, told: str, tmp_path: Path) -> None:
    words = ["-o", f"panel.host={host}", "-o", f"recording.folder={tmp_path}"]
    environ = {**os.environ, "EDMD_PANEL_PASSWORD": "long enough"}
    command = [sys.executable, "-m", "daemon", "panel", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environ)
    assert (done.returncode, done.stderr) == (
        1,
        f"Error: the panel cannot listen at {host}, port 5572: {told}\n",
    )
