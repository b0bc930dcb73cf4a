"""Binding ZeroMQ sockets: free ports, stale ipc files, and clear error messages."""

import errno
import socket
from pathlib import Path
from typing import Final

import zmq

from daemon.control.endpoints import endpoint_problem

# A connection without a handshake by then is closed, because each one uses a file descriptor.
_HANDSHAKE_MS: Final = 5000


class BindError(Exception):
    """The socket cannot listen at the address. The message names the address, the cause and the fix."""


def bind_socket(sock: zmq.Socket[bytes], endpoint: str, section: str, *, is_open: bool = False) -> str:
    """Bind `sock` and return its final address (`tcp://127.0.0.1:*` chooses a free port).

    `section` is the section of the configuration that names the address. An ipc file that no process listens at is
    replaced. `is_open`: strangers may reach it. Raises BindError if the address cannot be used; the socket is then closed.
    """
    sock.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_MS)
    problem = endpoint_problem(endpoint, is_open=is_open)
    if problem is None and endpoint.startswith("ipc://"):
        try:
            problem = _clear_ipc(Path(endpoint.removeprefix("ipc://")))
        except OSError as error:  # for example a name that is too long, or a folder without permission
            problem = error.strerror or "the system refuses it"
    if problem is None:
        problem = _try_bind(sock, endpoint)
    if problem is not None:
        sock.close(linger=0)
        mend = f"choose another one with -o {section}.bind=ADDRESS"
        raise BindError(f"cannot listen at {endpoint} ({section}): {problem}; {mend}")
    return sock.getsockopt_string(zmq.LAST_ENDPOINT)


def _try_bind(sock: zmq.Socket[bytes], endpoint: str) -> str | None:
    sock.setsockopt(zmq.IPV6, int("[" in endpoint))
    try:
        sock.bind(endpoint)
    except zmq.ZMQError as error:
        if error.errno == zmq.EADDRINUSE:
            return "another program, perhaps another edmd, uses it"
        return error.strerror or "the system refuses it"
    return None


def _clear_ipc(path: Path) -> str | None:
    """Remove a socket file that no process listens at. ZeroMQ itself would replace even one that is in use."""
    if not hasattr(socket, "AF_UNIX"):
        return "ipc is not supported on this system; use tcp"
    if str(path).startswith("@") or not path.exists():
        return None if str(path).startswith("@") or path.parent.is_dir() else f"no folder {path.parent}"
    if not path.is_socket():
        return f"{path} is a file, not a socket"
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        probe.connect(str(path))
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)
        return None
    except OSError as error:
        return error.strerror if error.errno != errno.ENOENT else None
    finally:
        probe.close()
    return "another program, perhaps another edmd, uses it"
