"""The panel's server: listens at its address until it is interrupted."""

import contextlib
import errno
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from daemon.allowance import set_niceness
from daemon.panel.app import create_app
from daemon.panel.event_stream import MOST_PAGES, EventStream
from daemon.panel.guard.connections import MOST_CONNECTIONS, Server
from daemon.panel.guard.limits import MOST_BYTES
from daemon.panel.guard.session_key import session_key
from daemon.panel.link import MOST_ASKING
from daemon.panel.parent_watch import wait_for_end_of_input
from daemon.panel.settings import PanelSettings

# Each open page uses one thread for its events, and each request that waits for the daemon uses one. Some are left over.
_THREADS: Final = MOST_PAGES + MOST_ASKING + 8
# Connections that the system queues until the server accepts them. Others have to try again after a second.
_BACKLOG: Final = 4096
_MOST_HEADER_BYTES: Final = 32 * 1024
_NICENESS: Final = 5
_WAKE_SECONDS: Final = 1.0
_GREETING: Final = "edmd panel at {url}"


class PanelError(Exception):
    """The panel cannot run. The message says why."""


def serve(settings: PanelSettings, tell: Callable[[str], Any], *, ends_with_input: bool = False) -> None:
    """Serve until interrupted. Raises PanelError if the server cannot listen at the address.

    With `ends_with_input` the process ends when its standard input ends, so that it does not outlive its parent.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # otherwise many requests would fill the log
    event_stream = EventStream(settings.control, settings.telemetry)
    connections = _listen(settings, create_app(settings, event_stream, session_key(settings)))
    if ends_with_input:
        threading.Thread(target=_end_with_input, name="edmd parent", daemon=True).start()
    event_stream.start()
    _lower_priority()
    tell(_GREETING.format(url=settings.url))
    # The threads that serve pages wait for events; they end with the process.
    wasyncore.loop(timeout=_WAKE_SECONDS, map=connections, use_poll=True)


def _listen(settings: PanelSettings, app: Any) -> dict[int, Any]:
    """Return the map for waitress's loop, with a server for each address of the host's name."""
    connections: dict[int, Any] = {}
    try:
        adjustments = Adjustments(
            host=settings.host,
            port=settings.port,
            threads=_THREADS,
            backlog=_BACKLOG,
            connection_limit=_room_for(MOST_CONNECTIONS),
            cleanup_interval=1,
            max_request_header_size=_MOST_HEADER_BYTES,
            max_request_body_size=MOST_BYTES + 1,
            outbuf_high_watermark=2**20,
            log_socket_errors=False,
            ident=None,
        )
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(adjustments.threads)
        for address in adjustments.listen:
            Server(app, connections, dispatcher=dispatcher, adj=adjustments, sockinfo=address)
    except (OSError, ValueError) as error:
        where = f"the panel cannot listen at {settings.host}, port {settings.port}"
        raise PanelError(f"{where}: {_reason(error)}") from error
    return connections


def _reason(error: OSError | ValueError) -> str:
    """Return why the server cannot listen at the address, and how to fix it."""
    number = getattr(error, "errno", None)
    # For an unknown name, waitress raises an error without a number.
    if number is None or number == errno.EADDRNOTAVAIL:
        return "that is not an address of this machine; choose another with -o panel.host=ADDRESS"
    mend = "choose another with -o panel.port=NUMBER"
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


def _end_with_input() -> None:
    wait_for_end_of_input()
    os._exit(0)


def _lower_priority() -> None:
    """Give the processes that make the music a higher priority than the panel."""
    set_niceness(_NICENESS)
