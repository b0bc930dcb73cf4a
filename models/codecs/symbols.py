"""Music as one sequence of symbols: what the codecs of `performance`, `jazz`, `pop` and `folk` have in common.

A codec says which symbols there are, and what each one does to a `Reading`, the state of the music so far.
Time is in pulses. At 125 BPM a pulse lasts a millisecond, and all times scale with the tempo.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from models.codecs.base import Floats
from models.notes import (
    MELODIC_VOICES,
    PULSES_PER_BAR,
    PULSES_PER_BEAT,
    PULSES_PER_TICK,
    TICKS_PER_BAR,
    Note,
    Voice,
)

# A note that lasts longer ends here, so that nobody has to read further ahead to know its length.
LONGEST_PULSES: Final = PULSES_PER_BAR
# After so much time without a new note, time may not go on without one.
STALL_PULSES: Final = PULSES_PER_BAR * 3 // 4
# The most symbols in a row that take no time while a network chooses.
MOST_AT_ONCE: Final = 64
# Features are multiples of 1 / GRADES, from 0 to less than 4.
GRADES: Final = 64
_FORBIDDEN: Final = -1e4
# Songs may do without a voice for a verse, a dance floor does not: after so much rest it becomes likelier with each beat.
_PATIENCE: Final = PULSES_PER_BAR
_NATS_PER_BEAT: Final = 0.5
_MOST_NATS: Final = 8.0
# Bars of songs may be longer than 4/4.
_MOST_TICKS: Final = 2 * TICKS_PER_BAR


class Sounding(NamedTuple):
    """A note that has begun and not ended."""

    voice: Voice
    pitch: int
    pulse: int
    velocity: int


class Reading(NamedTuple):
    """The state of the music after some symbols: the time in pulses from a bar line on, and the notes that sound.

    `velocity` and `voice` are those of the next note. `struck` is the pulse of the last onset, `gap` how long after the one
    before it came, `last` the last onset of each of MELODIC_VOICES, `at_once` the number of symbols since time went on. A
    bar lasts `bar_pulses`. `is_alone`: the lead is to play without the other voices.
    """

    pulse: int = 0
    sounding: tuple[Sounding, ...] = ()
    velocity: int = 0
    voice: Voice = "lead"
    struck: int = 0
    at_once: int = 0
    bar_pulses: int = PULSES_PER_BAR
    is_alone: bool = False
    gap: int = 0
    last: tuple[int, ...] = (0,) * len(MELODIC_VOICES)

    @property
    def is_stalled(self) -> bool:
        """Whether the music was silent for so long that the next symbol must lead to a new note."""
        return not self.sounding and self.pulse - self.struck >= STALL_PULSES

    def ended(self, pulse: int, ending: Iterable[Sounding]) -> tuple["Reading", tuple[Note, ...]]:
        """End some notes that sound at `pulse`."""
        gone = tuple(ending)
        rest = tuple(each for each in self.sounding if each not in gone)
        return self._replace(sounding=rest), tuple(_finished(each, pulse) for each in gone)

    def moved_on(self, pulses: int) -> tuple["Reading", tuple[Note, ...]]:
        """Let time go on. Notes that then last LONGEST_PULSES end."""
        pulse = self.pulse + pulses
        old = [each for each in self.sounding if pulse - each.pulse >= LONGEST_PULSES]
        after, notes = self.ended(pulse, old) if old else (self, ())
        return after._replace(pulse=pulse, at_once=0), notes

    def begun(self, voice: Voice, pitch: int) -> "Reading":
        """Begin a note now."""
        note = Sounding(voice, pitch, self.pulse, self.velocity)
        gap = self.pulse - self.struck or self.gap  # notes that begin together have one
        last = tuple(
            self.pulse if each == voice else onset
            for each, onset in zip(MELODIC_VOICES, self.last, strict=True)
        )
        return self._replace(sounding=(*self.sounding, note), struck=self.pulse, gap=gap, last=last)

    def rest(self, voice: Voice) -> int:
        """Return how many pulses a voice has rested."""
        return self.pulse - self.last[MELODIC_VOICES.index(voice)]


def _finished(note: Sounding, pulse: int) -> Note:
    return Note(note.pulse, min(pulse - note.pulse, LONGEST_PULSES), note.voice, note.pitch, note.velocity)


def wanted(rest: int) -> float:
    """Return how much likelier than the network thinks the next note of a voice is that has rested so long, in nats."""
    return min(_NATS_PER_BEAT * max(0, rest - _PATIENCE) / PULSES_PER_BEAT, _MOST_NATS)


class SymbolCodec(ABC):
    """The symbols of a system. `size` is their number; `voices` are those that it plays.

    `grid_pulses` is the smallest step of time; `has_velocity` says whether notes have velocities of their own, and
    `own_features` how many features the codec adds to the position in the bar. `separator` is the symbol between two
    songs, if there is one: what follows it begins without memory.
    """

    name: str
    size: int
    voices: tuple[Voice, ...]
    grid_pulses: int
    has_velocity: bool = False
    own_features: int = 0
    separator: int | None = None

    def check(self) -> None:  # noqa: B027 - fixed symbols need no check
        """Raise ValueError if the values of the vocabulary have no meaning for this codec."""

    @abstractmethod
    def fitted(self, notes: Sequence[Note]) -> list[Note]:
        """Return the notes as the codec can express them, in order; `encode` needs such notes. Fitted ones stay."""

    @abstractmethod
    def encode(self, notes: Sequence[Note], end: int) -> list[int]:
        """Return the symbols of fitted notes up to the pulse `end`, at which all of them have ended."""

    def continued(self, _reading: Reading, notes: Sequence[Note], end: int) -> list[int]:
        """Return the symbols of `encode` for a `Reading` that stands at a bar line and goes on with these notes."""
        return self.encode(notes, end)

    @abstractmethod
    def read(self, reading: Reading, symbol: int) -> tuple[Reading, tuple[Note, ...]]:
        """Return the state after a symbol, and the notes that have ended with it."""

    @abstractmethod
    def allowed(self, reading: Reading) -> Floats:
        """Return (size,): 0 for each symbol that makes sense now, a large negative number for the others."""

    def decode(self, symbols: Iterable[int]) -> list[Note]:
        """Return the notes of a sequence in order. Those that still sound at its end, end there."""
        reading, notes = Reading(), list[Note]()
        for symbol in symbols:
            reading, ended = self.read(reading, int(symbol))
            notes += ended
        _, last = reading.ended(reading.pulse, reading.sounding)
        return sorted([*notes, *(note for note in last if note.length)])

    @property
    def features(self) -> int:
        """The number of values that `describe` returns."""
        return _MOST_TICKS + PULSES_PER_TICK // self.grid_pulses + self.own_features

    def describe(self, reading: Reading) -> Floats:
        """Return (features,): the tick in the bar, the place within the tick, and what the codec adds."""
        row = np.zeros(self.features, np.float32)
        tick, place = divmod(reading.pulse % reading.bar_pulses, PULSES_PER_TICK)
        row[min(tick, _MOST_TICKS - 1)] = 1
        row[_MOST_TICKS + place // self.grid_pulses] = 1
        if self.own_features:
            self.describe_more(reading, row[-self.own_features :])
        return row

    def describe_more(self, reading: Reading, row: Floats) -> None:  # noqa: B027 - most codecs add nothing
        """Write the codec's own features (own_features,) into a row of zeros."""

    def place(self, reading: Reading) -> int:
        """Return a number for the position in the bar. The song's memory compares positions by it."""
        return reading.pulse % reading.bar_pulses // self.grid_pulses


def graded(value: float) -> float:
    """Round a feature to a multiple of 1 / GRADES, so that a training can store it as a byte."""
    return round(value * GRADES) / GRADES


def forbidden(size: int) -> Floats:
    """Return a mask (size,) that forbids everything."""
    return np.full(size, _FORBIDDEN, np.float32)


def single_line(notes: Sequence[Note], grid: int) -> list[Note]:
    """Return one line on a grid of `grid` pulses: the highest note of each onset, cut at the next one."""
    top: dict[int, Note] = {}
    for note in notes:
        pulse = round(note.pulse / grid) * grid
        if pulse not in top or note.pitch > top[pulse].pitch:
            top[pulse] = note._replace(pulse=pulse)
    onsets = sorted(top)
    line = [top[onset]._replace(length=_length(top[onset], grid)) for onset in onsets]
    cut = [
        note._replace(length=min(note.length, after - note.pulse))
        for note, after in zip(line, onsets[1:], strict=False)
    ]
    return [*cut, *line[-1:]]


def _length(note: Note, grid: int) -> int:
    return min(max(round(note.length / grid), 1) * grid, LONGEST_PULSES)
