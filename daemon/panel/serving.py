"""The panel's process: listens at its address until it is told to end."""

import os
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

from waitress.server import create_server

from daemon.panel.app import MOST_BYTES, create_app
from daemon.panel.hub import MOST_PAGES, Hub
from daemon.panel.keys import session_key
from daemon.panel.leash import wait_for_end_of_input
from daemon.panel.settings import PanelSettings

# Each open page keeps one thread busy with its events.
_THREADS: Final = MOST_PAGES + 8
_GREETING: Final = "edmd panel at {url}"


class PanelError(Exception):
    """The panel cannot run; the text says why."""


def serve(settings: PanelSettings, tell: Callable[[str], Any], *, ends_with_input: bool = False) -> None:
    """Serve until interrupted; PanelError when the address cannot be had.

    `ends_with_input` ends the process when its standard input does: it never outlives who started it.
    """
    hub = Hub(settings.control, settings.telemetry)
    server = _listen(settings, create_app(settings, hub, session_key(settings)))
    if ends_with_input:
        threading.Thread(target=_end_with_input, name="edmd parent", daemon=True).start()
    hub.start()
    _step_back()
    tell(_GREETING.format(url=settings.url))
    server.run()


def _listen(settings: PanelSettings, app: Any) -> Any:
    try:
        return create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=_THREADS,
            connection_limit=4 * MOST_PAGES,
            max_request_body_size=MOST_BYTES,
            outbuf_high_watermark=2**20,
            ident=None,
        )
    except (OSError, ValueError, socket.gaierror) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PanelError(
            f"the panel cannot listen at {settings.host}, port {settings.port}: {reason}; "
            "choose another with -o panel.port=NUMBER"
        ) from error


def _end_with_input() -> None:
    wait_for_end_of_input()
    os._exit(0)


def _step_back() -> None:
    """Leave the processor to whoever makes the music."""
    if hasattr(os, "nice"):
        os.nice(5)
