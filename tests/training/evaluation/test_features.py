"""Features of music whose figures are easy to compute."""

import numpy as np
import pytest

from models.codecs.base import Tokens
from tests.training.evaluation.music import BAR, NO_BEAT, NO_TUNE, beat, four_on_the_floor, tune, wandering
from training.evaluation.features import FEATURES, features


def told(tunes: Tokens, beats: Tokens) -> dict[str, float]:
    """Return the features of the first window by name."""
    return dict(zip(FEATURES, features(tunes, beats)[0], strict=True))


@pytest.fixture(scope="module")
def loop() -> dict[str, float]:
    """Return eight times a bar with a C triad of half a bar and two single notes."""
    bar = [
        (0, "chords", 60, 8),
        (0, "chords", 64, 8),
        (0, "chords", 67, 8),
        (8, "lead", 72, 4),
        (12, "lead", 74, 4),
    ]
    return told(
        tune(((n * BAR + t, v, p, length) for n in range(8) for t, v, p, length in bar), 8),
        four_on_the_floor(8),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("notes per bar", 5),
        ("polyphony", (8 * 3 + 8 * 1) / 16),
        ("pitch range", 14),
        ("note length", (3 * 8 + 2 * 4) / 5),
        ("inter-onset interval", (8 * 8 + 8 * 4 + 7 * 4) / 23),
        ("pitch-class entropy", -(2 * 0.4 * np.log2(0.4) / 2 + 3 * 0.2 * np.log2(0.2))),
        ("scale consistency", 1),
        ("drum hits per bar", 4),
        ("kick on the beat", 1),
        ("self-similarity 1", 1),
        ("self-similarity 4", 1),
    ],
)
def test_a_loop_is_measured(loop: dict[str, float], name: str, value: float) -> None:
    assert loop[name] == pytest.approx(value)


def test_what_cannot_be_said_is_not_a_number() -> None:
    silent = told(NO_TUNE, NO_BEAT)
    assert silent["notes per bar"] == silent["drum hits per bar"] == 0
    assert all(np.isnan(silent[name]) for name in ("polyphony", "pitch range", "self-similarity 1"))
    assert np.isnan(told(NO_TUNE, four_on_the_floor(8))["self-similarity 8"])


def test_a_voice_lets_go_where_it_begins_anew() -> None:
    held = told(tune([(0, "lead", 60, 16), (4, "lead", 64, 4)], 1), beat((), 1))
    assert held["polyphony"] == 1
    assert held["note length"] == 4


def test_a_pitch_out_of_the_scale_is_seen() -> None:
    odd = told(
        tune([(t, "lead", p, 1) for t, p in enumerate((60, 62, 64, 65, 67, 69, 71, 61))], 1), beat((), 1)
    )
    assert odd["scale consistency"] == pytest.approx(7 / 8)


def test_windows_of_eight_bars_and_no_remainder() -> None:
    assert len(features(wandering(0, 20), four_on_the_floor(20))) == 2
    assert len(features(wandering(0, 3), four_on_the_floor(3))) == 1
    assert features(NO_TUNE[:0], NO_BEAT[:0]).shape == (0, len(FEATURES))


def test_the_second_window_remembers_the_first() -> None:
    bar = [(t, "lead", 60 + t, 1) for t in range(8)]
    twice = tune(((t + n * 8 * BAR, v, p, length) for n in range(2) for t, v, p, length in bar), 16)
    rows = features(twice, beat((), 16))
    column = list(FEATURES).index("self-similarity 8")
    assert np.isnan(rows[0, column])
    assert rows[1, column] == 1
