"""Parameters over their whole range: what is heard follows what is asked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from daemon.parameters import SPECS, Parameters
from tests.music import measures
from tests.music.playing import Played
from tests.music.row import Row
from tests.music.stage import EDM, Stage
from training.evaluation.features import FEATURES, features
from training.evaluation.judged import judge
from training.evaluation.music import HELD_OUT, Music
from training.evaluation.statistics import mean_known, spearman

SETTINGS = 11
_EVERY_BARS = 4
# The director off: what is asked for holds at every bar.
_STEADY = replace(EDM, director=False)
_LOOPS = tuple(name for name in FEATURES if name.startswith("self-similarity"))
Measure = Callable[[Played], float]


def mix(stage: Stage) -> list[Row]:
    """`classical_mix` against the gauge's Classical share."""
    values = _range("classical_mix")
    gauge = stage.gauge
    shares = [
        float(np.mean([judge(gauge, each.music, _EVERY_BARS).classical for each in played]))
        for played in stage.sweep(Parameters(), "classical_mix", values)
    ]
    edm, lieder = (
        float(np.mean([judge(gauge, song, _EVERY_BARS).classical for song in songs]))
        for songs in (stage.held_out, stage.songs("classical").only(HELD_OUT).songs)
    )
    return [
        Row("Spearman with the Classical share", spearman(values, shares), low=0.95, note=_told(shares)),
        Row("Classical share at classical_mix 0", shares[0], high=0.2, real=edm),
        Row("Classical share at classical_mix 1", shares[-1], low=0.8, real=lieder),
    ]


def _range(name: str) -> list[float]:
    spec = SPECS[name]
    values: list[float] = np.linspace(spec.low, spec.high, SETTINGS).round(4).tolist()
    return values


def _feature(names: Sequence[str], piece: Music) -> float:
    """Mean of these features over a piece."""
    columns = [list(FEATURES).index(name) for name in names]
    return float(mean_known(mean_known(features(piece.melody, piece.percussion))[columns]))


def _features(*names: str) -> Measure:
    return lambda played: _feature(names, played.music)


def _sweep(name: str, measures: dict[str, Measure], stage: Stage) -> list[Row]:
    values = _range(name)
    played = stage.sweep(_STEADY, name, values)
    rows = []
    for feature, measure in measures.items():
        means = mean_known(np.array([[measure(each) for each in sets_] for sets_ in played]).T).tolist()
        rows.append(Row(f"Spearman with {feature}", spearman(values, means), low=0.9, note=_told(means)))
    return rows


def _told(values: Sequence[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)


melody_temperature = partial(
    _sweep, "melody.temperature", {"pitch-class entropy": _features("pitch-class entropy")}
)
percussion_temperature = partial(
    _sweep,
    "percussion.temperature",
    {"drum entropy": lambda played: measures.drum_entropy(played.music.percussion)},
)
density = partial(_sweep, "density", {"notes per bar": _features("notes per bar")})
energy = partial(
    _sweep,
    "energy",
    {
        "drum hits per bar": _features("drum hits per bar"),
        "sounding voices": lambda played: played.voices,
    },
)
repetition = partial(_sweep, "repetition", {"self-similarity at 1, 2, 4, 8 bars": _features(*_LOOPS)})
