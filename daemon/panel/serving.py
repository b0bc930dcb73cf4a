"""The panel's process: listens at its address until it is told to end."""

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

from daemon.panel.app import create_app
from daemon.panel.connections import MOST_CONNECTIONS, Server
from daemon.panel.event_stream import MOST_PAGES, EventStream
from daemon.panel.limits import MOST_BYTES
from daemon.panel.link import MOST_ASKING
from daemon.panel.parent_watch import wait_for_end_of_input
from daemon.panel.session_key import session_key
from daemon.panel.settings import PanelSettings

# Each open page keeps one thread busy with its events, and each request that the daemon is to answer another one:
# there are always some left.
_THREADS: Final = MOST_PAGES + MOST_ASKING + 8
# Connections that the system keeps until they are taken; one more has to knock again after a second.
_BACKLOG: Final = 4096
_MOST_HEADER_BYTES: Final = 32 * 1024
_WAKE_SECONDS: Final = 1.0
_GREETING: Final = "edmd panel at {url}"


class PanelError(Exception):
    """The panel cannot run; the text says why."""


def serve(settings: PanelSettings, tell: Callable[[str], Any], *, ends_with_input: bool = False) -> None:
    """Serve until interrupted; PanelError when the address cannot be had.

    `ends_with_input` ends the process when its standard input does: it never outlives who started it.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a crowd fills the log
    event_stream = EventStream(settings.control, settings.telemetry)
    connections = _listen(settings, create_app(settings, event_stream, session_key(settings)))
    if ends_with_input:
        threading.Thread(target=_end_with_input, name="edmd parent", daemon=True).start()
    event_stream.start()
    _step_back()
    tell(_GREETING.format(url=settings.url))
    # Threads that serve pages wait for the next event: the end of the process ends them.
    wasyncore.loop(timeout=_WAKE_SECONDS, map=connections, use_poll=True)


def _listen(settings: PanelSettings, app: Any) -> dict[int, Any]:
    """What is to be looped over: a server for each address that the host's name stands for, and its connections."""
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
    """Why an address cannot be had, and what to do."""
    number = getattr(error, "errno", None)
    # waitress tells of a name that nobody knows without a number
    if number is None or number == errno.EADDRNOTAVAIL:
        return "that is no address of this machine; choose another with -o panel.host=ADDRESS"
    mend = "choose another with -o panel.port=NUMBER"
    if number == errno.EACCES:
        mend = f"ports below 1024 need an administrator; {mend}"
    return f"{getattr(error, 'strerror', None) or error}; {mend}"


def _room_for(connections: int) -> int:
    """How many connections there may be: fewer where this process may open few files."""
    if sys.platform == "win32":
        return connections
    import resource  # noqa: PLC0415 - Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * connections
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS allows fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return connections if soft == resource.RLIM_INFINITY else min(connections, soft // 2)


def _end_with_input() -> None:
    wait_for_end_of_input()
    os._exit(0)


def _step_back() -> None:
    """Leave the processor to whoever makes the music."""
    if hasattr(os, "nice"):
        os.nice(5)
