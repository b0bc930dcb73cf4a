"""What the benchmarks run: a JACK server without hardware, the daemon as a process, and scripts that print JSON."""

import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psutil
import zmq

from tests.imports import ROOT

TEMPO: Final = 128.0
SEED: Final = 7
JACK_OPTIONS: Final = "-r -S -t 20 -d dummy -r 48000 -p 64"
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0


class BenchError(Exception):
    """A measurement is impossible here; the message gives the cause."""


@dataclass(frozen=True)
class Daemon:
    """A running `edmd play`: the supervisor and its roles."""

    process: subprocess.Popen[bytes]
    control: str
    telemetry: str
    began_seconds: float

    def processes(self) -> list[psutil.Process]:
        """Return the composer, the player, and all others."""
        supervisor = psutil.Process(self.process.pid)
        children = supervisor.children()
        return [
            self.role("composer"),
            self.role("player"),
            supervisor,
            *(child for child in children if child.name() not in {"edmd composer", "edmd player"}),
        ]

    def role(self, name: str) -> psutil.Process:
        """Return the process of a role."""
        found = [
            child for child in psutil.Process(self.process.pid).children() if child.name() == f"edmd {name}"
        ]
        if len(found) != 1:
            raise BenchError(f"the daemon has {len(found)} processes named {name}, not one")
        return found[0]


@contextlib.contextmanager
def jack_server(options: str = JACK_OPTIONS) -> Iterator[str]:
    """Run a JACK server that all programs started inside the block use; yields its name."""
    if shutil.which("jackd") is None:
        raise BenchError("jackd is not installed: apt install jackd2")
    name = f"edmd-bench-{os.getpid()}"
    os.environ.update(JACK_DEFAULT_SERVER=name, JACK_NO_START_SERVER="1")
    words = ["jackd", "-n", name, *options.split()]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            time.sleep(1.0)
            yield name
        finally:
            server.terminate()
            server.wait(_STOP_SECONDS)


@contextlib.contextmanager
def daemon(
    more: Mapping[str, str] | None = None, files: tuple[int, int] | None = None, words: Sequence[str] = ()
) -> Iterator[Daemon]:
    """Run `edmd play` on JACK and free ports, with the shipped configuration and the options `more`.

    `files` is the soft and the hard limit of open files, `words` is added to the command line.
    """
    control, telemetry = (f"tcp://127.0.0.1:{port}" for port in free_ports(2))
    options = {"control.bind": control, "telemetry.bind": telemetry, "midi.api": "jack", **(more or {})}
    words = [sys.executable, "-m", "daemon", "play", "--no-panel", "-c", str(ROOT / "config.toml"), *words]
    words += ["--seed", str(SEED)]
    words += [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    began = time.perf_counter()
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        if files is not None:
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, files)
        try:
            yield Daemon(process, control, telemetry, began)
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


@contextlib.contextmanager
def listening(endpoint: str, *topics: str) -> Iterator[zmq.Socket[bytes]]:
    """Subscribe before the daemon starts, and connect within milliseconds of its start."""
    with zmq.Context() as context, context.socket(zmq.SUB) as listener:
        listener.setsockopt(zmq.RECONNECT_IVL, 2)
        listener.setsockopt(zmq.RCVHWM, 0)
        for topic in topics:
            listener.subscribe(topic)
        listener.connect(endpoint)
        yield listener


def heard(listener: zmq.Socket[bytes], seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the messages of the next `seconds`, each with its topic."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if listener.poll(round(left * 1000) + 1):
            topic, body = listener.recv_multipart()
            yield {"topic": topic.decode(), **json.loads(body)}


def await_first(listener: zmq.Socket[bytes], what: str) -> dict[str, Any]:
    """Return the next message. Raises BenchError if none arrives in time."""
    for message in heard(listener, _START_SECONDS):
        return message
    raise BenchError(f"the daemon sent no {what} message within {_START_SECONDS:g} s")


def measured_apart(module: str, *words: str) -> dict[str, Any]:
    """Run a module of this package as a separate process, and return the JSON that it prints."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *words]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise BenchError(f"{module} failed: {ran.stderr.strip()[-400:]}")
    result: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return result


def free_ports(count: int) -> list[int]:
    """Return free ports of this machine."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
