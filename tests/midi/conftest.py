"""A JACK server without hardware that runs during the tests, and a client that records the messages it gets."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import NamedTuple, Self

import pytest

from tests import needs

# JACK has room for eight names of servers on a machine; that of a server that died is free for one of the same name only.
FULL = "the JACK server answers (if /dev/shm is full of names of dead servers: end all servers, and remove /dev/shm/jack*)"
SERVER = os.environ.get("EDMD_TEST_SERVER") or f"edmd-test-{os.getpid()}"


class ArrivedMessage(NamedTuple):
    """A message and its time of arrival, in frames of the JACK server and seconds of `time.perf_counter`.

    Frames do not advance while the server waits for a killed client; seconds do.
    """

    frame: int
    seconds: float
    message: bytes


class Recorder:
    """A JACK client with one MIDI input for each port of `edmd`; it stores the messages that arrive."""

    def __init__(self, *ports: str, server: str = SERVER) -> None:
        self._client = needs.library("jack").Client("recorder", no_start_server=True, servername=server)
        self.inputs = {port: self._client.midi_inports.register(port.replace(" ", "_")) for port in ports}
        self.heard: dict[str, list[ArrivedMessage]] = {port: [] for port in ports}
        self._is_over = threading.Event()
        self._has_left = threading.Event()
        self._client.set_process_callback(self._process)

    def __enter__(self) -> Self:
        self._client.activate()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # JACK cancels the thread of a client that is deactivated. Cancelled inside Python, it would never release the
        # interpreter; so the thread ends by itself first.
        self._is_over.set()
        self._has_left.wait(2)
        time.sleep(0.05)
        self._client.close()

    def connect(self) -> None:
        """Connect every port of `edmd` to its input here, as a performer would."""
        for port in self.inputs:
            until(lambda port=port: bool(self.sources(port)), f"{port} appears")  # type: ignore[misc]
            self.patch(self.sources(port)[0], port)

    def patch(self, source: str, port: str) -> None:
        """Connect as soon as the source can be: a client has its port before it is active."""
        until(lambda: self._connects(source, port), f"{source} is connected")

    def _connects(self, source: str, port: str) -> bool:
        """Return whether they are connected now; the daemon may have done it, because they were connected before."""
        if not self.is_patched(source, port):
            with contextlib.suppress(needs.library("jack").JackError):
                self._client.connect(source, self.inputs[port].name)
        return self.is_patched(source, port)

    def is_patched(self, source: str, port: str) -> bool:
        return source in [found.name for found in self._client.get_all_connections(self.inputs[port])]

    def unpatch(self, source: str, port: str) -> None:
        self._client.disconnect(source, self.inputs[port].name)

    def sources(self, port: str) -> list[str]:
        return [found.name for found in self._client.get_ports(port, is_midi=True, is_output=True)]

    def clients(self) -> list[str]:
        """Return the clients with MIDI ports."""
        return sorted({found.name.partition(":")[0] for found in self._client.get_ports(is_midi=True)})

    def notes(self, port: str) -> list[ArrivedMessage]:
        return [heard for heard in list(self.heard[port]) if heard.message[0] & 0xE0 == 0x80]

    def sounding(self, port: str) -> set[tuple[int, int]]:
        held: set[tuple[int, int]] = set()
        for _, _, message in self.notes(port):
            key = (message[0] & 0x0F, message[1])
            if message[0] & 0xF0 == 0x90:
                held.add(key)
            else:
                held.discard(key)
        return held

    def _process(self, _frames: int) -> None:
        if self._is_over.is_set():
            self._has_left.set()
            raise needs.library("jack").CallbackExit
        start, seconds = self._client.last_frame_time, time.perf_counter()
        for port, source in self.inputs.items():
            for offset, data in source.incoming_midi_events():
                self.heard[port].append(ArrivedMessage(start + offset, seconds, bytes(data)))


def until(true: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Wait until `true()`; after `seconds` fail with a message that names `what`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds} s still not the case: {what}")
        time.sleep(0.005)


@pytest.fixture(scope="session")
def jack_server() -> Iterator[str]:
    """Start a server and return its name; every JACK client of this process and its children uses it."""
    with running_server(SERVER, 64):
        yield SERVER


@contextlib.contextmanager
def running_server(name: str, period: int, scheduling: str = "-r") -> Iterator[None]:
    """Run a server with periods of so many frames, for every JACK client of this process and its children.

    `-S` makes the server synchronous: an asynchronous one repeats or drops MIDI buffers on a late machine. A synchronous
    server waits for a killed client ten times the value of `-t`: 200 ms here, 5 s by default.
    """
    needs.library("jack")
    options = [scheduling, "-S", "-t", "20", "-d", "dummy", "-r", "48000", "-p", str(period)]
    words = [needs.program("jackd"), "-n", name, *options]
    before = {key: os.environ.get(key) for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")}
    os.environ.update(JACK_DEFAULT_SERVER=name, JACK_NO_START_SERVER="1")
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(name), FULL)
        yield
    finally:
        server.terminate()
        server.wait(10)
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


@pytest.fixture
def recorder(jack_server: str) -> Iterator[Recorder]:
    with Recorder("edmd melody", "edmd percussion") as recording:
        yield recording


def is_seen(name: str) -> bool:
    """Return whether the server has a port with this name: it drops a client that a busy machine does not run."""
    client = needs.library("jack").Client("look", no_start_server=True, servername=SERVER)
    with client:
        return any(name in port.name for port in client.get_ports(is_midi=True))


def _answers(name: str) -> bool:
    jack = needs.library("jack")
    with contextlib.suppress(jack.JackOpenError):
        jack.Client("probe", no_start_server=True, servername=name).close()
        return True
    return False
