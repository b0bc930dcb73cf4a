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


def serve(study: Study, folder: Path, store: Store, place: Place, tell: Callable[[str], Any]) -> None:
    """Serve until interrupted. Raises ListenError if the server cannot listen at the address."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # otherwise many requests would fill the log
    app = create_app(study, folder, store)
    connections = listen(app, place, threads=_THREADS, most_body_bytes=MOST_BYTES, server=_Server)
    tell(greeting(place))
    answer(connections)


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
    parser_class = _Parser


class _Server(Server):
    channel_class = _Connection
