"""Notes as they are written: on a grid, in at most two layers a staff, as note values that show the beat."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import quantiles
from typing import Final, NamedTuple

from exporters.triplets import STEPS_PER_BEAT, STEPS_PER_TICK, in_three, plainly, shortest, step_of
from models.music import Part
from models.notes import PULSES_PER_TICK

# What can be written as one note or rest: whole, dotted half, half, dotted quarter, ... in sixteenths.
_VALUES: Final[Sequence[int]] = (16, 12, 8, 6, 4, 3, 2, 1)
# Where in a bar of four quarters (in sixteenths, modulo the first number) a value may begin.
_PLACES: Final[Mapping[int, tuple[int, tuple[int, ...]]]] = {
    16: (16, (0,)),
    12: (16, (0, 4)),
    8: (16, (0, 4, 8)),
    6: (8, (0, 2)),
    4: (8, (0, 2, 4)),
    3: (4, (0, 1)),
    2: (4, (0, 1, 2)),
    1: (1, (0,)),
}
# The same where three eighths are a beat.
_COMPOUND_PLACES: Final[Mapping[int, tuple[int, tuple[int, ...]]]] = {
    12: (12, (0,)),
    6: (6, (0,)),
    4: (6, (0, 2)),
    3: (6, (0, 3)),
    2: (2, (0,)),
    1: (1, (0,)),
}
_KICKS: Final = (35, 36)


class Tone(NamedTuple):
    """A note as it is played: `Sound`, and the MIDI program that plays it."""

    pulse: int
    length: int
    pitch: int
    velocity: int
    program: int = 0


class Chord(NamedTuple):
    """Tones, lowest first, that are written to begin and end together; `start` and `length` in steps, twelve a beat."""

    start: int
    length: int
    tones: tuple[Tone, ...]

    @property
    def pitches(self) -> tuple[int, ...]:
        """Of all its tones."""
        return tuple(tone.pitch for tone in self.tones)

    @property
    def end(self) -> int:
        """The step at which it ends."""
        return self.start + self.length


def pieces(start: int, length: int, *, compound: bool = False, triplets: Collection[int] = ()) -> list[int]:
    """Note values, in steps, that write a `length` from `start` in a bar on, so that the beats are seen.

    `triplets` are the bar's beats that are divided in three.
    """
    values = []
    while length > 0:
        value = in_three(start, length, triplets)
        value = value or _plain(start, plainly(start, length, triplets), compound=compound)
        values.append(value)
        start, length = start + value, length - value
    return values


def _plain(start: int, length: int, *, compound: bool) -> int:
    """The longest plain value that may begin there."""
    places = _COMPOUND_PLACES if compound else _PLACES
    at, most = start // STEPS_PER_TICK, length // STEPS_PER_TICK
    return STEPS_PER_TICK * next(
        value
        for value in _VALUES
        if value <= most and value in places and at % places[value][0] in places[value][1]
    )


def swing_of(parts: Iterable[Part]) -> int:
    """By how many pulses every second sixteenth is late, 0 where that cannot be told."""
    phases = [note.pulse % (2 * PULSES_PER_TICK) for part in parts for note in part.notes]
    late = [phase for phase in phases if 60 <= phase < 225]
    stray = sum(20 < phase < 100 for phase in phases)
    if len(late) < 8 or stray > len(late) / 10:
        return 0
    low, middle, high = quantiles(late, n=4)
    return round(middle) - PULSES_PER_TICK if high - low <= 24 and middle > PULSES_PER_TICK + 8 else 0


def straightened(note: Tone, swing: int) -> Tone:
    """A tone with `swing` pulses of delay taken from every second sixteenth."""
    start, end = (_straight(pulse, swing) for pulse in (note.pulse, note.pulse + note.length))
    return note._replace(pulse=start, length=max(end - start, 1))


def _straight(pulse: int, swing: int) -> int:
    pair, phase = divmod(pulse, 2 * PULSES_PER_TICK)
    long, short = PULSES_PER_TICK + swing, PULSES_PER_TICK - swing
    straight = phase * PULSES_PER_TICK / long if phase <= long else 120 + (phase - long) * 120 / short
    return pair * 2 * PULSES_PER_TICK + round(straight)


def chords(notes: Iterable[Tone], triplets: Collection[int] = ()) -> list[Chord]:
    """Notes on the grid, in order, each of them, also where two are one key struck twice.

    Small gaps before the next note are taken as articulation, not written.
    """
    placed = []
    for note in notes:
        start = step_of(note.pulse, triplets)
        length = max(step_of(note.pulse + note.length, triplets) - start, shortest(start, triplets))
        placed.append((start, length, note))
    starts = sorted({start for start, _, _ in placed})
    following = dict(zip(starts, [*starts[1:], 0], strict=True)) if starts else {}
    together: dict[tuple[int, int], list[Tone]] = {}
    for start, length, note in placed:
        together.setdefault((start, _closed(start, length, following[start])), []).append(note)
    return [Chord(*key, _stacked(tones)) for key, tones in sorted(together.items())]


def _stacked(tones: Iterable[Tone]) -> tuple[Tone, ...]:
    return tuple(sorted(tones, key=lambda tone: tone.pitch))


def _closed(start: int, length: int, following: int) -> int:
    """A length without a gap of up to a quarter of it before the next onset or beat, and without such an overlap."""
    end = start + length
    beat = -(-end // STEPS_PER_BEAT) * STEPS_PER_BEAT
    target = min(beat, following) if following > start else beat
    return target - start if abs(target - end) <= length / 4 else length


def layers(notes: Sequence[Chord]) -> list[list[Chord]]:
    """One line of chords that do not overlap where that can be; else two, the higher first.

    What a third line would need is shortened, never left out.
    """
    made: list[list[Chord]] = [[], []]
    for chord in sorted(notes, key=lambda each: (each.start, -max(each.pitches))):
        free = [line for line in made if not line or line[-1].end <= chord.start]
        if free:
            free[0].append(chord)
        else:
            _squeeze(made[1], chord)
    return [line for line in made if line]


def _squeeze(line: list[Chord], chord: Chord) -> None:
    last = line[-1]
    if last.start == chord.start:
        line[-1] = last._replace(tones=_stacked((*last.tones, *chord.tones)))
    else:
        line[-1] = last._replace(length=chord.start - last.start)
        line.append(chord)


def drum_layers(notes: Iterable[Tone], triplets: Collection[int] = ()) -> list[list[Chord]]:
    """Hands, then feet: each hit lasts until the next of its layer, or the next beat."""
    hits: tuple[dict[int, list[Tone]], dict[int, list[Tone]]] = {}, {}
    for note in notes:
        hits[note.pitch in _KICKS].setdefault(step_of(note.pulse, triplets), []).append(note)
    return [_line(each) for each in hits if each]


def _line(hits: dict[int, list[Tone]]) -> list[Chord]:
    starts = sorted(hits)
    following = [*starts[1:], starts[-1] + STEPS_PER_BEAT]
    return [
        Chord(start, min(after - start, STEPS_PER_BEAT - start % STEPS_PER_BEAT), _stacked(hits[start]))
        for start, after in zip(starts, following, strict=True)
    ]
