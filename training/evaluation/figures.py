"""All figures of one collection against another, as plain values for JSON."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np

from training.evaluation import sets
from training.evaluation.copying import Copying, Match
from training.evaluation.features import FEATURES, features
from training.evaluation.grid import Numbers, bar_count
from training.evaluation.judged import Judgement
from training.evaluation.music import Collection, Music
from training.evaluation.overlap import Overlap, overlap, ratio
from training.evaluation.statistics import mean_known, number

Figures = dict[str, Any]


class Measure(NamedTuple):
    """A number for a whole piece."""

    unit: str
    of: Callable[[Music], float]


SET_MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "kick on the beat": Measure("share of beats", lambda piece: sets.kick_on_beats(piece.percussion)),
        "bars without a drum": Measure(
            "share of bars",
            lambda piece: sets.bars_without_drum(piece.percussion) / max(bar_count(piece.percussion), 1),
        ),
        "bass or chords sound": Measure("share of bars", lambda piece: sets.harmony_share(piece.melody)),
        "chord loop returns": Measure("likeness", lambda piece: sets.chord_loop(piece.melody).likeness),
        "longest silence": Measure(
            "bars", lambda piece: sets.longest(sets.silences(piece.melody, piece.percussion)).bars
        ),
        "longest exact loop": Measure(
            "bars", lambda piece: sets.longest(sets.exact_loops(piece.melody, piece.percussion)).bars
        ),
    }
)


class Measured(NamedTuple):
    """A collection and its features: (windows, 13) of each song."""

    collection: Collection
    features: list[Numbers]


def measured(collection: Collection, progress: Callable[[int, int], None]) -> Measured:
    """Measure every song."""
    rows = []
    for count, song in enumerate(collection.songs, start=1):
        rows.append(features(song.melody, song.percussion))
        progress(count, len(collection.songs))
    return Measured(collection, rows)


def about(side: Measured) -> Figures:
    """Return the name and size of a side, and its refused files."""
    return {
        "name": side.collection.name,
        "songs": len(side.collection.songs),
        "windows": sum(len(rows) for rows in side.features),
        "refused": [f"{name}: {why}" for name, why in side.collection.refused],
    }


def feature_figures(side: Measured) -> Figures:
    """Return each feature's mean over songs and its 5th, 50th and 95th percentile over windows."""
    means = mean_known(np.stack([mean_known(rows) for rows in side.features]))
    every = np.concatenate(side.features)
    return {
        name: {"mean": number(means[column]), **_percentiles(every[:, column])}
        for column, name in enumerate(FEATURES)
    }


def _percentiles(values: Numbers) -> Figures:
    known = values[~np.isnan(values)]
    return {f"p{share}": number(np.percentile(known, share)) if len(known) else None for share in (5, 50, 95)}


def set_figures(side: Measured) -> Figures:
    """Return the median over songs and the largest value of each measure of whole pieces."""
    values = {name: [each.of(song) for song in side.collection.songs] for name, each in SET_MEASURES.items()}
    return {
        name: {"median": number(np.median(every)), "largest": number(max(every))}
        for name, every in values.items()
    }


def overlap_figures(one: Measured, other: Measured, learned: Measured | None) -> tuple[Figures, Overlap]:
    """Return the overlap of `one` with `other`; with `learned`, also its overlap as the ceiling, and the ratio."""
    found = overlap(one.features, other.features)
    figures: Figures = {"mean": number(found.mean), "interval": _pair(found.low, found.high)}
    figures["by_feature"] = {name: {"overlap": number(value)} for name, value in found.by_feature.items()}
    if learned is not None:
        ceiling = overlap(learned.features, other.features)
        reached, low, high = ratio(found, ceiling)
        figures["ceiling"] = {"mean": number(ceiling.mean), "interval": _pair(ceiling.low, ceiling.high)}
        figures["ratio"] = {"mean": number(reached), "interval": _pair(low, high)}
        for name, value in ceiling.by_feature.items():
            figures["by_feature"][name]["ceiling"] = number(value)
    return figures, found


def copying_figures(found: Copying) -> Figures:
    """Return the share of windows that training songs contain, and the longest match."""
    longest = None if found.longest is None else match_figures(found.longest)
    return {"windows": found.windows, "found": found.found, "share": number(found.share), "longest": longest}


def match_figures(match: Match) -> Figures:
    """Return the place of a match; bars are counted from 0."""
    return match._asdict()


def gauge_figures(judgements: Mapping[str, Judgement]) -> Figures:
    """Return the mean Classical share of each piece and of all."""
    shares = {title: number(judgement.classical) for title, judgement in judgements.items()}
    return {"classical": number(np.mean([each.classical for each in judgements.values()])), "pieces": shares}


def rows(figures: Figures, names: Sequence[str] = ()) -> list[tuple[str, Any]]:
    """Flatten nested figures to (dotted name, value), without lists and texts."""
    found: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            found += rows(value, (*names, name))
        elif isinstance(value, int | float):
            found.append((".".join((*names, name)), value))
    return found


def _pair(low: float, high: float) -> list[float | None]:
    return [number(low), number(high)]
