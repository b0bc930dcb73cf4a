"""TLS in front of the panel's server: each connection is decrypted in one thread, and reaches the server as a socket pair.

So every limit of `connections.py` holds as it does without TLS; a handshake has the time of a request's headers.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
from typing import Any, Final

from daemon.panel.guard.connections import Server

_HANDSHAKE_SECONDS: Final = 5.0
_STALLED_SECONDS: Final = 15.0
_SHUTDOWN_SECONDS: Final = 1.0
_AT_ONCE_BYTES: Final = 64 * 1024


class Decrypting(threading.Thread):
    """Carries bytes between the clients' sockets and those of the server."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(name="edmd tls", daemon=True)
        self._context = context
        self._loop = asyncio.new_event_loop()
        # A client that speaks no TLS, or leaves in the middle, is nothing to log.
        self._loop.set_exception_handler(lambda _, __: None)
        self._running: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        """Carry until the process ends."""
        self._loop.run_forever()

    def take(self, outer: socket.socket, inner: socket.socket) -> None:
        """Carry between a client and the server; any thread may call this."""
        self._loop.call_soon_threadsafe(self._begin, outer, inner)

    def _begin(self, outer: socket.socket, inner: socket.socket) -> None:
        task = self._loop.create_task(self._carry(outer, inner))
        self._running.add(task)  # a task that nobody holds may be collected
        task.add_done_callback(self._running.discard)

    async def _carry(self, outer: socket.socket, inner: socket.socket) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), outer, inner:
            client = await self._shake_hands(outer)
            server = await asyncio.open_connection(sock=inner, limit=_AT_ONCE_BYTES)
            ways = [
                self._loop.create_task(_copy(client[0], server[1])),
                self._loop.create_task(_copy(server[0], client[1])),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await _close(client[1], server[1])

    async def _shake_hands(self, outer: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader = asyncio.StreamReader(limit=_AT_ONCE_BYTES)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await self._loop.connect_accepted_socket(
            lambda: protocol,
            outer,
            ssl=self._context,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=_SHUTDOWN_SECONDS,
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, self._loop)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side ends, or does not take anything for too long."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_AT_ONCE_BYTES):
            writer.write(data)
            await asyncio.wait_for(writer.drain(), _STALLED_SECONDS)


async def _close(*writers: asyncio.StreamWriter) -> None:
    for writer in writers:
        writer.close()
    for writer in writers:
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                await writer.wait_closed()
        except OSError:
            writer.transport.abort()


class TlsServer(Server):
    """The panel's server behind TLS."""

    decrypting: Decrypting

    def accept(self) -> tuple[socket.socket, Any] | None:
        """Accept a connection; return the server's end of it."""
        accepted = super().accept()
        if accepted is None:
            return None
        outer, address = accepted
        super().set_socket_options(outer)
        ours, inner = socket.socketpair()
        for each in (outer, inner, ours):
            each.setblocking(False)
        self.decrypting.take(outer, inner)
        return ours, address

    def set_socket_options(self, conn: socket.socket) -> None:
        """Leave the server's end as it is: the options are those of the client's socket."""


def behind_tls(context: ssl.SSLContext) -> type[TlsServer]:
    """Return a server whose connections are decrypted with `context`."""
    decrypting = Decrypting(context)
    decrypting.start()
    return type("TlsServer", (TlsServer,), {"decrypting": decrypting})
