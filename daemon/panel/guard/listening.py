"""Listening at an address, with limits of connections and sizes."""

import contextlib
import errno
import sys
from typing import Any, Final, NamedTuple

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from daemon.panel.guard.connections import MOST_CONNECTIONS, Server

# Connections that the system queues until the server accepts them. Others have to try again after a second.
_BACKLOG: Final = 4096
_MOST_HEADER_BYTES: Final = 32 * 1024
_WAKE_SECONDS: Final = 1.0


class ListenError(Exception):
    """The server cannot listen at the address. The message says why, and how to fix it."""


class Place(NamedTuple):
    """Where to listen, and with which options a user names another host or port."""

    host: str
    port: int
    host_option: str
    port_option: str


def listen(
    app: Any, place: Place, *, threads: int, most_body_bytes: int, server: type[Server] = Server
) -> dict[int, Any]:
    """Return the map for `answer`, with a server for each address of the host's name. Raises ListenError."""
    connections: dict[int, Any] = {}
    try:
        adjustments = Adjustments(
            host=place.host,
            port=place.port,
            threads=threads,
            backlog=_BACKLOG,
            connection_limit=_room_for(MOST_CONNECTIONS),
            cleanup_interval=1,
            max_request_header_size=_MOST_HEADER_BYTES,
            max_request_body_size=most_body_bytes + 1,
            outbuf_high_watermark=2**20,
            url_scheme="http" if server is Server else "https",
            log_socket_errors=False,
            ident=None,
        )
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(adjustments.threads)
        for address in adjustments.listen:
            server(app, connections, dispatcher=dispatcher, adj=adjustments, sockinfo=address)
    except (OSError, ValueError) as error:
        raise ListenError(f"{place.host}, port {place.port}: {_reason(error, place)}") from error
    return connections


def answer(connections: dict[int, Any]) -> None:
    """Answer requests until the thread is interrupted. The threads that answer end with the process."""
    wasyncore.loop(timeout=_WAKE_SECONDS, map=connections, use_poll=True)


def _reason(error: OSError | ValueError, place: Place) -> str:
    """Return why the server cannot listen at the address, and how to fix it."""
    number = getattr(error, "errno", None)
    # For an unknown name, waitress raises an error without a number.
    if number is None or number == errno.EADDRNOTAVAIL:
        return f"that is not an address of this machine; choose another with {place.host_option}"
    mend = f"choose another with {place.port_option}"
    if number == errno.EACCES:
        mend = f"ports below 1024 need an administrator; {mend}"
    return f"{getattr(error, 'strerror', None) or error}; {mend}"


def _room_for(connections: int) -> int:
    """Return the limit of connections. It is lower if this process may open only few files."""
    if sys.platform == "win32":
        return connections
    import resource  # noqa: PLC0415 - Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * connections
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS allows fewer than its hard limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return connections if soft == resource.RLIM_INFINITY else min(connections, soft // 2)
