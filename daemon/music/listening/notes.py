"""The notes that somebody plays in, as they come, and the chord that is held. Times are pulses of the music."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from models.chords import Chord
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK

KEPT_BARS: Final = 16
# Beyond this the oldest notes are forgotten: sixteen bars with 64 notes each.
_MOST: Final = 1024
_FIFTH: Final = 7
# A melody over a held chord is so far above it, and begins later than the chord's keys, which are struck one after another.
_GAP_SEMITONES: Final = 5
_STRIKE_PULSES: Final = PULSES_PER_TICK


class PlayedNote(NamedTuple):
    """A note that was played in. Its length is None while it is held."""

    pulse: int
    length: int | None
    pitch: int
    velocity: int

    @property
    def tick(self) -> int:
        """The nearest sixteenth."""
        return round(self.pulse / PULSES_PER_TICK)


class Ear:
    """The notes of the last bars, and those that are held."""

    def __init__(self) -> None:
        self._notes: deque[PlayedNote] = deque(maxlen=_MOST)
        self._held: dict[int, PlayedNote] = {}
        # Those that only the sustain pedal holds.
        self._sustained: set[int] = set()

    def hear(self, pulse: int, pitch: int, velocity: int) -> None:
        """Take a note-on, or with velocity 0 a note-off; below 0 the key is let go and a pedal holds its note."""
        if velocity < 0:
            self._sustained |= {pitch} & self._held.keys()
            return
        self._sustained.discard(pitch)
        if (began := self._held.pop(pitch, None)) is not None:
            self._notes.append(began._replace(length=max(pulse - began.pulse, 1)))
        if velocity:
            self._held[pitch] = PlayedNote(pulse, None, pitch, velocity)

    def let_go(self) -> None:
        """Hold nothing any more, because the input may have lost the ends of notes."""
        for note in [*self._held.values()]:
            self.hear(note.pulse + 1, note.pitch, 0)

    def forget(self, pulse: int | None = None) -> None:
        """Forget the notes that ended long before a pulse, or all that are not held."""
        oldest = None if pulse is None else pulse - KEPT_BARS * PULSES_PER_BAR
        while self._notes and (oldest is None or self._notes[0].pulse < oldest):
            self._notes.popleft()

    def notes(self, first_tick: int, end_tick: int) -> list[PlayedNote]:
        """Return the notes that begin nearest to the ticks from `first_tick` to before `end_tick`, by their times."""
        inside = (note for note in self._every() if first_tick <= note.tick < end_tick)
        return sorted(inside, key=lambda note: (note.pulse, note.pitch))

    @property
    def last_tick(self) -> int | None:
        """The tick of the last note, None without one."""
        return max((note.tick for note in self._every()), default=None)

    @property
    def held(self) -> list[int]:
        """The held pitches, from low to high."""
        return sorted(self._held)

    @property
    def chord(self) -> Chord | None:
        """The chord that is held: three pitch classes or a fifth at least, without the melody over it.

        Fingers have priority over the pedal, which holds the chord before for a moment and gathers melodies.
        """
        fingers = [note for pitch, note in self._held.items() if pitch not in self._sustained]
        return _chord_without_melody(fingers) or _chord_without_melody([*self._held.values()])

    def _every(self) -> Iterator[PlayedNote]:
        yield from self._notes
        yield from self._held.values()


def _chord_without_melody(notes: Sequence[PlayedNote]) -> Chord | None:
    held = sorted(notes, key=lambda note: note.pitch)
    for above in range(3, len(held)):
        if _is_melody(held[:above], held[above:]):
            return _chord(held[:above])
    return _chord(held)


def _chord(notes: Sequence[PlayedNote]) -> Chord | None:
    """Return the chord of notes from low to high, None if they are none."""
    classes = {note.pitch % 12 for note in notes}
    is_fifth = any((low + _FIFTH) % 12 in classes for low in classes)
    if len(classes) < 3 and not is_fifth:
        return None
    return sum(1 << each for each in classes), notes[0].pitch % 12


def _is_melody(below: Sequence[PlayedNote], above: Sequence[PlayedNote]) -> bool:
    """Return whether the notes above are a melody: the ones below are a triad, which was there before."""
    is_triad = len({note.pitch % 12 for note in below}) > 2
    is_apart = above[0].pitch - below[-1].pitch >= _GAP_SEMITONES
    is_later = min(note.pulse for note in above) - max(note.pulse for note in below) > _STRIKE_PULSES
    return is_triad and is_apart and is_later and _chord(above) is None
