"""`edmd play` in its own process, with a control client and its telemetry."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import zmq

from daemon.client import Client
from tests.midi.conftest import until

Row = tuple[str, int, int, int]
"""(on or off, channel from 1, pitch, velocity)"""


class Edmd:
    """A running daemon; `told` holds the telemetry received so far, as (topic, message)."""

    def __init__(self, process: "subprocess.Popen[str]", greeting: str) -> None:
        self.process, self.greeting = process, greeting
        found = re.search(r"control at (\S+)\.( |$)", greeting)
        assert found is not None, greeting
        self.client = Client(found[1], timeout_seconds=10.0)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._events = self._context.socket(zmq.SUB)
        self._events.setsockopt(zmq.RCVHWM, 0)
        self._events.subscribe(b"")
        self._events.connect(self.client.state()["telemetry"])

    def role(self, name: str) -> psutil.Process:
        """Return the process of a role; one that has ended, and is not reaped yet, is none."""
        found: list[psutil.Process] = []

        def is_there() -> bool:
            found[:] = self._named(name)
            return bool(found)

        until(is_there, f"there is a {name}")
        return found[0]

    def _named(self, name: str) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        with contextlib.suppress(psutil.NoSuchProcess):
            return [child for child in children if child.name() == f"edmd {name}" and not has_gone(child)]
        return []

    @property
    def player(self) -> psutil.Process:
        """Return the process that plays."""
        return self.role("player")

    def listen(self, seconds: float = 0.0) -> None:
        """Receive telemetry for `seconds`."""
        deadline = time.monotonic() + seconds
        while self._events.poll(max(0, round((deadline - time.monotonic()) * 1e3))):
            topic, body = self._events.recv_multipart()
            self.told.append((topic.decode(), json.loads(body)))

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until `true()`, and receive telemetry meanwhile."""

        def listening() -> bool:
            self.listen()
            return true()

        until(listening, what)

    def of(self, topic: str) -> list[dict[str, Any]]:
        """Return the messages received on a topic."""
        return [message for name, message in self.told if name == topic]

    def rows(self) -> list[Row]:
        """Return the received note messages as rows."""
        return [(each["type"], each["channel"], each["pitch"], each["velocity"]) for each in self.of("note")]

    def wait_for_ticks(self, count: int) -> None:
        """Wait for `count` more tick messages, from now on."""
        self.listen()  # those that have come already
        before = len(self.of("tick"))
        self.until(lambda: len(self.of("tick")) >= before + count, f"{count} ticks pass")

    def end(self, number: int = signal.SIGTERM) -> int:
        """End the daemon with a signal and return its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.listen(0.05)
        return code

    def close(self) -> None:
        self.client.close()
        self._context.destroy(linger=0)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        self._show_log()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def _show_log(self) -> None:
        """Print what the daemon logged, for the report of a test that fails."""
        if (log := self.process.stderr) is not None:
            os.set_blocking(log.fileno(), False)  # a role that hangs may still hold the other end
            with contextlib.suppress(BlockingIOError, TypeError):
                sys.stderr.write(log.read())


def words(bundle: Path, *more: str, panel: str = "--no-panel") -> list[str]:
    """Return the command line of a daemon on free ports; without sections, so that every bar has music."""
    options = {
        "play.model": str(bundle),
        "play.provider": "cpu",
        "control.bind": "tcp://127.0.0.1:*",
        "telemetry.bind": "tcp://127.0.0.1:*",
        "parameters.director": "false",
        "parameters.energy": "0.8",
    }
    pairs = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    return [sys.executable, "-m", "daemon", "play", *panel.split(), *pairs, *more]


@contextmanager
def playing(
    bundle: Path, *more: str, environ: Mapping[str, str] | None = None, panel: str = "--no-panel"
) -> Iterator[Edmd]:
    """Start a daemon, and end it when the block ends. Unless `environ` names a state folder it remembers no other daemon."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state,
        _playing(words(bundle, *more, panel=panel), {"XDG_STATE_HOME": state, **(environ or {})}) as edmd,
    ):
        yield edmd


@contextmanager
def _playing(command: list[str], environ: Mapping[str, str]) -> Iterator[Edmd]:
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )
    assert process.stdout is not None
    greeting = process.stdout.readline()
    if not greeting:
        assert process.stderr is not None
        raise AssertionError(f"edmd play did not start: {process.stderr.read()}")
    edmd = Edmd(process, greeting)
    try:
        yield edmd
    finally:
        edmd.close()


def has_gone(process: psutil.Process) -> bool:
    """Return whether a process has ended; its parent need not have noticed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


def rows_of(messages: list[bytes]) -> list[Row]:
    """Return MIDI note messages as rows; a note-off has velocity 0."""
    return [
        ("on", message[0] - 0x8F, message[1], message[2])
        if message[0] & 0xF0 == 0x90
        else ("off", message[0] - 0x7F, message[1], 0)
        for message in messages
        if message[0] & 0xE0 == 0x80
    ]
