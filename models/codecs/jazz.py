"""The codec of `jazz`: values. A value is a pitch, a chord or a rest together with a duration, as one symbol.

Durations are whole twelfths of a beat, so that sixteenths and triplets are exact. The values are those of the training
songs.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from models.codecs.base import Floats
from models.codecs.symbols import Reading, SymbolCodec, forbidden
from models.codecs.vocabulary import MOST_VALUES, Value
from models.notes import PULSES_PER_BEAT, Note

STEP_PULSES: Final = PULSES_PER_BEAT // 12
# In twelfths of a beat. Any other duration is the longest one that fits, and a rest.
DURATIONS: Final = (1, 2, 3, 4, 6, 8, 9, 12, 15, 16, 18, 21, 24, 30, 36, 42, 48)
# A shorter silence after a note belongs to the note.
_REST_STEPS: Final = 3
_MOST_NOTES: Final = 6


def values_of(notes: Sequence[Note], end: int) -> list[Value]:
    """Return a line of notes as values: the duration in twelfths, then the pitches from low to high; none for a rest."""
    moments: dict[int, list[Note]] = {}
    for note in notes:
        moments.setdefault(round(note.pulse / STEP_PULSES), []).append(note)
    values, now = list[Value](), 0
    onsets, last = sorted(moments), round(end / STEP_PULSES)
    for onset, following in zip(onsets, [*onsets[1:], None], strict=False):
        values += _rests(onset - now)
        pitches = sorted({note.pitch for note in moments[onset]})[-_MOST_NOTES:]
        length = max(1, *(round(note.length / STEP_PULSES) for note in moments[onset]))
        if following is not None and following - onset - length < _REST_STEPS:
            length = following - onset
        values.append((_longest(length), *pitches))
        now = onset + values[-1][0]
    return [*values, *_rests(last - now)]


def _longest(steps: int) -> int:
    return max(duration for duration in DURATIONS if duration <= steps)


def _rests(steps: int) -> list[Value]:
    rests = list[Value]()
    while steps > 0:
        rests.append((_longest(steps),))
        steps -= rests[-1][0]
    return rests


def vocabulary_of(songs: Iterable[Sequence[Value]], least: int = 1) -> tuple[Value, ...]:
    """Return the values that occur at least `least` times, and a rest of every duration, in order."""
    counts = Counter(value for song in songs for value in song)
    common = [value for value, count in counts.most_common(MOST_VALUES - len(DURATIONS)) if count >= least]
    return tuple(sorted({*common, *((duration,) for duration in DURATIONS)}))


class JazzCodec(SymbolCodec):
    """Values of one line, which is `lead`."""

    name = "jazz-values"
    voices = ("lead",)
    grid_pulses = STEP_PULSES

    def __init__(self, values: Sequence[Value]) -> None:
        self.values = tuple(values)
        self.size = len(self.values)
        self._symbols = {value: symbol for symbol, value in enumerate(self.values)}
        self._notes = [value for value in self.values if len(value) == 2]
        self._masks = {is_stalled: self._mask(is_stalled) for is_stalled in (False, True)}

    def _mask(self, is_stalled: bool) -> Floats:
        mask = forbidden(self.size)
        may_rest = not is_stalled or not self._notes
        mask[[number for number, value in enumerate(self.values) if len(value) > 1 or may_rest]] = 0
        return mask

    def known(self, value: Value) -> list[Value]:
        """Return a value that has a symbol, or the nearest ones.

        A chord becomes its highest note. A note keeps its pitch, if it has one of no more than this duration, and a rest
        follows; a pitch that has none becomes the nearest one that has.
        """
        if value in self._symbols:
            return [value]
        duration, *pitches = value
        near = [other for other in self._notes if other[0] <= duration]
        if not near or not pitches:
            return _rests(duration)
        chosen = min(near, key=lambda other: (abs(other[1] - pitches[-1]), -other[0], other[1]))
        return [chosen, *_rests(duration - chosen[0])]

    def check(self) -> None:
        """Raise ValueError unless every value is a duration with up to six pitches, and every duration has a rest."""
        for duration, *pitches in self.values:
            if duration not in DURATIONS or len(pitches) > _MOST_NOTES:
                raise ValueError("it has a value that is no duration with up to six pitches")
            if pitches != sorted(set(pitches)) or not all(0 <= pitch < 128 for pitch in pitches):
                raise ValueError("it has a value whose pitches are not from 0 to 127 in ascending order")
        if any((duration,) not in self._symbols for duration in DURATIONS):
            raise ValueError("it lacks the rest of some duration")

    def _spelled(self, values: Iterable[Value]) -> list[int]:
        return [self._symbols[known] for value in values for known in self.known(value)]

    def fitted(self, notes: Sequence[Note]) -> list[Note]:
        """Move notes to twelfths of a beat, with the durations and pitches of the values."""
        before = [note for note in notes if note.voice == "lead"]
        # A note that no value can express is left out. Then the one before it may be longer, and is fitted again.
        for _ in range(len(before) + 1):
            after = self._once(before)
            if after == before:
                break
            before = after
        return before

    def _once(self, notes: Sequence[Note]) -> list[Note]:
        end = max((note.pulse + note.length for note in notes), default=0)
        return self.decode(self._spelled(values_of(notes, end)))

    def encode(self, notes: Sequence[Note], end: int) -> list[int]:
        """Return the values up to `end`."""
        return self._spelled(values_of(notes, end))

    def read(self, reading: Reading, symbol: int) -> tuple[Reading, tuple[Note, ...]]:
        """Sound a value and let its duration pass."""
        duration, *pitches = self.values[symbol]
        for pitch in pitches:
            reading = reading.begun("lead", pitch)
        after, notes = reading.moved_on(duration * STEP_PULSES)
        after, ended = after.ended(after.pulse, after.sounding)
        return after, (*notes, *ended)

    def allowed(self, reading: Reading) -> Floats:
        """Forbid rests after a long silence."""
        return self._masks[reading.is_stalled]
