"""Addresses of sockets, and which of them edmd may listen at."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

ADDRESS: Final = (
    "a loopback address such as tcp://127.0.0.1:5570, or ipc://FILE; "
    "with [security] curve = true also any other, such as tcp://0.0.0.0:5570"
)
_EVERYWHERE: Final = ("0.0.0.0", "*", "[::]", "::")  # noqa: S104 - addresses that are recognised, not bound


def endpoint_problem(endpoint: str, *, is_open: bool = False) -> str | None:
    """Return why edmd may not bind `endpoint`, or None if it may. `is_open`: CURVE is on, so strangers may reach it."""
    scheme, separator, rest = endpoint.partition("://")
    if not separator or not rest:
        return "it is not an address"
    if scheme in ("ipc", "inproc"):
        return None
    if scheme != "tcp":
        return f"{scheme} is not supported"
    return _tcp_problem(endpoint, is_open=is_open)


def _tcp_problem(endpoint: str, *, is_open: bool) -> str | None:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        if not endpoint.endswith(":*") and not parts.port:
            return "it has no port"
    except ValueError:
        if not endpoint.endswith(":*"):
            return "its port is not a number from 1 to 65535"
    if is_open and host:
        return None
    return None if is_loopback(host) else f"{host or 'it'} is not this machine alone"


def reached(endpoint: str, through: str = "") -> str:
    """Return an address to connect to. An address of all interfaces is that of the host of `through`, or of this machine."""
    scheme, separator, rest = endpoint.partition("://")
    host, colon, port = rest.rpartition(":")
    if scheme != "tcp" or host not in _EVERYWHERE:
        return endpoint
    there = through.partition("://")[2].rpartition(":")[0]
    chosen = there if through.startswith("tcp://") and there and there not in _EVERYWHERE else "127.0.0.1"
    return f"{scheme}{separator}{chosen}{colon}{port}"


def host_and_port(text: str) -> tuple[str, int] | None:
    """Return host and port of `HOST:PORT`, or None if it is no such address. An IPv6 address is in square brackets."""
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        return None
    is_plain = parts.netloc == text and "@" not in text
    return (parts.hostname, port) if is_plain and parts.hostname and port else None


def is_loopback(host: str) -> bool:
    """Whether `host` is a loopback address, which only this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
