"""Receives the daemon's telemetry once, and sends it to every open page as server-sent events."""

import json
import queue
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from daemon.client import Client, Message
from daemon.control.curvekeys import Pair
from daemon.panel.last_messages import LastMessages

MOST_PAGES: Final = 40
_PATIENCE_SECONDS: Final = 1.0
_WAITING_CHUNKS: Final = 400
_ALIVE_SECONDS: Final = 3.0
# A page that receives nothing for ten of these intervals shows that the panel does not answer.
_KEEP_ALIVE_SECONDS: Final = 0.2


class CrowdedError(Exception):
    """Too many pages are open; another one has to wait."""


class Page:
    """The events of one page, as an iterator. `close` frees its place, also before the first event."""

    def __init__(self, event_stream: "EventStream") -> None:
        self.waiting: queue.Queue[bytes] = queue.Queue(_WAITING_CHUNKS)
        self._event_stream = event_stream
        self._is_new = True

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """Return the next chunk, or a keep-alive comment if none comes in time."""
        if self._is_new:
            self._is_new = False
            return b"retry: 500\n\n" + _event("link", {"alive": self._event_stream.is_alive})
        if not self._event_stream.has(
            self
        ):  # it read too slowly and was removed; it connects again by itself
            raise StopIteration
        try:
            return self.waiting.get(timeout=_KEEP_ALIVE_SECONDS)
        except queue.Empty:
            return b": still here\n\n"

    def close(self) -> None:
        """Free the place of this page."""
        self._event_stream.leave(self)


class EventStream:
    """Receives telemetry in a thread. `last` has the last messages of each deck."""

    def __init__(self, control: str, telemetry: str, keys: Pair | None = None) -> None:
        self.last = LastMessages()
        self._control, self._telemetry, self._keys = control, telemetry, keys
        # A page that read too slowly leaves `_pages` at once, but keeps its place until its connection ends.
        self._pages: set[Page] = set()
        self._places: set[Page] = set()
        self._lock = threading.Lock()
        self._heard_seconds = -_ALIVE_SECONDS
        self._was_alive = False

    def start(self) -> None:
        """Start the thread, which listens until the process ends."""
        threading.Thread(target=self._listen, name="edmd telemetry", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether a message from the daemon came in the last seconds."""
        return time.monotonic() - self._heard_seconds < _ALIVE_SECONDS

    @property
    def pages(self) -> int:
        """The number of pages that receive events."""
        return len(self._pages)

    @property
    def is_crowded(self) -> bool:
        """Whether all places are taken."""
        return len(self._places) >= MOST_PAGES

    def page(self) -> Page:
        """Return the events for a new page. Raises CrowdedError if too many pages are open."""
        page = Page(self)
        with self._lock:
            if self.is_crowded:
                raise CrowdedError
            self._pages.add(page)
            self._places.add(page)
        return page

    def has(self, page: Page) -> bool:
        """Whether a page still receives events."""
        return page in self._pages

    def leave(self, page: Page) -> None:
        """Free the place of a page whose connection ended."""
        with self._lock:
            self._pages.discard(page)
            self._places.discard(page)

    def _listen(self) -> None:
        with Client(self._control, keys=self._keys) as client, client.listen(("",), self._telemetry) as ear:
            while True:
                self._pass_on(ear.hear(_PATIENCE_SECONDS))

    def _pass_on(self, messages: Iterable[Message]) -> None:
        """Send messages that arrived together to the pages, as one chunk."""
        chunk = bytearray()
        for message in messages:
            self._heard_seconds = time.monotonic()
            self.last.store(message)
            chunk += _event(message.topic, message.body)
        self._report_link()
        if chunk:
            self._send_to_pages(bytes(chunk))

    def _report_link(self) -> None:
        if self.is_alive != self._was_alive:
            self._was_alive = self.is_alive
            self._send_to_pages(_event("link", {"alive": self._was_alive}))

    def _send_to_pages(self, chunk: bytes) -> None:
        for page in tuple(self._pages):
            try:
                page.waiting.put_nowait(chunk)
            except queue.Full:
                with self._lock:
                    self._pages.discard(page)


def _event(topic: str, body: Mapping[str, Any]) -> bytes:
    return f"event: {topic}\ndata: {json.dumps(body, separators=(',', ':'))}\n\n".encode()
