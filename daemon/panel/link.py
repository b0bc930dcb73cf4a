"""Requests to the daemon, from any thread of the panel."""

import queue
import threading
from typing import Any, Final

from daemon.client import Client, NoAnswer, Refused
from daemon.control.curvekeys import Pair

MOST_ASKING: Final = 16
_TIMEOUT_SECONDS: Final = 4.0

__all__ = ["Link", "NoAnswer", "Refused"]


class Link:
    """A limited number of ZeroMQ clients, each used by one thread at a time.

    The limit keeps some threads of the panel free if the daemon does not answer.
    """

    def __init__(self, endpoint: str, keys: Pair | None = None) -> None:
        self._endpoint, self._keys = endpoint, keys
        self._idle: queue.LifoQueue[Client] = queue.LifoQueue()
        self._places = threading.BoundedSemaphore(MOST_ASKING)

    def ask(self, op: str, /, **fields: Any) -> dict[str, Any]:
        """Return the result of an op. Raises Refused or NoAnswer."""
        if not self._places.acquire(blocking=False):
            raise NoAnswer("too many requests wait for the daemon; try again in a moment")
        try:
            client = self._client()
            try:
                return client.request(op, **fields)
            finally:
                self._idle.put(client)
        finally:
            self._places.release()

    def _client(self) -> Client:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return Client(self._endpoint, _TIMEOUT_SECONDS, tries=1, keys=self._keys)

    def close(self) -> None:
        """Close the connections."""
        while not self._idle.empty():
            self._idle.get_nowait().close()
