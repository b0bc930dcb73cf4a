"""Plans match the bars from which they are computed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.codecs import melody, percussion, plan
from models.codecs.condition import COLUMNS, PLAN_GROUPS, SIZES, melody_condition, percussion_condition
from models.codecs.melody import Sound
from models.codecs.percussion import Hit

TRIAD = [Sound("chords", pitch, 16) for pitch in (60, 64, 67)]


def test_levels_count_the_onsets_of_a_bar() -> None:
    beats = percussion.encode([[Hit(0, 1.0)] if tick % 4 == 0 else [] for tick in range(20)])
    assert plan.drum_levels(beats)[:, 0].tolist() == [2, 1]
    bass = melody.encode([[Sound("bass", 36, 1)] if tick % 2 == 0 else [] for tick in range(24)])
    assert plan.voice_levels(bass).tolist() == [[4, 0, 0], [2, 0, 0]]


def test_harmony_hears_what_is_sounding_and_the_root_is_the_basss() -> None:
    tokens = melody.encode([[*TRIAD, Sound("bass", 38, 8)], *[[]] * 31])
    assert [np.flatnonzero(half).tolist() for half in plan.harmony(tokens)] == [
        [0, 2, 4, 7],
        [0, 4, 7],
        [],
        [],
    ]
    assert plan.roots(tokens).tolist() == [2, -1, -1, -1]


def test_manner_tells_lengths_register_and_thickness_of_what_sounds() -> None:
    lead = [Sound("lead", 80, 1), Sound("lead", 90, 1)]
    tokens = melody.encode([TRIAD, *[[]] * 15, lead, *[[]] * 3, [Sound("lead", 70, 2)], *[[]] * 11])
    assert plan.lengths(tokens).tolist() == [[0, 3, 0], [0, 0, 1]]
    assert plan.register(tokens).tolist() == [0, 3]
    assert plan.thickness(tokens).tolist() == [3, 0]


def test_form_says_which_bar_a_bar_repeats_one_tick_aside() -> None:
    one = [[Sound("bass", 36 + tick % 5, 1)] for tick in range(16)]
    other = [[Sound("bass", 40, 2)] for _ in range(16)]
    nearly = [*one[:7], [], *one[8:]]
    tokens = melody.encode([*one, *other, *nearly, *other])
    assert plan.form(tokens, melody.LAYOUT)[:, 0].tolist() == [
        [0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0],
    ]  # fmt: skip


@given(st.integers(0, 2**32 - 1), st.integers(1, 70))
def test_conditions_are_as_wide_as_declared_and_one_hot_where_stated(seed: int, ticks: int) -> None:
    rng = np.random.default_rng(seed)
    tunes = (rng.random((ticks, 10)) < 0.2) * rng.integers(1, 9, (ticks, 10))
    beats = rng.integers(0, 4, (ticks, 9))
    style = np.tile([1.0, 0.0], (ticks, 1))
    told = melody_condition(
        np.arange(ticks), style, plan.melody_plan(tunes), np.zeros((ticks, 9)), np.zeros((ticks, 3, 4))
    )
    assert told.shape == (ticks, SIZES["melody"])
    assert (told[:, COLUMNS["melody"]["levels"]].sum(axis=1) == 3).all()
    drums = percussion_condition(
        np.arange(ticks), style, plan.percussion_plan(beats), melody.onsets(tunes), np.zeros((ticks, 4, 4))
    )
    assert drums.shape == (ticks, SIZES["percussion"])
    assert (drums[:, COLUMNS["percussion"]["levels"]].sum(axis=1) == 9).all()


def test_what_is_unstated_is_zero() -> None:
    silent = np.full((1, 3), -1)
    told = melody_condition(
        np.arange(1),
        np.zeros((1, 2)),
        plan.MelodyPlan(
            np.zeros((1, 12), np.float32), np.array([-1]), silent, np.zeros((1, 3), int),
            np.array([0]), np.array([0]), np.zeros((1, 3, 4), np.float32), np.zeros((1, 1), np.float32),
        ),
        np.zeros((1, 9)),
        np.zeros((1, 3, 4)),
    )  # fmt: skip
    assert not any(told[:, COLUMNS["melody"][group]].any() for group in PLAN_GROUPS["melody"])
