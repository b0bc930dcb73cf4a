"""What is due at which pulse, and which notes sound: plain data that knows no port and no clock."""

import heapq
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from models.notes import Note, Voice


class Key(NamedTuple):
    """What a receiver tells notes apart by: the port, the channel (1 to 16) and the pitch."""

    port: str
    channel: int
    pitch: int


class SetTempo(NamedTuple):
    """The tempo from here on, in BPM."""

    tempo: float


class EndNote(NamedTuple):
    """The end of the note that note-on number `serial` began; void if that note no longer sounds."""

    key: Key
    serial: int


class Release(NamedTuple):
    """The end of everything a voice sounds."""

    voice: Voice


class Cue(NamedTuple):
    """Transport messages that go out half a clock before the music begins."""

    messages: tuple[bytes, ...]


class ClockPulse(NamedTuple):
    """A MIDI clock."""


class StartNote(NamedTuple):
    """A note-on."""

    note: Note


class BeginTick(NamedTuple):
    """Tick `tick` begins."""

    tick: int


Action = SetTempo | EndNote | Release | Cue | ClockPulse | StartNote | BeginTick

_RANK: Final[dict[type, int]] = {
    SetTempo: 0,
    EndNote: 1,
    Release: 1,
    Cue: 2,
    ClockPulse: 3,
    StartNote: 4,
    BeginTick: 5,
}
"""The order of actions at one pulse."""


class Event(NamedTuple):
    """An action at its pulse; events compare by pulse, rank, then age."""

    pulse: int
    rank: int
    serial: int
    action: Action


class Schedule:
    """A heap of events keyed by pulse, so that a change of tempo re-dates nothing."""

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, pulse: int, action: Action) -> None:
        """Put an action at a pulse."""
        self._serial += 1
        heapq.heappush(self._heap, Event(pulse, _RANK[type(action)], self._serial, action))

    def next_pulse(self) -> int:
        """Return the pulse of the earliest event; IndexError when there is none."""
        return self._heap[0].pulse

    def first(self) -> Action:
        """Return the earliest action, left in place; IndexError when there is none."""
        return self._heap[0].action

    def pop(self) -> Event:
        """Take the earliest event; IndexError when there is none."""
        return heapq.heappop(self._heap)

    def clear(self) -> None:
        """Forget every event."""
        self._heap.clear()


class Held(NamedTuple):
    """A sounding note: whose it is and which note-on began it."""

    voice: Voice
    serial: int


class SoundingNotes:
    """The notes that have begun and not ended, at most one for each key."""

    def __init__(self) -> None:
        self._held: dict[Key, Held] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[Key]:
        return iter(self._held)

    def begin(self, key: Key, held: Held) -> None:
        """Note that `held` sounds on `key`."""
        self._held[key] = held

    def end(self, key: Key) -> Held:
        """Forget the note on `key` and return it; KeyError if there is none."""
        return self._held.pop(key)

    def serial_of(self, key: Key) -> int:
        """Return the number of the note-on that sounds on `key`, 0 if there is none."""
        held = self._held.get(key)
        return held.serial if held else 0

    def of(self, voices: Collection[Voice]) -> list[Key]:
        """Return the keys that these voices sound."""
        return [key for key, held in self._held.items() if held.voice in voices]
