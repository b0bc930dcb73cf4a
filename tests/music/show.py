"""The figures of the music's memory, harmony and simplicity, beside their reach."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from daemon.parameters import Parameters
from tests.music.row import Row
from tests.music.stage import Stage
from training.evaluation.bars import Bars
from training.evaluation.measures import MEASURES, Measure, figure


class Reach(NamedTuple):
    """The range in which a figure is to lie; None where it is open."""

    low: float | None = None
    high: float | None = None


_REACHES: Final[Mapping[str, Reach]] = {
    "drops: lead known from the first drop": Reach(0.6, 0.95),
    "lead: figures known from 16 bars before": Reach(0.15, 0.4),
    "lead: back after a rest with a known figure": Reach(0.4),
    "drops: lead similarity at 4 bars": Reach(0.5),
    "drops: lead similarity at 8 bars": Reach(0.75),
    "drums: changes in mid-phrase": Reach(None, 0.25),
    "drums: changes at phrase ends": Reach(0.45),
    "lead: steps": Reach(0.22),
    "bass: chord tone on the beat": Reach(0.9),
    "chords: notes together": Reach(2.7),
    "chords i and III": Reach(None, 0.45),
    "chord VI": Reach(0.12),
}
# Shown without a reach, because a reach exists only for the drops of some genres.
_OPEN: Final = (
    "bass and chords: strike together",
    "bass: onsets per bar",
    "bass: pitches in 8 bars",
    "bass: rhythms in 8 bars",
    "chords: note length",
    "lead: onsets per bar",
    "lead: pitches in 8 bars",
    "lead: rhythms in 8 bars",
    "beat: four",
    "beat: half",
    "beat: two-step",
    "drops: last not thinner than the first",
)
_RANGE: Final = "lead: range in 8 bars"
_NATS: Final[Mapping[str, Mapping[str, float]]] = {
    "melody": {"told": 1.60, "untold": 2.0},
    "percussion": {"told": 0.15, "untold": 0.24},
}
_NATS_SOURCE: Final = "electronic"
_BASELINES: Final = ("ngram_copies", "longest_match")


def rows(stage: Stage) -> list[Row]:
    """Sets at defaults; real is the held-out songs."""
    own = [Bars(each.music) for each in stage.shown]
    real = [Bars(song) for song in stage.real]
    reaches = {**_REACHES, **dict.fromkeys(_OPEN, Reach())}
    return [
        *(row_of(name, MEASURES[name], own, real, reach) for name, reach in reaches.items()),
        _range_row(own, real),
        *_nats(stage.manifest),
    ]


def row_of(name: str, measure: Measure, own: list[Bars], real: list[Bars], reach: Reach) -> Row:
    """Return the row of a measure with its interval."""
    found, theirs = figure(measure, own), figure(measure, real)
    note = f"{found.low:.2f} to {found.high:.2f}, {found.values} values"
    note += f"; songs: {theirs.values} values" if theirs.values else ""
    beside = theirs.value if theirs.values else None
    return Row(name, found.value, measure.unit, *reach, beside, note)


def _range_row(own: list[Bars], real: list[Bars]) -> Row:
    """The range is to lie within the quartiles of real songs."""
    measure = MEASURES[_RANGE]
    values = np.concatenate([*(measure.of(piece) for piece in real), np.zeros(0)])
    reach = Reach(*np.percentile(values, (25, 75)).tolist()) if len(values) else Reach()
    return row_of(_RANGE, measure, own, real, reach)


def _nats(manifest: Mapping[str, Any]) -> list[Row]:
    """The likelihoods on held-out songs, from the bundle; they are to lie below those of the baselines too."""
    found = []
    for part, reaches in _NATS.items():
        figures = manifest.get("held_out", {}).get(part, {}).get(_NATS_SOURCE, {})
        baselines = {name: figures[name]["all"] for name in _BASELINES if name in figures}
        note = ", ".join(f"{name} {value:.2f}" for name, value in baselines.items())
        for name, high in reaches.items():
            if name in figures:
                value, reach = float(figures[name]["all"]), min(high, *baselines.values(), high)
                found.append(
                    Row(f"{part}: held-out nats, {name}", value, "nats per tick", None, reach, None, note)
                )
    return found


def arc(stage: Stage) -> list[Row]:
    """Sets of ten minutes: the last drop of a track against its first."""
    sets = stage.played(
        Parameters(), range(stage.effort.long_sets), stage.effort.long_bars, "sets of ten minutes"
    )
    own = [Bars(each.music) for each in sets]
    names = {
        "drops: last not thinner than the first": Reach(0.9),
        "drops: last against first in notes per bar": Reach(),
    }
    return [row_of(name, MEASURES[name], own, [], reach) for name, reach in names.items()]
