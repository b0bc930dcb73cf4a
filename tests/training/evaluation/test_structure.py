"""Measures of structure of pieces whose figures are computed by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from models.codecs.base import Tokens
from tests.training.evaluation.music import BAR, beat, four_on_the_floor, tune
from training.evaluation import drops, structure
from training.evaluation.bars import Bars, Section
from training.evaluation.music import Music

# Two bars each. The second differs in its last two notes, the third in all intervals.
_HOOK = (0, 4, 7, 4, 0, 4, 7, 4)
_VARIED = (0, 4, 7, 4, 0, 4, 5, 5)
_OTHER = (0, -1, 3, -5, 9, -7, 8, -2)


def piece(melody: Tokens, percussion: Tokens | None = None, sections: Sequence[tuple[int, str]] = ()) -> Bars:
    """Return a piece in bars, without drums by default."""
    drums = np.zeros((len(melody), 9), np.int64) if percussion is None else percussion
    return Bars(Music("a", melody, drums, sections=tuple(sections)))


def lead(figures: Sequence[tuple[int, Sequence[int], int]], bars: int) -> Tokens:
    """Return a lead of (bar, figure, lowest pitch): a quarter for each interval."""
    return tune(
        (
            (bar * BAR + 4 * n, "lead", base + step, 4)
            for bar, figure, base in figures
            for n, step in enumerate(figure)
        ),
        bars,
    )


def test_a_piece_ends_with_the_bar_of_its_last_onset() -> None:
    assert piece(tune([(BAR, "lead", 60, 4)], 4)).count == 2
    assert piece(tune((), 4), beat([(3 * BAR, "kick")], 4)).count == 4
    assert piece(tune((), 4)).count == 0


def test_similarity_compares_each_voice_with_itself() -> None:
    # Bars of the lead alternate between three notes and these with one note changed: Jaccard 2 of 4.
    alternating = tune(
        (
            (bar * BAR + 4 * n, "lead", pitch + (n == 2) * (bar % 2), 4)
            for bar in range(6)
            for n, pitch in enumerate((60, 64, 67))
        ),
        6,
    )
    own = piece(alternating, four_on_the_floor(6))
    assert structure.similarity_at(own, "lead", 1) == pytest.approx([0.5])
    assert structure.similarity_at(own, "lead", 2) == [1.0]
    assert structure.similarity_at(own, "drums", 1) == [1.0]
    assert structure.similarity_at(own, "bass", 1).size == 0
    # Only two bars have a bar four bars before.
    assert structure.similarity_at(own, "lead", 4).size == 0


def test_figures_are_known_in_any_transposition() -> None:
    # Bar 32 repeats bars 0 and 1 a fifth higher, bar 34 does so with two of eight notes changed (6 of 10 are common).
    own = piece(
        lead([(0, _HOOK, 60), (32, _HOOK, 67), (34, _VARIED, 60), (36, _OTHER, 70), (38, _HOOK, 72)], 40)
    )
    rows = structure.figures(own.onsets["lead"])
    index = rows.similarity()
    assert index[0, 32] == 1
    assert index[0, 34] == pytest.approx(6 / 10)
    # The hook's second half has the same intervals as its first half: four of eight are common.
    assert index[0, 1] == pytest.approx(4 / 8)
    # Of the pairs of bars 32 to 38, the hook at 32 and 38 is known from bar 0; the others differ too much.
    assert structure.known_figures(own) == pytest.approx([2 / 7])


def test_fewer_than_four_figures_give_no_share() -> None:
    assert structure.known_figures(piece(lead([(0, _HOOK, 60), (32, _HOOK, 60)], 34))).size == 0


def test_a_lead_that_comes_back_after_four_bars() -> None:
    known = lead([(0, _HOOK, 60), (14, _HOOK, 62), (24, _OTHER, 70), (26, _OTHER, 70)], 32)
    own = piece(known, four_on_the_floor(32))
    assert structure.back_after_rest(own).tolist() == [1.0, 0.0]
    # A rest of three bars is none.
    assert (
        structure.back_after_rest(
            piece(lead([(8, _HOOK, 60), (13, _HOOK, 60)], 20), four_on_the_floor(20))
        ).size
        == 0
    )


def test_changes_in_and_at_the_end_of_phrases() -> None:
    kicks = [(bar * BAR + place, "kick") for bar in range(16) for place in (0, 8)]
    # Fills in bars 7 and 15; one bar of eight in mid-phrase differs, and so does the bar after it, which begins four.
    own = piece(
        tune((), 16),
        beat([*kicks, (7 * BAR + 14, "snare"), (15 * BAR + 14, "snare"), (10 * BAR + 3, "rim")], 16),
    )
    assert structure.changes_at_phrase_end(own) == [1.0]
    assert structure.changes_in_phrase(own) == pytest.approx([1 / 8])


def test_similarity_to_a_prime_by_blocks() -> None:
    prime = piece(lead([(bar, _HOOK, 60) for bar in range(0, 8, 2)], 8), four_on_the_floor(8))
    # Each bar of the hook is 0 4 7 4. An octave higher and at another bar of eight it is the same; one note of four that
    # differs leaves three of five; the bass is not in the prime.
    hooks = [(17, _HOOK[:4], 72), (24, (0, 4, 7, 5), 60)]
    low = tune([(26 * BAR, "bass", 36, 4)], 40)
    own = piece(lead(hooks, 40) + low, beat([(33 * BAR + tick, "kick") for tick in (0, 4)], 40))
    assert structure.similarity_to(prime, own).tolist() == pytest.approx([1.0, (3 / 5 + 0) / 2, 2 / 4])


def test_sections_come_from_markers() -> None:
    own = piece(four(8), None, [(0, "Intro"), (2, "drop"), (2, "break a"), (6, "drop"), (9, "outro")])
    assert own.sections == [
        Section("intro", 0, 2),
        Section("break", 2, 6),
        Section("drop", 6, 8, is_cut=True),
    ]


def four(bars: int) -> Tokens:
    """Return a bass note on every beat."""
    return tune(((tick, "bass", 36, 4) for tick in range(0, bars * BAR, 4)), bars)


def test_a_later_drop_is_held_against_the_first_of_its_track() -> None:
    own = piece(
        lead(
            [
                (2, _HOOK, 60),
                (4, _HOOK, 60),
                (8, _HOOK, 65),
                (12, _OTHER, 70),
                (20, _HOOK, 60),
                (22, _OTHER, 60),
            ],
            24,
        ),
        four_on_the_floor(24),
        [
            (0, "intro"),
            (2, "drop"),
            (6, "break"),
            (8, "drop"),
            (10, "break"),
            (12, "drop"),
            (14, "intro"),
            (20, "drop"),
        ],
    )
    assert [len(track) for track in drops.drops_of_tracks(own)] == [3, 1]
    assert drops.known_from_first_drop(own).tolist() == [1.0, 0.0]
    assert own.sections[-1].is_cut
    assert np.flatnonzero(drops.bars_of_drops(own)).tolist() == [2, 3, 4, 5, 8, 9, 12, 13, *range(20, 24)]


def test_similarity_within_a_drop_ignores_what_came_before() -> None:
    own = piece(
        lead([(bar, _HOOK, 60 + 2 * (bar == 14)) for bar in range(0, 16, 2)], 16),
        None,
        [(0, "intro"), (8, "drop")],
    )
    # Bars 10 to 13 equal those two bars before, 14 and 15 are transposed.
    assert drops.similarity_in_drops(own, "lead", 2) == pytest.approx([4 / 6])
    # Only four bars have one four bars before in the drop.
    assert drops.similarity_in_drops(own, "lead", 4) == pytest.approx([2 / 4])
    assert drops.similarity_in_drops(own, "lead", 8).size == 0


def test_the_last_whole_drop_against_the_first() -> None:
    own = piece(
        lead([(0, _HOOK, 60), (4, _HOOK[:6], 60), (8, _HOOK[:1], 60)], 10),
        None,
        [(0, "drop"), (2, "break"), (4, "drop"), (6, "break"), (8, "drop")],
    )
    assert drops.last_against_first(own) == pytest.approx([3 / 4])
    assert drops.never_thinner(own).tolist() == [0.0]


def test_bars_of_drops_by_kind_of_beat() -> None:
    half = beat([(bar * BAR, "kick") for bar in range(4)] + [(bar * BAR + 8, "snare") for bar in range(3)], 4)
    own = piece(tune((), 4), half, [(0, "intro"), (1, "drop")])
    assert drops.drops_of_kind(own, (2,)).tolist() == [1.0, 1.0, 0.0]
    assert drops.drops_of_kind(own, (2, 5)).tolist() == [1.0, 1.0, 1.0]
