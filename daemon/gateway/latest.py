"""New values of parameters, gathered so that a moving knob costs few requests."""

from collections.abc import Hashable, Mapping
from functools import partial
from math import inf
from typing import Any, Final, Protocol

from daemon.control.messages import ControlError, Set
from daemon.gateway.surface import Ask, Outcome
from daemon.parameters import Value

# A deck gets at most so many requests a second from one surface: its composer recomposes what it had ahead at each.
_SECONDS: Final = 0.05
# Without an answer for so long, another request is sent all the same.
_PATIENCE_SECONDS: Final = 5.0
_MOST_DECKS: Final = 64


class Refused(Protocol):
    """Told if a deck refuses values."""

    def __call__(self, deck: str, values: Mapping[str, Value], error: ControlError, /) -> None:
        """`error` says why."""


class LatestValues:
    """Sends the latest value of each parameter: of each deck one request at a time, and at most twenty a second."""

    def __init__(self, surface: str, client: Hashable, refused: Refused) -> None:
        self._surface, self._client, self._refused = surface, client, refused
        self._decks: dict[str, _Deck] = {}

    def put(self, deck: str, name: str, value: Value) -> None:
        """Note a checked value; it replaces one that was not sent yet."""
        if deck not in self._decks and len(self._decks) >= _MOST_DECKS:
            self._decks = {name: each for name, each in self._decks.items() if each.waiting}
            if len(self._decks) >= _MOST_DECKS:
                return
        self._decks.setdefault(deck, _Deck()).waiting[name] = value

    def send(self, ask: Ask, now: float) -> float:
        """Send what is due. Return the seconds until more is due, infinity if nothing is. `now` is monotonic."""
        nearest = inf
        for name, deck in self._decks.items():
            if not deck.waiting:
                continue
            if now < deck.not_before:
                nearest = min(nearest, deck.not_before - now)
                continue
            values, deck.waiting, deck.not_before = deck.waiting, {}, now + _PATIENCE_SECONDS
            ask(Set(values), self._surface, self._client, partial(self._answered, name, values, now), name)
        return nearest

    def _answered(self, name: str, values: Mapping[str, Value], began: float, outcome: Outcome) -> None:
        deck = self._decks.get(name)
        if deck is not None:
            deck.not_before = began + _SECONDS
        if isinstance(outcome, ControlError):
            self._refused(name, values, outcome)


class _Deck:
    def __init__(self) -> None:
        self.waiting: dict[str, Any] = {}
        self.not_before = -inf
