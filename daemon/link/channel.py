"""One end of a link between two roles: typed messages, whole and in order, over a local stream socket."""

import logging
import os
import select
import socket
import sys
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, Generic, TypeVar

import msgspec

_log: Final = logging.getLogger(__name__)
VERSION: Final = 1
"""The version of all messages between roles. Both ends of a link must have the same."""

_LENGTH_BYTES: Final = 4
_LARGEST_BYTES: Final = 64 * 1024 * 1024
_READ_BYTES: Final = 256 * 1024
# The most sockets in one read; a message passes at most one.
_MOST_SOCKETS: Final = 16
_HAS_DESCRIPTORS: Final = hasattr(socket, "send_fds")

In = TypeVar("In")
Out = TypeVar("Out")


class LinkError(EOFError):
    """The other end speaks another version of the messages, or no messages at all. The link is unusable."""


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The first message of each end: the version of the messages, the role, and the process id."""

    version: int
    role: str
    pid: int


class Channel(Generic[In, Out]):
    """Sends `Out` and receives `In`, both unions of tagged `msgspec` structs, without blocking.

    When a process is replaced, its link gets a new socket and a new Channel. `peer` is the Hello of the other end,
    or None before it arrives.
    """

    def __init__(self, sock: socket.socket, receives: Any, role: str) -> None:
        sock.setblocking(False)
        self.peer: Hello | None = None
        self._socket = sock
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Hello | receives)
        self._encoder = msgspec.msgpack.Encoder()
        self._outbox: deque[tuple[memoryview, int | None]] = deque()
        self._inbox = bytearray()
        self._received: deque[In] = deque()
        self._sockets: deque[socket.socket] = deque()
        self._has_ended = False
        self._poller = select.poll() if hasattr(select, "poll") else None
        if self._poller is not None:
            self._poller.register(sock, select.POLLIN)
        self._queue(Hello(VERSION, role, os.getpid()), None)

    def fileno(self) -> int:
        """Return the file descriptor that a poller watches."""
        return self._socket.fileno()

    @property
    def waiting_bytes(self) -> int:
        """The number of bytes that wait to be sent, without those in the system's buffer."""
        return sum(len(view) for view, _ in self._outbox)

    @property
    def has_received(self) -> bool:
        """Whether a decoded message waits; a poller does not report it again."""
        return bool(self._received)

    def send(self, message: Out, handed: socket.socket | None = None) -> None:
        """Send a message as soon as the socket accepts it. Pass the socket `handed` with it and close it here.

        If the other end has gone, drop the message; `receive` then raises EOFError.
        """
        self._queue(message, handed)

    def flush(self) -> None:
        """Send as many queued bytes as the socket accepts."""
        while self._outbox:
            view, descriptor = self._outbox[0]
            try:
                sent = self._send(view, descriptor)
            except BlockingIOError:
                return
            except OSError:  # `receive` reports the end
                self._drop_outbox()
                return
            if descriptor is not None:
                os.close(descriptor)
            if sent == len(view):
                self._outbox.popleft()
            else:
                self._outbox[0] = (view[sent:], None)

    def poll(self, timeout_seconds: float) -> bool:
        """Wait up to `timeout_seconds` for a message; return whether there is a message, or the end, to receive."""
        if self._received:
            return True
        if self._outbox:
            self.flush()
        if self._poller is not None:
            return bool(self._poller.poll(timeout_seconds * 1e3))
        return bool(select.select([self._socket], [], [], timeout_seconds)[0])

    def recv(self) -> In:
        """Return the next message, after `poll` said that there is one.

        Raises EOFError if the other end has gone, LinkError (which is logged) if the bytes are no valid messages, and
        BlockingIOError if the message is incomplete.
        """
        if not self._received:
            self._read()
        if self._received:
            return self._received.popleft()
        if self._has_ended:
            raise EOFError
        raise BlockingIOError

    def receive(self) -> Iterator[In]:
        """Yield the waiting messages. Raises EOFError and LinkError as `recv` does."""
        self.flush()
        self._read()
        while self._received:
            yield self._received.popleft()
        if self._has_ended:
            raise EOFError

    def taken_socket(self) -> socket.socket:
        """Return the socket that came with the message received last."""
        return self._sockets.popleft()

    def close(self) -> None:
        """Close this end and drop the messages that were not sent."""
        self._drop_outbox()
        while self._sockets:
            self._sockets.popleft().close()
        self._socket.close()

    def _queue(self, message: object, handed: socket.socket | None) -> None:
        body = self._encoder.encode(message)
        descriptor = None
        if handed is not None:
            descriptor = handed.detach()
        frame = len(body).to_bytes(_LENGTH_BYTES, "big") + body
        self._outbox.append((memoryview(frame), descriptor))
        self.flush()

    def _send(self, view: memoryview, descriptor: int | None) -> int:
        if descriptor is None:
            return self._socket.send(view)
        return socket.send_fds(self._socket, [view], [descriptor])

    def _drop_outbox(self) -> None:
        for _, descriptor in self._outbox:
            if descriptor is not None:
                os.close(descriptor)
        self._outbox.clear()

    def _read(self) -> None:
        """Read and decode everything that is in the socket."""
        while not self._has_ended:
            try:
                data = self._read_some()
            except BlockingIOError:
                return
            except OSError:
                data = b""
            self._has_ended = not data
            self._inbox += data
            try:
                self._decode()
            except LinkError as error:
                _log.error("%s; the link is closed", error)
                raise

    def _read_some(self) -> bytes:
        if not _HAS_DESCRIPTORS:
            return self._socket.recv(_READ_BYTES)
        data, descriptors, _, _ = socket.recv_fds(self._socket, _READ_BYTES, _MOST_SOCKETS)
        self._sockets.extend(socket.socket(fileno=descriptor) for descriptor in descriptors)
        return data

    def _decode(self) -> None:
        start = 0
        while len(self._inbox) >= start + _LENGTH_BYTES:
            body = start + _LENGTH_BYTES
            length = int.from_bytes(self._inbox[start:body], "big")
            if length > _LARGEST_BYTES:
                raise LinkError(f"a message of {length} bytes came from the other end of a link")
            if len(self._inbox) < body + length:
                break
            self._take(memoryview(self._inbox)[body : body + length])
            start = body + length
        del self._inbox[:start]

    def _take(self, body: memoryview) -> None:
        try:
            message = self._decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise LinkError(f"the other end of a link does not speak its messages: {error}") from None
        finally:
            body.release()
        if isinstance(message, Hello):
            if message.version != VERSION:
                raise LinkError(
                    f"the {message.role} speaks version {message.version} of the links, not {VERSION}"
                )
            self.peer = message
        elif self.peer is None:
            raise LinkError("the other end of a link sent a message before its Hello")
        else:
            self._received.append(message)


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a new link, for `Channel`s of two processes. Raises OSError if the system refuses it."""
    if sys.platform == "win32":
        return socket.socketpair()
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
