"""Plans match the bars from which they are computed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.codecs import melody, percussion, plan
from models.codecs.chords import QUALITIES
from models.codecs.condition import COLUMNS, PLAN_GROUPS, SIZES, Frame, melody_condition, percussion_condition
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
    frame = Frame(np.arange(ticks), np.tile([1.0, 0.0], (ticks, 1)), np.zeros((ticks, 9)))
    line, drums_before = np.full(ticks, 3), np.zeros((ticks, 9))
    told = melody_condition(frame, plan.melody_plan(tunes), line, drums_before, np.zeros((ticks, 3, 5)))
    assert told.shape == (ticks, SIZES["melody"])
    assert (told[:, COLUMNS["melody"]["levels"]].sum(axis=1) == 3).all()
    assert (told[:, COLUMNS["melody"]["line"]].argmax(axis=1) == 3).all()
    begun = melody.onsets(tunes)
    drums = percussion_condition(frame, plan.percussion_plan(beats), begun, np.zeros((ticks, 4, 5)))
    assert drums.shape == (ticks, SIZES["percussion"])
    assert (drums[:, COLUMNS["percussion"]["levels"]].sum(axis=1) == 9).all()


def test_what_is_unstated_is_zero() -> None:
    silent, zero, nothing = np.full((1, 3), -1), np.array([0]), np.array([-1])
    form, known = np.zeros((1, 3, 5), np.float32), np.zeros((1, 1), np.float32)
    unstated = plan.MelodyPlan(
        np.zeros((1, 12), np.float32), nothing, nothing, nothing, silent, np.zeros((1, 3), int), zero, zero, zero, zero,
        zero, form, known, form, known, np.zeros((1, 3), np.float32),
    )  # fmt: skip
    frame = Frame(np.arange(1), np.zeros((1, 2)), np.zeros((1, 9)))
    told = melody_condition(frame, unstated, nothing, np.zeros((1, 9)), np.zeros((1, 3, 5)))
    assert not any(told[:, COLUMNS["melody"][group]].any() for group in (*PLAN_GROUPS["melody"], "line"))


def test_the_contour_is_the_leads_height_in_each_half_and_its_range() -> None:
    low, high = melody.REGISTERS[2].low, melody.REGISTERS[2].high
    rows = [[Sound("lead", low, 1)], *[[]] * 7, [Sound("lead", high, 1), Sound("lead", low, 1)], *[[]] * 7]
    tokens = melody.encode([*rows, *[[]] * 16])
    assert plan.heights(tokens).tolist() == [1, plan.HEIGHTS, 0, 0]
    assert plan.span(tokens).tolist() == [plan.SPANS, 0]


def test_bass_and_chords_strike_together_partly_or_apart() -> None:
    def bar(bass: set[int], chords: set[int]) -> list[list[Sound]]:
        return [
            [Sound("bass", 36, 1)] * (tick in bass) + [Sound("chords", 60, 1)] * (tick in chords)
            for tick in range(16)
        ]

    bars = [bar({0, 4, 8, 12}, {0, 4, 8, 12}), bar({0, 4, 8, 12}, {0, 8}), bar({0}, {2}), bar({0}, set())]
    assert plan.strike(melody.encode([row for each in bars for row in each])).tolist() == [3, 2, 1, 0]


def test_a_rhythm_returns_whatever_its_pitches() -> None:
    def bar(pitch: int, places: set[int]) -> list[list[Sound]]:
        return [[Sound("lead", pitch + tick % 3, 1)] * (tick in places) for tick in range(16)]

    bars = [bar(70, {0, 3, 6}), bar(80, {0, 3, 6}), bar(60, {0, 4}), bar(75, {0, 3, 6}), bar(60, set())]
    rows = plan.rhythm(melody.encode([row for each in bars for row in each]))[:, 2]
    assert rows.tolist() == [[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]


def test_a_chord_is_named_by_its_notes_and_its_bass() -> None:
    def half(*pitches: int, bass: int | None = None) -> list[list[Sound]]:
        low = [] if bass is None else [Sound("bass", bass, 8)]
        return [[*(Sound("chords", pitch, 8) for pitch in pitches), *low], *[[]] * 7]

    halves = [half(60, 64, 67), half(69, 72, 76, bass=33), half(65, 69, 72, 76), half(67, 74), half()]
    roots, qualities = plan.chords(melody.encode([row for each in halves for row in each]))
    names = [QUALITIES[each] if each >= 0 else "" for each in qualities]
    assert list(zip(roots.tolist(), names, strict=True)) == [
        (0, "major"), (9, "minor"), (5, "major 7"), (7, "open"), (-1, ""),
    ]  # fmt: skip
