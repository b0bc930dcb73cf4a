"""Addresses of sockets: which ones may be listened at."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

LOCAL_ONLY: Final = (
    "a loopback address such as tcp://127.0.0.1:5570, or ipc://FILE; "
    "any other address would let strangers in: this version has no encryption, so it is refused"
)


def endpoint_problem(endpoint: str) -> str | None:
    """Why `endpoint` may not be bound, in words, or None when it may."""
    scheme, separator, rest = endpoint.partition("://")
    if not separator or not rest:
        return "it is no address"
    if scheme in ("ipc", "inproc"):
        return None
    if scheme != "tcp":
        return f"{scheme} is not spoken here"
    return _tcp_problem(endpoint)


def _tcp_problem(endpoint: str) -> str | None:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        if not endpoint.endswith(":*") and not parts.port:
            return "it names no port"
    except ValueError:
        if not endpoint.endswith(":*"):
            return "its port is no number from 1 to 65535"
    return None if is_loopback(host) else f"{host or 'it'} is not this machine alone"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens at `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
