"""The scheduled actions by pulse, and the sounding notes: plain data without ports or clocks."""

import heapq
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from daemon.link.player import TickNotes
from models.effects import Effects
from models.notes import PULSES_PER_TICK, Note, Voice


class Key(NamedTuple):
    """The identity of a sounding note for its receiver: the port, the channel (1 to 16) and the pitch."""

    port: str
    channel: int
    pitch: int


class SetTempo(NamedTuple):
    """Change the tempo, in BPM."""

    tempo: float


class EndNote(NamedTuple):
    """End the note begun by note-on number `serial`; no effect if that note no longer sounds."""

    key: Key
    serial: int


class EndWritten(NamedTuple):
    """End the notes of the note-on number `number` that was held back; no effect if it was never sent."""

    voice: Voice
    number: int


class Release(NamedTuple):
    """End all sounding notes of a voice."""

    voice: Voice


class Cue(NamedTuple):
    """Send transport messages; they are due half a MIDI clock before the music begins."""

    messages: tuple[bytes, ...]


class ClockPulse(NamedTuple):
    """Send a MIDI clock."""


class StartNote(NamedTuple):
    """Send a note-on; `number` is not 0 if it was held back."""

    note: Note
    number: int = 0


class SetEffects(NamedTuple):
    """Apply the effects of a tick."""

    effects: Effects


class BeginTick(NamedTuple):
    """Begin tick `tick`."""

    tick: int


Action = SetTempo | EndNote | EndWritten | Release | Cue | ClockPulse | StartNote | SetEffects | BeginTick

_RANK: Final[dict[type, int]] = {
    SetTempo: 0,
    EndNote: 1,
    EndWritten: 1,
    Release: 1,
    Cue: 2,
    ClockPulse: 3,
    StartNote: 4,
    SetEffects: 5,
    BeginTick: 6,
}
"""The order of actions at the same pulse. Effects come after the notes, so that they delay none."""


_COMPOSED: Final = (StartNote, Release, SetTempo, SetEffects)


class Event(NamedTuple):
    """An action at its pulse; events are ordered by pulse, then rank, then order of insertion."""

    pulse: int
    rank: int
    serial: int
    action: Action


class Schedule:
    """A heap of events ordered by pulse, so that a change of tempo moves no event."""

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, pulse: int, action: Action) -> None:
        """Schedule an action at a pulse."""
        self._serial += 1
        heapq.heappush(self._heap, Event(pulse, _RANK[type(action)], self._serial, action))

    def next_pulse(self) -> int:
        """Return the pulse of the earliest event; raises IndexError if there is none."""
        return self._heap[0].pulse

    def first(self) -> Action:
        """Return the earliest action without removing it; raises IndexError if there is none."""
        return self._heap[0].action

    def next_note(self) -> int | None:
        """Return the pulse of the earliest note-on, or None if there is none."""
        return min((event.pulse for event in self._heap if isinstance(event.action, StartNote)), default=None)

    def pop(self) -> Event:
        """Remove and return the earliest event; raises IndexError if there is none."""
        return heapq.heappop(self._heap)

    def cut(self, pulse: int) -> None:
        """Remove note-ons, releases, tempos and effects from `pulse` on. Note-offs, clocks and ticks remain."""
        self._heap = [e for e in self._heap if e.pulse < pulse or not isinstance(e.action, _COMPOSED)]
        heapq.heapify(self._heap)

    def clear(self) -> None:
        """Remove all events."""
        self._heap.clear()


def actions_of(tick: TickNotes) -> Iterator[tuple[int, Action]]:
    """Yield the actions of a composed tick, each with its pulse; none is before the tick's first pulse."""
    start = tick.tick * PULSES_PER_TICK
    yield start, SetTempo(tick.tempo)
    for voice in tick.release:
        begins = min((note.pulse for note in tick.notes if note.voice == voice), default=start)
        yield max(begins, start), Release(voice)
    for note in tick.notes:
        yield max(note.pulse, start), StartNote(note)


class Held(NamedTuple):
    """A sounding note: its voice, the number of its note-on, whether clients are told of it, and whether it is MPE."""

    voice: Voice
    serial: int
    is_told: bool = True
    is_mpe: bool = False


class SoundingNotes:
    """The notes that have begun but not ended, at most one for each key."""

    def __init__(self) -> None:
        self._held: dict[Key, Held] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[Key]:
        return iter(self._held)

    def begin(self, key: Key, held: Held) -> None:
        """Record that `held` sounds on `key`."""
        self._held[key] = held

    def end(self, key: Key) -> Held:
        """Remove and return the note on `key`; raises KeyError if there is none."""
        return self._held.pop(key)

    def serial_of(self, key: Key) -> int:
        """Return the number of the note-on that sounds on `key`, or 0 if there is none."""
        held = self._held.get(key)
        return held.serial if held else 0

    def voice_of(self, key: Key) -> Voice | None:
        """Return the voice that sounds on `key`, or None."""
        held = self._held.get(key)
        return held.voice if held else None

    def told(self) -> list[Key]:
        """Return the keys of the notes that clients are told of."""
        return [key for key, held in self._held.items() if held.is_told]

    def of(self, voices: Collection[Voice]) -> list[Key]:
        """Return the keys on which these voices sound."""
        return [key for key, held in self._held.items() if held.voice in voices]
