"""Choose the passage of a piece that a study plays."""

import bisect
import random
from typing import NamedTuple

from models.music import Music


class Passage(NamedTuple):
    """Whole bars of a piece, from `bar` (from 0) on."""

    bar: int
    bars: int


def passages(music: Music, seconds: float) -> list[Passage]:
    """Return every passage that begins on a bar line, lasts at least `seconds` and has notes in its first and last bar.

    So no passage contains the silence at the beginning or the end of a file.
    """
    lines = music.bar_lines()
    times = _seconds(music, lines)
    sounding = {bisect.bisect_right(lines, note.pulse) - 1 for part in music.parts for note in part.notes}
    found = []
    for bar in sorted(sounding):
        end = bisect.bisect_left(times, times[bar] + seconds) if bar < len(lines) - 1 else len(lines)
        if end < len(lines) and end - 1 in sounding:
            found.append(Passage(bar, end - bar))
    return found


def chosen(music: Music, seconds: float, chance: random.Random) -> Passage | None:
    """Return one passage by chance, or None if the music has none."""
    found = passages(music, seconds)
    return chance.choice(found) if found else None


def _seconds(music: Music, pulses: list[int]) -> list[float]:
    """Return the time of each pulse, in seconds from the beginning."""
    points = music.tempo_map()
    found = []
    for pulse in pulses:
        index = min(max(bisect.bisect_right(points, (pulse, float("inf"))) - 1, 0), len(points) - 2)
        (start, begins), (end, ends) = points[index], points[index + 1]
        found.append(begins + (pulse - start) * (ends - begins) / (end - start) if end > start else begins)
    return found
