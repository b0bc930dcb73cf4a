"""Lay out music as a score: its bars and staves, and the notes on each of them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from exporters.barlines import squared
from exporters.bars import Bar, bars_of, beats_of, with_triplets
from exporters.beats import grid_of
from exporters.grid import straightened, swing_of
from exporters.phase import on_beats
from exporters.staves import Staff, staves
from exporters.tones import tones_of
from models.music import Music, Part

_NOBODY: Final = Part("edmd", 1, 0, ())


class Line(NamedTuple):
    """One staff of a score: its part, its content, and the bars with the triplets of its part."""

    part: Part
    staff: Staff
    bars: Sequence[Bar]


class Layout(NamedTuple):
    """The music, moved so that it can be written, with all its bars and staves; there is at least one of each."""

    music: Music
    bars: Sequence[Bar]
    lines: Sequence[Line]


def laid_out(music: Music) -> Layout:
    """Return the layout of music."""
    music = squared(on_beats(music))
    bars, swing = bars_of(music), swing_of(music.parts)
    beats = beats_of(bars)
    lines = [
        Line(part, staff, with_triplets(bars, grid))
        for part in music.parts or (_NOBODY,)
        for tones in ([straightened(each, swing) for each in tones_of(part)],)
        for grid in (grid_of(tones, beats, is_swung=swing > 0),)
        for staff in staves(part, tones, grid)
    ]
    return Layout(music, bars, lines)
