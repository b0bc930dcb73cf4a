"""A JACK client with one MIDI output, which sends what a test gives it."""

import contextlib
import queue
import threading
import time
from types import TracebackType
from typing import Self

from tests import needs
from tests.midi.conftest import SERVER, until


class Sender:
    """Sends each message in the next period of the server."""

    def __init__(self, name: str = "sender", server: str = SERVER) -> None:
        self._client = needs.library("jack").Client(name, no_start_server=True, servername=server)
        self.port = self._client.midi_outports.register("out")
        self._waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._is_over, self._has_left = threading.Event(), threading.Event()
        self._client.set_process_callback(self._process)

    def __enter__(self) -> Self:
        self._client.activate()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()  # as with Recorder: the thread must not be cancelled inside Python
        self._has_left.wait(2)
        time.sleep(0.05)
        self._client.close()

    def connect(self, to: str) -> None:
        """Connect to the first input port that contains `to`, as soon as it exists."""

        def connects() -> bool:
            with contextlib.suppress(
                needs.library("jack").JackError
            ):  # the port may be that of a dying process
                for sink in self.sinks(to)[:1]:
                    if sink not in self.receivers():  # edmd connects again what was connected before
                        self._client.connect(self.port.name, sink)
                    return True
            return False

        until(connects, f"{to} appears")

    def receivers(self) -> list[str]:
        return [port.name for port in self._client.get_all_connections(self.port)]

    def sinks(self, name: str) -> list[str]:
        return [port.name for port in self._client.get_ports(name, is_midi=True, is_input=True)]

    def send(self, *messages: str) -> None:
        """Send messages written as hexadecimal bytes."""
        for message in messages:
            self._waiting.put(bytes.fromhex(message))

    def _process(self, _frames: int) -> None:
        if self._is_over.is_set():
            self._has_left.set()
            raise needs.library("jack").CallbackExit
        self.port.clear_buffer()
        for frame in range(16):
            if self._waiting.empty():
                return
            self.port.write_midi_event(frame, self._waiting.get())
