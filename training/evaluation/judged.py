"""The gauge's readings of a piece, bar by bar and as a whole: styles and nearest songs."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from models.codecs.base import HISTORY_TICKS
from models.gauge import Gauge, Reading
from models.notes import TICKS_PER_BAR
from training.evaluation.music import Music

_NAMED: Final = 6


class Judgement(NamedTuple):
    """Readings at the end of each of `bars`: the shares (0..1) of both styles and of the songs named most."""

    bars: list[int]
    styles: dict[str, list[float]]
    songs: dict[str, list[float]]

    @property
    def classical(self) -> float:
        """The mean Classical share."""
        return float(np.mean(self.styles["Classical"]))


def judge(gauge: Gauge, piece: Music, every_bars: int = 1) -> Judgement:
    """Read the last eight bars at the end of every bar, starting with the eighth."""
    ends = range(min(HISTORY_TICKS, len(piece.melody)), len(piece.melody) + 1, every_bars * TICKS_PER_BAR)
    readings = [
        gauge.read(*(tokens[max(end - HISTORY_TICKS, 0) : end] for tokens in piece[1:3])) for end in ends
    ]
    styles = {"EDM": [each.edm for each in readings], "Classical": [each.classical for each in readings]}
    return Judgement([end // TICKS_PER_BAR for end in ends], styles, _songs(readings))


def _songs(readings: Sequence[Reading]) -> dict[str, list[float]]:
    """Return the shares of the songs named most."""
    sums: defaultdict[str, float] = defaultdict(float)
    for reading in readings:
        for title, share in reading.songs:
            sums[title] += share
    named = sorted(sums, key=lambda title: -sums[title])[:_NAMED]
    return {title: [dict(reading.songs).get(title, 0.0) for reading in readings] for title in named}


def whole(series: dict[str, list[float]]) -> dict[str, float]:
    """Return the mean of each share."""
    return {name: float(np.mean(shares)) for name, shares in series.items()}
