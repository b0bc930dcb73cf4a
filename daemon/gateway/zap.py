"""Which CURVE clients may connect: the handler of ZeroMQ's authentication protocol (ZAP, RFC 27)."""

import contextlib
import logging
import time
from pathlib import Path
from typing import Final

import zmq
from zmq.utils import z85

from daemon.control.curvekeys import Pair, authorised

DOMAIN: Final = b"edmd"
_LOOK_SECONDS: Final = 1.0
_TOLD_SECONDS: Final = 10.0
_VERSION: Final = b"1.0"
_MOST_AT_ONCE: Final = 50
_log: Final = logging.getLogger(__name__)


class Guard:
    """Answers who may connect to sockets that it has `closed`. The folder with the clients' keys may change at any time."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", server: Pair, clients: Path) -> None:
        self._server, self._clients = server, clients
        self._known = authorised(clients)
        self._looked = self._read = self._told = -_TOLD_SECONDS
        self._turned_away = 0
        self.socket: zmq.Socket[bytes] = context.socket(zmq.REP)
        self.socket.bind("inproc://zeromq.zap.01")

    def close_to_strangers(self, sock: "zmq.Socket[bytes]") -> None:
        """Let only authorised clients connect to a socket that is not bound yet, and encrypt what it sends."""
        sock.curve_server = True
        sock.curve_publickey = self._server.public.encode()
        sock.curve_secretkey = self._server.secret.encode()
        sock.zap_domain = DOMAIN
        sock.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)

    def serve(self) -> None:
        """Answer some of the waiting questions."""
        with contextlib.suppress(zmq.Again):
            for _ in range(_MOST_AT_ONCE):
                self.socket.send_multipart(self._answer(self.socket.recv_multipart(zmq.NOBLOCK)))

    def lost_a_client(self, now: float) -> bool:
        """Whether the key of a client was taken away since the last look; looks once a second."""
        if now < self._looked + _LOOK_SECONDS:
            return False
        self._looked = now
        before = self._known
        try:
            self._known = authorised(self._clients)
        except (
            OSError
        ) as error:  # too many open files, a disk that hiccups: nobody's key is taken away by that
            _log.warning(
                "the keys of clients cannot be read (%s); those that were known stay known", error.strerror
            )
            return False
        return bool(before.keys() - self._known.keys())

    def _answer(self, question: list[bytes]) -> list[bytes]:
        sequence = question[1] if len(question) > 1 else b""
        match question:
            case [_, _, domain, _, _, b"CURVE", key] if domain == DOMAIN and len(key) == 32:
                name = self._name(z85.encode(key).decode())
                if name is not None:
                    return [_VERSION, sequence, b"200", b"OK", name.encode(), b""]
        self._tell()
        return [_VERSION, sequence, b"400", b"unknown key", b"", b""]

    def _name(self, key: str) -> str | None:
        """Return the name of a client. One that was authorised a moment ago is known too."""
        if key not in self._known and time.monotonic() > self._read + _LOOK_SECONDS / 10:
            self._read = time.monotonic()
            with contextlib.suppress(OSError):
                self._known |= authorised(self._clients)
        return self._known.get(key)

    def _tell(self) -> None:
        """Tell of strangers, not of each one: they may be many."""
        self._turned_away += 1
        now = time.monotonic()
        if now >= self._told + _TOLD_SECONDS:
            _log.warning("clients with an unknown key were turned away: %d so far", self._turned_away)
            self._told = now
