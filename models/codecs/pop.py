"""The codec of `pop`: notes and chords as integers, on the sixteenth grid.

Each tick has one symbol: nothing, or the note of the lead that begins. A chord symbol may stand before it; it takes no time.
The chords are those of the training songs, as sets of pitch classes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from models.codecs.base import Floats
from models.codecs.symbols import Reading, SymbolCodec, forbidden, single_line, wanted
from models.codecs.vocabulary import Value
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, Note, Voice

NOTHING: Final = 0
PITCH: Final = 1
CHORD: Final = PITCH + 128
# A chord sounds in close position from this pitch on.
_CHORDS_LOW: Final = 55
_LONGEST_PULSES: Final[dict[Voice, int]] = {"lead": 8 * PULSES_PER_TICK, "chords": 16 * PULSES_PER_TICK}
_LONGEST_REST: Final = 4 * PULSES_PER_BAR
_LEAST_NOTES, _MOST_NOTES = 2, 5


def chord_of(pitches: Iterable[int]) -> Value:
    """Return the pitch classes of a chord in order; empty if there are too few."""
    classes = tuple(sorted({pitch % 12 for pitch in pitches}))
    return classes if len(classes) >= _LEAST_NOTES else ()


def vocabulary_of(songs: Iterable[Sequence[Note]], most: int) -> tuple[Value, ...]:
    """Return the most frequent chords of the voice `chords`, up to `most` of them."""
    counts = Counter(
        chord
        for notes in songs
        for chord in _chords(notes).values()
        if _LEAST_NOTES <= len(chord) <= _MOST_NOTES
    )
    return tuple(sorted(chord for chord, _ in counts.most_common(most)))


def _chords(notes: Sequence[Note]) -> dict[int, Value]:
    """Return the chords by tick."""
    begun: dict[int, list[int]] = {}
    for note in notes:
        if note.voice == "chords":
            begun.setdefault(round(note.pulse / PULSES_PER_TICK), []).append(note.pitch)
    found = {tick: chord_of(pitches) for tick, pitches in sorted(begun.items())}
    return {tick: chord for tick, chord in found.items() if chord}


def _voiced(chord: Value) -> list[int]:
    return sorted(_CHORDS_LOW + (pitch_class - _CHORDS_LOW) % 12 for pitch_class in chord)


class PopCodec(SymbolCodec):
    """Notes of a lead and chords."""

    name = "pop-notes"
    voices = ("lead", "chords")
    grid_pulses = PULSES_PER_TICK

    def __init__(self, chords: Sequence[Value]) -> None:
        self.chords = tuple(chords)
        self.size = CHORD + len(self.chords)
        self._symbols = {chord: CHORD + number for number, chord in enumerate(self.chords)}

    def known(self, chord: Value) -> Value:
        """Return a chord, or if it has no symbol the one that differs in the fewest pitch classes."""
        if chord in self._symbols or not self.chords:
            return chord
        own = set(chord)
        return min(self.chords, key=lambda other: (len(own ^ set(other)), other))

    def check(self) -> None:
        """Raise ValueError unless every chord has two to five pitch classes in ascending order."""
        for chord in self.chords:
            is_chord = _LEAST_NOTES <= len(chord) <= _MOST_NOTES and chord == chord_of(chord)
            if not is_chord or any(not 0 <= each < 12 for each in chord):
                raise ValueError("it has a chord that is not two to five pitch classes in ascending order")

    def fitted(self, notes: Sequence[Note]) -> list[Note]:
        """Return the lead as one line, and known chords in close position. They last at most half a bar, and a bar."""
        line = single_line([note for note in notes if note.voice == "lead"], PULSES_PER_TICK)
        lead = self._until_next([(note.pulse, (note.pitch,)) for note in line], "lead")
        chords = [
            (tick * PULSES_PER_TICK, tuple(_voiced(self.known(chord))))
            for tick, chord in _chords(notes).items()
        ]
        return sorted([*lead, *(self._until_next(chords, "chords") if self.chords else [])])

    def _until_next(self, begun: Sequence[tuple[int, tuple[int, ...]]], voice: Voice) -> list[Note]:
        longest = _LONGEST_PULSES[voice]
        gaps = [*(after - pulse for (pulse, _), (after, _) in pairwise(begun)), longest]
        return [
            Note(pulse, min(gap, longest), voice, pitch, 0)
            for (pulse, pitches), gap in zip(begun, gaps, strict=False)
            for pitch in pitches
        ]

    def encode(self, notes: Sequence[Note], end: int) -> list[int]:
        """Return the symbols of every tick up to `end`."""
        chords = _chords(notes)
        line = {note.pulse // PULSES_PER_TICK: note.pitch for note in notes if note.voice == "lead"}
        symbols = list[int]()
        for tick in range(end // PULSES_PER_TICK):
            if tick in chords:
                symbols.append(self._symbols[chords[tick]])
            symbols.append(PITCH + line[tick] if tick in line else NOTHING)
        return symbols

    def read(self, reading: Reading, symbol: int) -> tuple[Reading, tuple[Note, ...]]:
        """Begin a chord, or begin a note or nothing and let a tick pass."""
        if symbol >= CHORD:
            after, ended = self._ended(reading, "chords")
            for pitch in _voiced(self.chords[symbol - CHORD]):
                after = after.begun("chords", pitch)
            # Chords do not reset the time since the last note.
            return after._replace(struck=reading.struck, at_once=reading.at_once + 1), ended
        after, ended = reading, ()
        if symbol != NOTHING:
            after, ended = self._ended(reading, "lead")
            after = after.begun("lead", symbol - PITCH)
        after, faded = after.moved_on(PULSES_PER_TICK)
        long = [each for each in after.sounding if after.pulse - each.pulse >= _LONGEST_PULSES[each.voice]]
        after, gone = after.ended(after.pulse, long) if long else (after, ())
        return after, (*ended, *faded, *gone)

    def _ended(self, reading: Reading, voice: Voice) -> tuple[Reading, tuple[Note, ...]]:
        return reading.ended(reading.pulse, [each for each in reading.sounding if each.voice == voice])

    def allowed(self, reading: Reading) -> Floats:
        """Forbid two chords at once and endless silence, and call a voice back that rests for bars."""
        mask = forbidden(self.size)
        mask[PITCH:CHORD] = 0
        if not reading.at_once:
            mask[CHORD:] = wanted(reading.rest("chords"))
        if not reading.is_stalled and reading.pulse - reading.struck < _LONGEST_REST:
            mask[NOTHING] = -wanted(max(reading.pulse - reading.struck, reading.gap))
        return mask
