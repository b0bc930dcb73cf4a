"""The last telemetry messages of each deck."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from daemon.client import Message
from daemon.panel.played_bars import PlayedBars

_HISTORY_LENGTHS: Final = {"health": 300, "gauge": 96}
_MOST_DECKS: Final = 256


def _histories() -> dict[str, deque[dict[str, Any]]]:
    return {topic: deque(maxlen=most) for topic, most in _HISTORY_LENGTHS.items()}


@dataclass
class DeckMessages:
    """The messages of one deck: the last of each topic, those of health and gauge of some time, notes, the last bars."""

    latest: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: dict[str, deque[dict[str, Any]]] = field(default_factory=_histories)
    notes: dict[str, int] = field(default_factory=dict)
    played: PlayedBars = field(default_factory=PlayedBars)

    def store(self, message: Message) -> None:
        """Add a message."""
        self.latest[message.topic] = message.body
        self.played.store(message.topic, message.body)
        if message.topic in self.history:
            self.history[message.topic].append(message.body)
        if message.topic == "note" and message.body.get("type") == "on":
            voice = str(message.body.get("voice"))
            self.notes[voice] = self.notes.get(voice, 0) + 1


class LastMessages:
    """Messages by deck. Any thread may call every method.

    The messages of an only deck carry no name. They are stored under "" until `name_decks` tells the name.
    """

    def __init__(self) -> None:
        self._decks: dict[str, DeckMessages] = {}
        self._first = ""
        self._lock = threading.Lock()

    def store(self, message: Message) -> None:
        """Add a message to those of its deck."""
        name = str(message.body.get("deck") or self._first)
        with self._lock:
            if name not in self._decks and len(self._decks) >= _MOST_DECKS:
                return
            self._decks.setdefault(name, DeckMessages()).store(message)

    def name_decks(self, names: Sequence[str]) -> None:
        """Take over the names of the daemon's decks, the first deck first. Forget the messages of all other decks."""
        if not names:
            return
        with self._lock:
            if "" in self._decks:
                self._decks.setdefault(names[0], self._decks.pop(""))
            self._first = names[0]
            self._decks = {name: messages for name, messages in self._decks.items() if name in names}

    def history(self, deck: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """Return the last messages of health and gauge of a deck (None: of the first), the oldest first."""
        with self._lock:
            messages = self._decks.get(self._first if deck is None else deck) or DeckMessages()
            return {topic: list(each) for topic, each in messages.history.items()}

    def played(self, deck: str | None = None) -> dict[str, list[list[Any]]]:
        """Return the notes and bars that a deck (None: the first) played last."""
        with self._lock:
            messages = self._decks.get(self._first if deck is None else deck) or DeckMessages()
            return messages.played.rows()

    def by_deck(self) -> Mapping[str, DeckMessages]:
        """Return copies of the last messages and the numbers of notes of each deck, without histories."""
        with self._lock:
            return {
                name: DeckMessages(dict(each.latest), notes=dict(each.notes))
                for name, each in self._decks.items()
            }
