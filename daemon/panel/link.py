"""Requests to the daemon, from any thread of the panel."""

import threading
from typing import Any, Final

from daemon.client import Client, NoAnswer, Refused

_TIMEOUT_SECONDS: Final = 4.0

__all__ = ["Link", "NoAnswer", "Refused"]


class Link:
    """One ZeroMQ client for each thread that asks."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._local = threading.local()

    def ask(self, op: str, /, **fields: Any) -> dict[str, Any]:
        """The result of an op; Refused or NoAnswer."""
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = Client(self._endpoint, _TIMEOUT_SECONDS, tries=1)
        return client.request(op, **fields)

    def close(self) -> None:
        """Hang up in this thread."""
        client: Client | None = self._local.__dict__.pop("client", None)
        if client is not None:
            client.close()
