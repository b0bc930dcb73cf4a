"""The real panel in its own process, and plain sockets to it."""

import json
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOWHERE = "tcp://127.0.0.1:9"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class PanelProcess:
    """A panel that listens at `port` of this machine."""

    port: int
    process: subprocess.Popen[str]
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def connect(self, first: bytes = b"") -> socket.socket:
        """Return a connection over which `first` was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        if first:
            connection.sendall(first)
        return connection

    def get(self, path: str, timeout: float = 5) -> tuple[int, float]:
        """Return the status of the answer, and how long it took in seconds."""
        began = time.monotonic()
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=timeout, context=self.tls) as answer:
                answer.read()
                return answer.status, time.monotonic() - began
        except urllib.error.HTTPError as error:
            return error.code, time.monotonic() - began

    @property
    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] in {200, 503}
        except OSError:
            return False


@contextmanager
def panel_process(
    folder: Path,
    *words: str,
    endpoints: Sequence[str] = (NOWHERE, NOWHERE),
    env: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[PanelProcess]:
    """Start `edmd panel`, wait until it answers, and end it afterwards."""
    port = free_port()
    control, telemetry = endpoints
    command = [sys.executable, "-m", "daemon", "panel", "-o", f"panel.port={port}"]
    command += ["-o", f"recording.folder={folder}", *words, "--endpoint", control, "--telemetry", telemetry]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    ) as process:
        try:
            panel = PanelProcess(port, process, tls)
            deadline = time.monotonic() + 30
            while not panel.answers:
                assert process.poll() is None, process.stdout.read() if process.stdout else ""
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield panel
        finally:
            process.terminate()


def is_cut(connection: socket.socket, seconds: float) -> bool:
    """Whether the other side ends the connection in time."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def error_of(raw: bytes) -> dict[str, Any]:
    """Return the error in an answer that came over a socket."""
    error: dict[str, Any] = json.loads(raw.partition(b"\r\n\r\n")[2])["error"]
    return error
