"""Clients that do not read their answers: they hold no thread, and are closed in time."""

import contextlib
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.panel.guard.listening import Place, answer
from daemon.study import serving
from daemon.study.store import Store
from daemon.study.study import CLIPS, Study
from tests.study.process import Server

pytestmark = pytest.mark.timeout(120)
CLIENTS = 24
CLIP_BYTES = 6 * 2**20  # more than the system buffers by itself
MOST_WAIT_SECONDS = 4.0


@pytest.fixture
def server(folder: Path, study: Study) -> Iterator[Server]:
    for path in (folder / CLIPS).iterdir():
        path.write_bytes(path.read_bytes().ljust(CLIP_BYTES, b"\0"))
    running = Server(folder)
    running.start()
    yield running
    running.close()


def connected(server: Server, stack: contextlib.ExitStack) -> socket.socket:
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    return client


def request(clip: str, more: str = "") -> bytes:
    return f"GET /clips/{clip} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()


@pytest.mark.parametrize("more", ["", "Range: bytes=1-\r\n"], ids=["whole", "range"])
@pytest.mark.parametrize("count", [1, 60])
def test_clients_that_do_not_read_do_not_stop_others(
    server: Server, study: Study, count: int, more: str
) -> None:
    clip = study.sources["red"][0].file
    with contextlib.ExitStack() as stack:
        for _ in range(CLIENTS):
            connected(server, stack).sendall(request(clip, more) * count)
        time.sleep(0.5)
        for path in ("/", f"/clips/{clip}", "/api/study"):
            begun = time.monotonic()
            with urllib.request.urlopen(f"{server.url}{path}", timeout=20) as reply:
                assert reply.read()
            assert time.monotonic() - begun < MOST_WAIT_SECONDS


def test_a_client_that_does_not_read_gets_no_second_answer(server: Server, study: Study) -> None:
    clip = study.sources["red"][0].file
    with contextlib.ExitStack() as stack:
        client = connected(server, stack)
        client.sendall(request(clip) * 60)
        time.sleep(1.0)
        client.settimeout(20)
        received = 0
        while data := client.recv(2**20):
            received += len(data)
    assert CLIP_BYTES < received < 2 * CLIP_BYTES, "one answer, and then the connection ends"


def test_a_client_that_reads_a_little_now_and_then_is_closed(
    server: Server, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stop()
    monkeypatch.setattr(serving, "_READ_SECONDS", 1.0)
    with Store(server.folder, study.id) as store, contextlib.ExitStack() as stack:
        channels = serving.opened(study, server.folder, store, Place("127.0.0.1", server.port, "", ""))
        loop = threading.Thread(target=answer, args=(channels,), daemon=True)
        loop.start()
        client = connected(server, stack)
        client.settimeout(20)
        client.sendall(request(study.sources["red"][0].file))
        received = 0
        with contextlib.suppress(ConnectionResetError):
            for _ in range(20):
                received += len(client.recv(4096))
                time.sleep(0.2)
            while data := client.recv(2**20):
                received += len(data)
        assert 0 < received < CLIP_BYTES
