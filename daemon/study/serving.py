"""The study's server: listens at its address until it is interrupted."""

import ipaddress
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from daemon.control.endpoints import is_loopback
from daemon.panel.guard.connections import Connection, Server
from daemon.panel.guard.listening import Place, answer, listen
from daemon.panel.guard.parsing import Parser
from daemon.study.app import MOST_BYTES, create_app
from daemon.study.store import Store
from daemon.study.study import Study

_THREADS: Final = 16
# A clip of 30 s has 0.7 MB, so a listener's network needs 6 kB/s.
_READ_SECONDS: Final = 120.0


def serve(study: Study, folder: Path, store: Store, place: Place, tell: Callable[[str], Any]) -> None:
    """Serve until interrupted. Raises ListenError if the server cannot listen at the address."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # otherwise many requests would fill the log
    connections = opened(study, folder, store, place)
    tell(greeting(place))
    answer(connections)


def opened(study: Study, folder: Path, store: Store, place: Place) -> dict[int, Any]:
    """Return the map for `answer` of a server that listens. Raises ListenError if it cannot."""
    app = create_app(study, folder, store)
    return listen(app, place, threads=_THREADS, most_body_bytes=MOST_BYTES, server=_Server)


def greeting(place: Place) -> str:
    """Return the line that says where the page is, and who can reach it."""
    host, port = place.host, place.port
    if is_loopback(host):
        return (
            f"edmd study at {_url(host, port)} (only on this machine; --host 0.0.0.0 opens it to the network)"
        )
    return f"edmd study at {_url(_address_for_others(host), port)}, open to everyone on the network, without encryption"


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _address_for_others(host: str) -> str:
    """Return the address by which other machines reach this one, if `host` means all addresses."""
    try:
        if not ipaddress.ip_address(host).is_unspecified:
            return host
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # finds the route, and sends nothing
            return str(probe.getsockname()[0])
    except (OSError, ValueError):
        return host


class _Parser(Parser):
    @staticmethod
    def explain(size: int) -> str:
        return f"the request has {size} bytes; the study takes at most {MOST_BYTES}"


class _Connection(Connection):
    """A connection whose client may read slowly, or not at all, without holding a thread.

    A thread hands over the whole answer and is free; the loop sends it as fast as the client reads. Clips are sent from
    their files, so this needs no memory.
    """

    parser_class = _Parser
    _reads_since: float | None = None

    def service(self) -> None:
        """Answer a request; but if the client has not read the answers to earlier ones, end after these."""
        if self.total_outbufs_len <= self.adj.outbuf_high_watermark:
            super().service()
            return
        with self.requests_lock:
            self.close_when_flushed = True
            for each in self.requests:
                each.close()
            self.requests = []
        self.server.pull_trigger()

    def is_overdue(self, now: float) -> bool:
        """Whether the client has exceeded a time limit at `now`, also by reading a little now and then."""
        if not self.total_outbufs_len:
            self._reads_since = None
        elif self._reads_since is None:
            self._reads_since = now
        is_slow = self._reads_since is not None and now - self._reads_since > _READ_SECONDS
        return is_slow or super().is_overdue(now)

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Do not wait, as waitress does here in its thread, until the client has read."""


class _Server(Server):
    channel_class = _Connection
