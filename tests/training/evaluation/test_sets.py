"""Measures of sets with known silences and loops."""

import numpy as np
import pytest

from models.codecs.base import Tokens
from tests.music import measures
from tests.training.evaluation.music import BAR, beat, four_on_the_floor, tune, wandering
from training.evaluation import sets
from training.evaluation.features import FEATURES
from training.evaluation.sets import Stretch

_TRIADS = {"C": (60, 64, 67), "F": (65, 69, 72), "G": (67, 71, 74), "Am": (69, 72, 76)}


def chords(names: list[str]) -> Tokens:
    """Return a whole bar of each chord."""
    return tune(
        ((bar * BAR, "chords", pitch, 16) for bar, name in enumerate(names) for pitch in _TRIADS[name]),
        len(names),
    )


def test_kicks_are_counted_on_beats_alone() -> None:
    assert sets.kick_on_beats(four_on_the_floor(4)) == 1
    assert sets.kick_on_beats(beat([(0, "kick"), (2, "kick"), (8, "kick"), (4, "snare")], 1)) == 0.5


def test_bars_without_drums() -> None:
    assert sets.bars_without_drum(beat([(0, "kick"), (2 * BAR + 3, "rim")], 4)) == 2


def test_harmony_counts_where_it_sounds_not_where_it_begins() -> None:
    held = tune([(8, "chords", 60, 16), (3 * BAR, "lead", 72, 4)], 4)
    assert sets.harmony_share(held) == 0.5
    assert sets.harmony_share(tune([(0, "bass", 36, 4)], 1)) == 1


def test_drum_entropy_is_that_of_sets_of_drums() -> None:
    assert measures.drum_entropy(beat((), 4)) == 0
    assert measures.drum_entropy(beat([(t, "kick") for t in range(0, 2 * BAR, 2)], 2)) == 1
    four = [(t, drum) for t in range(0, BAR, 4) for drum in ("kick", "clap")]
    kinds = [
        *four,
        *((t + 1, "kick") for t in range(0, BAR, 4)),
        *((t + 2, "clap") for t in range(0, BAR, 4)),
    ]
    assert measures.drum_entropy(beat(kinds, 1)) == 2


def test_a_chord_loop_that_returns() -> None:
    loop = sets.chord_loop(chords(["C", "G", "Am", "F"] * 4))
    assert (loop.bars, loop.likeness, loop.returns) == (4, 1, True)
    assert not sets.chord_loop(wandering(3, 32)).returns
    assert sets.chord_loop(tune((), 8)).likeness == 0


def test_silence_is_where_nothing_sounds_on() -> None:
    quiet = sets.silences(tune([(BAR, "lead", 60, 16), (5 * BAR, "lead", 60, 4)], 7), beat((), 7))
    assert quiet == [Stretch(0, 1), Stretch(2, 3), Stretch(6, 1)]
    assert sets.longest(quiet) == Stretch(2, 3)
    assert sets.longest([]) == Stretch(0, 0)


@pytest.mark.parametrize("period", [1, 2, 4, 8])
def test_an_exact_loop_is_found_from_its_first_time_round(period: int) -> None:
    loop = [wandering(seed, 1) for seed in range(period)]
    before, after = wandering(99, 5), wandering(98, 7)
    tunes = np.concatenate([before, *loop * (24 // period), after])
    found = sets.exact_loops(tunes, beat((), 36))
    assert found == [Stretch(5, 24)]


def test_what_varies_is_no_loop() -> None:
    assert sets.exact_loops(wandering(1, 40), four_on_the_floor(40)) == []


def test_tenths_follow_the_piece() -> None:
    tunes = np.concatenate([wandering(1, 80, notes=2), wandering(2, 80, notes=12)])
    rows = measures.tenths(tunes, four_on_the_floor(160), 2)
    names = list(FEATURES)
    assert rows[0, names.index("pitch range")] == 1
    assert rows[1, names.index("pitch range")] == pytest.approx(11, abs=0.5)
