"""The password, and who guesses at it."""

import hmac
import ipaddress
import threading
import time
from typing import Final

_TRIES: Final = 10
_TRIES_SECONDS: Final = 60.0
_NETWORK_BITS: Final = 64  # one household or host has that many addresses of its own


class TooManyTriesError(Exception):
    """So many guesses came from there that for a while none is looked at."""


class PasswordCheck:
    """The password, if there is one, and how often it was guessed at lately from where."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._lock = threading.Lock()
        self._wrong: dict[str, list[float]] = {}

    @property
    def is_open(self) -> bool:
        """Whether no password is asked for."""
        return not self._password

    def fits(self, guess: str, address: str | None) -> bool:
        """Whether `guess` is the password; TooManyTriesError after ten wrong ones in a minute from one address."""
        who = origin_of(address)
        with self._lock:
            self._forget()
            if len(self._wrong.get(who, ())) >= _TRIES:
                raise TooManyTriesError
            fits = hmac.compare_digest(guess.encode(), self._password)
            if not fits:
                self._wrong.setdefault(who, []).append(time.monotonic())
            return fits

    def _forget(self) -> None:
        since = time.monotonic() - _TRIES_SECONDS
        recent = (
            (who, [moment for moment in moments if moment > since]) for who, moments in self._wrong.items()
        )
        self._wrong = {who: moments for who, moments in recent if moments}


def origin_of(address: str | None) -> str:
    """Who counts as one: an address, of IPv6 its network."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, _NETWORK_BITS), strict=False))
