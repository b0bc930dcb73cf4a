"""Bars as the plan network has written them, and plans of other music as if it had."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from daemon.music.arranging.barplan import BarPlan
from models.codecs import bars
from models.codecs.bars import LAGS, LAYOUT, PARTS, VOICES, Bar
from models.codecs.base import LOOKBACK_BARS, Tokens

PAST_BARS: Final = LOOKBACK_BARS[-1]
_NEW: Final = 0


class WrittenBar(NamedTuple):
    """A bar of the plan network. What its parts repeat is resolved: they have the values of the repeated bar.

    `origins` are the bars in which the music of each of the seven parts began, `rhythms` those in which the rhythms of
    bass, chords and lead did: bars with equal numbers are equal.
    """

    bar: Bar
    origins: tuple[int, ...]
    rhythms: tuple[int, ...]

    def moved(self, bars_later: int) -> "WrittenBar":
        """Return the same bar for music that lies later."""
        return self._replace(
            origins=tuple(each + bars_later for each in self.origins),
            rhythms=tuple(each + bars_later for each in self.rhythms),
        )


Past = Sequence[WrittenBar]
"""The last bars, up to eight, the latest first."""


def resolved(number: int, row: Tokens, past: Past) -> WrittenBar:
    """Return the written bar of a row (S,): its repeating parts have the values of the bars that they repeat.

    Silence repeats silence.
    """
    row, origins, rhythms = row.copy(), [number] * PARTS, [number] * VOICES
    bar = bars.bar_of(row)
    silent = [not sounds(part, bar) for part in range(PARTS)]
    for part, (start, stop) in enumerate(LAYOUT.part_ranges):
        old = past[0] if past and silent[part] and not sounds(part, past[0].bar) else None
        if old or (old := _at(past, int(row[start]))):
            first = start + (2 if part < VOICES else 1)
            row[first:stop] = bars.row_of(old.bar)[first:stop]
            origins[part] = old.origins[part]
            if part < VOICES:
                rhythms[part] = old.rhythms[part]
        elif part < VOICES and (old := _at(past, int(row[LAYOUT.part_ranges[part][0] + 1]))):
            row[LAYOUT.part_ranges[part][0] + 2] = old.bar.voices[part]
            rhythms[part] = old.rhythms[part]
    return WrittenBar(bars.bar_of(row), tuple(origins), tuple(rhythms))


def _at(past: Past, lookback: int) -> WrittenBar | None:
    """Return the bar at the lookback with this token, None for 0 or for a bar that is too old."""
    ago = LOOKBACK_BARS[lookback - 1] if lookback else 0
    return past[ago - 1] if 0 < ago <= len(past) else None


def row_of_plan(plan: BarPlan) -> Tokens:
    """Return the row (S,) that fits a plan, for bars that other music decides."""
    forms = (*(plan.tune_form or ((),) * VOICES), *(plan.drum_form or ((),) * (PARTS - VOICES)))
    groups = np.split(np.array(plan.drums), np.cumsum(_DRUM_COUNTS)[:-1])
    sounds = (*plan.voices, *(int(group.any()) for group in groups))
    return bars.row_of(
        Bar(
            tuple(_nearest(form) * bool(here) for form, here in zip(forms, sounds, strict=True)),
            tuple(_nearest(row) for row in (plan.rhythms or ((),) * VOICES)),
            plan.voices,
            plan.lengths,
            plan.thickness,
            plan.strike,
            plan.heights,
            plan.span,
            plan.beat,
            plan.drums,
        )
    )


_DRUM_COUNTS: Final = [
    stop - start - 1 - (part == VOICES)
    for part, (start, stop) in enumerate(LAYOUT.part_ranges)
    if part >= VOICES
]


def _nearest(repeats: Sequence[bool]) -> int:
    return next((lag for lag, same in enumerate(repeats[:LAGS], 1) if same), _NEW)


def sounds(part: int, bar: Bar) -> bool:
    """Return whether a part sounds in a bar."""
    if part < VOICES:
        return bool(bar.voices[part])
    first = sum(_DRUM_COUNTS[: part - VOICES])
    return any(bar.drums[first : first + _DRUM_COUNTS[part - VOICES]])
