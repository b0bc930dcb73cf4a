"""The panel's server: listens at its address until it is interrupted."""

import logging
import os
import threading
from collections.abc import Callable
from typing import Any, Final

from daemon.allowance import set_niceness
from daemon.panel.app import create_app
from daemon.panel.event_stream import MOST_PAGES, EventStream
from daemon.panel.guard.certificate import CertificateError, context_of
from daemon.panel.guard.connections import Server
from daemon.panel.guard.limits import MOST_BYTES
from daemon.panel.guard.listening import ListenError, Place, answer, listen
from daemon.panel.guard.session_key import session_key
from daemon.panel.guard.tls import behind_tls
from daemon.panel.link import MOST_ASKING
from daemon.panel.parent_watch import wait_for_end_of_input
from daemon.panel.settings import PanelSettings

# Each open page uses one thread for its events, and each request that waits for the daemon uses one. Some are left over.
_THREADS: Final = MOST_PAGES + MOST_ASKING + 8
_NICENESS: Final = 5
_GREETING: Final = "edmd panel at {url}"


class PanelError(Exception):
    """The panel cannot run. The message says why."""


def serve(settings: PanelSettings, tell: Callable[[str], Any], *, ends_with_input: bool = False) -> None:
    """Serve until interrupted. Raises PanelError if the server cannot listen at the address.

    With `ends_with_input` the process ends when its standard input ends, so that it does not outlive its parent.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # otherwise many requests would fill the log
    event_stream = EventStream(settings.control, settings.telemetry, settings.keys)
    app = create_app(settings, event_stream, session_key(settings))
    place = Place(settings.host, settings.port, "-o panel.host=ADDRESS", "-o panel.port=NUMBER")
    greeting, server = _GREETING.format(url=settings.url), Server
    if settings.tls:
        try:
            context, fingerprint = context_of(settings)
        except CertificateError as error:
            raise PanelError(str(error)) from error
        greeting, server = f"{greeting}; SHA-256 of its certificate: {fingerprint}", behind_tls(context)
    try:
        connections = listen(app, place, threads=_THREADS, most_body_bytes=MOST_BYTES, server=server)
    except ListenError as error:
        raise PanelError(f"the panel cannot listen at {error}") from error
    if ends_with_input:
        threading.Thread(target=_end_with_input, name="edmd parent", daemon=True).start()
    event_stream.start()
    _lower_priority()
    tell(greeting)
    answer(connections)


def _end_with_input() -> None:
    wait_for_end_of_input()
    os._exit(0)


def _lower_priority() -> None:
    """Give the processes that make the music a higher priority than the panel."""
    set_niceness(_NICENESS)
