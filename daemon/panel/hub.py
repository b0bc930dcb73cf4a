"""What the daemon tells, heard once and handed to every open page as server-sent events."""

import contextlib
import json
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.client import Client, Message

MOST_PAGES: Final = 40
_GATHERED_SECONDS: Final = 0.012
_WAITING_CHUNKS: Final = 400
_ALIVE_SECONDS: Final = 3.0
_KEEP_ALIVE_SECONDS: Final = 5.0


class CrowdedError(Exception):
    """So many pages are open that another one has to wait."""


class Hub:
    """Hears telemetry in a thread; `latest` is the last message of each topic."""

    def __init__(self, control: str, telemetry: str) -> None:
        self.latest: Mapping[str, dict[str, Any]] = {}
        self.notes: Mapping[str, int] = {}
        self._control, self._telemetry = control, telemetry
        self._pages: set[queue.Queue[bytes]] = set()
        self._lock = threading.Lock()
        self._heard_seconds = -_ALIVE_SECONDS
        self._was_alive = False

    def start(self) -> None:
        """Listen until the process ends."""
        threading.Thread(target=self._listen, name="edmd telemetry", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether the daemon was heard of in the last seconds."""
        return time.monotonic() - self._heard_seconds < _ALIVE_SECONDS

    @property
    def pages(self) -> int:
        """How many pages listen."""
        return len(self._pages)

    def page(self) -> Iterator[bytes]:
        """Server-sent events for one page, until it goes; CrowdedError at once when there are too many."""
        waiting: queue.Queue[bytes] = queue.Queue(_WAITING_CHUNKS)
        with self._lock:
            if len(self._pages) >= MOST_PAGES:
                raise CrowdedError
            self._pages.add(waiting)
        return self._chunks(waiting)

    def _chunks(self, waiting: "queue.Queue[bytes]") -> Iterator[bytes]:
        try:
            yield b"retry: 500\n\n" + _event("link", {"alive": self.is_alive})
            while waiting in self._pages:  # one that fell behind is taken out, and comes back by itself
                try:
                    yield waiting.get(timeout=_KEEP_ALIVE_SECONDS)
                except queue.Empty:
                    yield b": still here\n\n"
        finally:
            with self._lock:
                self._pages.discard(waiting)

    def _listen(self) -> None:
        topics = ("",)
        with Client(self._control) as client:
            while True:
                self._pass_on(client.watch(topics, self._telemetry, timeout_seconds=1.0))
                self._tell_link()

    def _pass_on(self, messages: Iterator[Message]) -> None:
        """Hand on what comes, gathered for a moment: one write for many notes."""
        chunk, since = bytearray(), time.monotonic()
        for message in messages:
            self._keep(message)
            self._tell_link()
            chunk += _event(message.topic, message.body)
            now = time.monotonic()
            if now - since >= _GATHERED_SECONDS or message.topic != "note":
                self._spread(bytes(chunk))
                chunk.clear()
                since = now
        if chunk:
            self._spread(bytes(chunk))

    def _keep(self, message: Message) -> None:
        self._heard_seconds = time.monotonic()
        self.latest = {**self.latest, message.topic: message.body}
        if message.topic == "note" and message.body.get("type") == "on":
            voice = str(message.body.get("voice"))
            self.notes = {**self.notes, voice: self.notes.get(voice, 0) + 1}

    def _tell_link(self) -> None:
        if self.is_alive != self._was_alive:
            self._was_alive = self.is_alive
            self._spread(_event("link", {"alive": self._was_alive}))

    def _spread(self, chunk: bytes) -> None:
        for waiting in tuple(self._pages):
            try:
                waiting.put_nowait(chunk)
            except queue.Full:
                with self._lock, contextlib.suppress(KeyError):
                    self._pages.remove(waiting)


def _event(topic: str, body: Mapping[str, Any]) -> bytes:
    return f"event: {topic}\ndata: {json.dumps(body, separators=(',', ':'))}\n\n".encode()
