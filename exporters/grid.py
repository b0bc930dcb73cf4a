"""Put notes on the grid of a score, in at most two layers on each staff."""

from collections.abc import Iterable, Sequence
from statistics import quantiles
from typing import Final, NamedTuple

from exporters.beats import Grid
from exporters.tones import Tone
from models.music import Part
from models.notes import PULSES_PER_TICK

_KICKS: Final = (35, 36)


class Chord(NamedTuple):
    """Tones, lowest first, that are written to begin and end together; `start` and `length` in pulses."""

    start: int
    length: int
    tones: tuple[Tone, ...]

    @property
    def pitches(self) -> tuple[int, ...]:
        """The pitches of all tones."""
        return tuple(tone.pitch for tone in self.tones)

    @property
    def end(self) -> int:
        """The pulse at which the chord ends."""
        return self.start + self.length


def swing_of(parts: Iterable[Part]) -> int:
    """Return by how many pulses every second sixteenth is late, or 0 if there is no clear value."""
    phases = [note.pulse % (2 * PULSES_PER_TICK) for part in parts for note in part.notes]
    late = [phase for phase in phases if 60 <= phase < 225]
    stray = sum(20 < phase < 100 for phase in phases)
    if len(late) < 8 or stray > len(late) / 10:
        return 0
    low, middle, high = quantiles(late, n=4)
    return round(middle) - PULSES_PER_TICK if high - low <= 24 and middle > PULSES_PER_TICK + 8 else 0


def straightened(note: Tone, swing: int) -> Tone:
    """Return a tone without swing, where `swing` is the delay of every second sixteenth in pulses."""
    start, end = (_straight(pulse, swing) for pulse in (note.pulse, note.pulse + note.length))
    return note._replace(pulse=start, length=max(end - start, 1))


def _straight(pulse: int, swing: int) -> int:
    pair, phase = divmod(pulse, 2 * PULSES_PER_TICK)
    long, short = PULSES_PER_TICK + swing, PULSES_PER_TICK - swing
    straight = phase * PULSES_PER_TICK / long if phase <= long else 120 + (phase - long) * 120 / short
    return pair * 2 * PULSES_PER_TICK + round(straight)


def chords(notes: Iterable[Tone], grid: Grid) -> list[Chord]:
    """Return notes on the grid as chords, in order. No note is lost, even if one key is struck twice at a place.

    Small gaps before the next note are articulation and are not written.
    """
    placed = []
    for note in notes:
        start = grid.place(note.pulse)
        length = max(grid.place(note.pulse + note.length) - start, grid.shortest(start))
        placed.append((start, length, note))
    starts = sorted({start for start, _, _ in placed})
    following = dict(zip(starts, [*starts[1:], 0], strict=True)) if starts else {}
    together: dict[tuple[int, int], list[Tone]] = {}
    for start, length, note in placed:
        closed = _closed(start, length, following[start], grid)
        together.setdefault((start, closed), []).append(note)
    return [Chord(*key, _stacked(tones)) for key, tones in sorted(together.items())]


def _stacked(tones: Iterable[Tone]) -> tuple[Tone, ...]:
    return tuple(sorted(tones, key=lambda tone: tone.pitch))


def _closed(start: int, length: int, following: int, grid: Grid) -> int:
    """Return a length that ends at the next onset or beat if it ends near it (within a quarter of the length)."""
    end = start + length
    beat = grid.line_after(end - 1)
    target = min(beat, following) if following > start else beat
    return target - start if abs(target - end) <= length / 4 else length


def layers(notes: Sequence[Chord]) -> list[list[Chord]]:
    """Return one line of chords if they do not overlap, else two, the higher first.

    Chords that would need a third line are shortened, never left out.
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


def drum_layers(notes: Iterable[Tone], grid: Grid) -> list[list[Chord]]:
    """Return the layers of hands and feet. Each hit lasts until the next hit of its layer, or the next beat."""
    hits: tuple[dict[int, list[Tone]], dict[int, list[Tone]]] = {}, {}
    for note in notes:
        hits[note.pitch in _KICKS].setdefault(grid.place(note.pulse), []).append(note)
    return [_line(each, grid) for each in hits if each]


def _line(hits: dict[int, list[Tone]], grid: Grid) -> list[Chord]:
    starts = sorted(hits)
    ends = [*starts[1:], grid.line_after(starts[-1])]
    return [
        Chord(start, min(after, grid.line_after(start)) - start, _stacked(hits[start]))
        for start, after in zip(starts, ends, strict=True)
    ]
