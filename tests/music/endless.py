"""An endless set: after 200,000 ticks it is still music, moves on, and never falls silent for long."""

from collections.abc import Sequence

import numpy as np

from daemon.parameters import Parameters
from tests.music import measures
from tests.music.playing import Played
from tests.music.row import Row
from tests.music.stage import Stage, rows_of
from training.evaluation import sets
from training.evaluation.features import FEATURES
from training.evaluation.sets import Stretch
from training.evaluation.statistics import mean_known

SEED = 0
BREAK = "break"
_STAYS = ("notes per bar", "pitch-class entropy", "pitch range")


def ask(stage: Stage) -> None:
    """Begin to play it before anything else: it takes longest."""
    stage.players.ask(Parameters(), [SEED], stage.effort.endless_bars)


def rows(stage: Stage) -> list[Row]:
    """Figures of one long set at defaults."""
    (played,) = stage.played(Parameters(), [SEED], stage.effort.endless_bars, "an endless set")
    tunes, beats = played.music.melody, played.music.percussion
    tenths = measures.tenths(tunes, beats)
    songs = np.stack([mean_known(rows) for rows in rows_of([*stage.learned, *stage.held_out])])
    silence = sets.longest(outside_breaks(sets.silences(tunes, beats), played))
    loop = sets.longest(sets.exact_loops(tunes, beats))
    names = sorted({name for _, name in played.sections})
    return [
        *(
            _stays(name, tenths[:, column], songs[:, column])
            for column, name in enumerate(FEATURES)
            if name in _STAYS
        ),
        Row("longest silence outside a break", silence.bars, "bars", high=4, note=f"from bar {silence.bar}"),
        Row("longest exact loop of at most 8 bars", loop.bars, "bars", high=64, note=f"from bar {loop.bar}"),
        Row("sections", len(played.sections), note=", ".join(names)),
    ]


def _stays(name: str, tenths: np.ndarray, songs: np.ndarray) -> Row:
    low, middle, high = np.nanpercentile(songs, (5, 50, 95))
    told = " ".join(f"{value:.2f}" for value in tenths)
    return Row(f"{name} in the last tenth", float(tenths[-1]), FEATURES[name].unit, low, high, middle, told)


def outside_breaks(silences: Sequence[Stretch], played: Played) -> list[Stretch]:
    """What is left of silences where no break is meant."""
    bars = len(played.music.melody) // 16
    silent, meant = np.zeros(bars, bool), np.zeros(bars, bool)
    for first, count in silences:
        silent[first : first + count] = True
    ends = [bar for bar, _ in played.sections[1:]] + [bars]
    for (first, name), end in zip(played.sections, ends, strict=True):
        meant[first:end] = BREAK in name
    return sets.stretches(silent & ~meant)
