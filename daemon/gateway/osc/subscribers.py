"""Who is told of changes by OSC: the latest value of each address waits until it is sent."""

from collections.abc import Iterable, Mapping
from typing import Final

from daemon.control.osc import told
from daemon.parameters import Value
from models.notes import MAIN

Receiver = tuple[str, int]
"""The host and port of a receiver, as sockets have it."""

MOST: Final = 16
_AT_ONCE: Final = 32


class Subscribers:
    """The receivers, each with what it does not know yet. The seventeenth takes the place of the first.

    Those in `lasting` are named in the configuration, and stay.
    """

    def __init__(self, lasting: Iterable[Receiver]) -> None:
        self._values: dict[str, Value] = {}
        self._lasting = tuple(lasting)
        self._waiting: dict[Receiver, dict[str, Value]] = {each: {} for each in self._lasting}
        self._decks: dict[str, dict[str, Value]] = {}

    def add(self, receiver: Receiver) -> None:
        """Tell `receiver` everything, and every change from now on."""
        self._waiting.pop(receiver, None)
        passing = [each for each in self._waiting if each not in self._lasting]
        if len(passing) >= MOST:
            del self._waiting[passing[0]]
        self._waiting[receiver] = dict(self._values)

    def remove(self, receiver: Receiver) -> None:
        """Tell `receiver` no more."""
        self._waiting.pop(receiver, None)

    def of_host(self, host: str) -> list[Receiver]:
        """Return the receivers at `host`."""
        return [each for each in self._waiting if each[0] == host]

    def note(self, deck: str, params: Mapping[str, Value], transport: str, decks: Iterable[str]) -> None:
        """Take over the values of a deck; `decks` are all that there are."""
        for gone in self._decks.keys() - {deck, *decks}:
            del self._decks[gone]
            self._values = {path: value for path, value in self._values.items() if not _is_of(gone, path)}
        known = self._decks.setdefault(deck, {})
        for name, value in params.items():
            if known.get(name) != value:
                known[name] = value
                for path, argument in told(deck, name, value):
                    self._tell(path, argument)
        self._tell(f"/edmd/{'' if deck == MAIN else f'deck/{deck}/'}transport/state", transport)

    def due(self) -> list[tuple[Receiver, str, Value]]:
        """Return some of what waits, a few messages for each receiver; they count as sent."""
        return [
            (receiver, path, waiting.pop(path))
            for receiver, waiting in self._waiting.items()
            for path in [*waiting][:_AT_ONCE]
        ]

    @property
    def are_waiting(self) -> bool:
        """Whether there is more to send."""
        return any(self._waiting.values())

    def _tell(self, path: str, value: Value) -> None:
        if self._values.get(path) != value:
            self._values[path] = value
            for waiting in self._waiting.values():
                waiting[path] = value


def _is_of(deck: str, path: str) -> bool:
    return path.startswith(f"/edmd/deck/{deck}/")
