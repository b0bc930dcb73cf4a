"""Checking the panel's password, with a limit on wrong tries."""

import hashlib
import hmac
import ipaddress
import threading
import time
from typing import Final

from daemon.password import matches

_TRIES: Final = 10
_TRIES_SECONDS: Final = 60.0
_NETWORK_BITS: Final = 64  # a household or host usually has a whole /64 network


class TooManyTriesError(Exception):
    """Too many wrong passwords came from this origin; further tries are refused for a while."""


class PasswordCheck:
    """The password, if there is one, and the recent wrong tries by origin."""

    def __init__(self, password: str) -> None:
        self._password = password
        self._known = b""  # the digest of the guess that fitted last, because a hash takes time
        self._lock = threading.Lock()
        self._wrong: dict[str, list[float]] = {}

    @property
    def is_open(self) -> bool:
        """Whether the panel has no password."""
        return not self._password

    def fits(self, guess: str, address: str | None) -> bool:
        """Whether `guess` is the password. Raises TooManyTriesError after ten wrong ones from an origin in a minute."""
        who = origin_of(address)
        with self._lock:
            self._forget()
            if len(self._wrong.get(who, ())) >= _TRIES:
                raise TooManyTriesError
            digest = hashlib.sha256(guess.encode()).digest()
            fits = hmac.compare_digest(digest, self._known) or matches(guess, self._password)
            if fits:
                self._known = digest
            else:
                self._wrong.setdefault(who, []).append(time.monotonic())
            return fits

    def _forget(self) -> None:
        since = time.monotonic() - _TRIES_SECONDS
        recent = (
            (who, [moment for moment in moments if moment > since]) for who, moments in self._wrong.items()
        )
        self._wrong = {who: moments for who, moments in recent if moments}


def origin_of(address: str | None) -> str:
    """Return the key under which connections are counted: the IPv4 address, or the /64 network of an IPv6 address."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, _NETWORK_BITS), strict=False))
