"""The bars of a score: their metres, keys and beats, and the pieces into which notes are split."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from exporters.beats import Beat, Grid
from exporters.grid import Chord
from exporters.staves import sharps_of
from exporters.tones import Tone
from exporters.values import pieces
from models.music import Metre, Music
from models.notes import PULSES_PER_BEAT, PULSES_PER_TICK
from models.take import Key


class Bar(NamedTuple):
    """One bar, in pulses. `sharps` of its key are negative for flats. `triplets` are the beats divided in three, from 0."""

    number: int
    start: int
    length: int
    metre: Metre
    sharps: int = 0
    triplets: frozenset[int] = frozenset()

    @property
    def signature(self) -> str:
        """The metre as text, such as 4/4."""
        return f"{self.metre.beats}/{self.metre.unit}"

    @property
    def is_short(self) -> bool:
        """Whether the bar is shorter than its metre."""
        return self.length < self.metre.bar_pulses

    @property
    def is_compound(self) -> bool:
        """Whether a beat is three eighths."""
        return self.metre.unit == 8 and self.metre.beats % 3 == 0

    def pieces(self, start: int, length: int) -> list[int]:
        """Return the note values that together make `length` from `start` in the bar."""
        return pieces(start, length, compound=self.is_compound, triplets=self.triplets)


class Piece(NamedTuple):
    """One written note of a chord, which may be tied to the piece before, to the one after, or both.

    `sharps` are those of the key in which the chord began, so that tied notes keep their names.
    """

    start: int
    length: int
    tones: tuple[Tone, ...]
    from_before: bool
    to_after: bool
    sharps: int = 0


def bars_of(music: Music) -> list[Bar]:
    """Return all bars, at least one. A key that changes within a bar is written at the next bar line."""
    keys = music.keys or ((0, Key(sharps_of(music.parts))),)
    lines = music.bar_lines()
    if len(lines) == 1:
        lines = [0, music.metres[0].bar_pulses]
    changes, signed = [metre.pulse for metre in music.metres], [pulse for pulse, _ in keys]
    made = []
    for number, (start, end) in enumerate(pairwise(lines)):
        metre = music.metres[bisect_right(changes, start) - 1]
        _, key = keys[max(bisect_right(signed, start) - 1, 0)]
        made.append(Bar(number, start, end - start, metre, key.sharps))
    return made


def beats_of(bars: Sequence[Bar]) -> list[Beat]:
    """Return the quarters of all bars. The last beat of a bar may be shorter."""
    return [
        Beat(bar.start + at, length, unit, not bar.is_compound and length == PULSES_PER_BEAT)
        for bar in bars
        for unit in (min(PULSES_PER_TICK, 4 * PULSES_PER_BEAT // bar.metre.unit),)
        for at in range(0, bar.length, PULSES_PER_BEAT)
        for length in (min(PULSES_PER_BEAT, bar.length - at),)
    ]


def with_triplets(bars: Sequence[Bar], grid: Grid) -> list[Bar]:
    """Return the bars with the beats that a part divides in three."""
    made, first = [], 0
    for bar in bars:
        count = -(-bar.length // PULSES_PER_BEAT)
        inside = (beat for beat in range(count) if grid.is_in_three(first + beat))
        made.append(bar._replace(triplets=frozenset(inside)))
        first += count
    return made


def by_bar(line: Sequence[Chord], bars: Sequence[Bar], *, is_drums: bool = False) -> list[list[Piece]]:
    """Return the pieces of a layer for each bar. A drum hit is always one piece, followed by rests."""
    made: list[list[Piece]] = [[] for _ in bars]
    number, last = 0, bars[-1].start + bars[-1].length
    for chord in (
        each._replace(length=min(each.end, last) - each.start) for each in line if each.start < last
    ):
        while number + 1 < len(bars) and bars[number + 1].start <= chord.start:
            number += 1
        for bar in bars[number:]:
            if bar.start >= chord.end:
                break
            pieces_here = list(_pieces(chord, bar, bars[number].sharps))
            made[bar.number] += pieces_here[:1] if is_drums else pieces_here
    return made


def _pieces(chord: Chord, bar: Bar, sharps: int) -> Iterator[Piece]:
    at, end = max(chord.start, bar.start), min(chord.end, bar.start + bar.length)
    for length in bar.pieces(at - bar.start, end - at):
        yield Piece(at - bar.start, length, chord.tones, at > chord.start, at + length < chord.end, sharps)
        at += length
