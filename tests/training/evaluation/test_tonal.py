"""Measures of harmony, lines and simplicity of pieces whose figures are computed by hand."""

import numpy as np
import pytest

from models.beats import FOUR
from tests.training.evaluation.music import BAR, beat, four_on_the_floor, tune
from tests.training.evaluation.test_structure import piece
from training.evaluation import simplicity, tonal
from training.evaluation.bars import Bars
from training.evaluation.measures import MEASURES, Figure, figure, structure_figures
from training.evaluation.resampling import resampled_mean, resampled_median

_A_MINOR, _F, _C, _G = (57, 60, 64), (53, 57, 60), (60, 64, 67), (55, 59, 62)


def chords(roots: list[tuple[int, ...]]) -> Bars:
    """Return a whole bar of each chord with its root in the bass."""
    notes = [(bar * BAR, "chords", pitch, 16) for bar, chord in enumerate(roots) for pitch in chord]
    bass = [(bar * BAR, "bass", chord[0] - 12, 16) for bar, chord in enumerate(roots)]
    return piece(tune([*notes, *bass], len(roots)))


def test_chords_by_degree_of_the_minor_key() -> None:
    own = chords([_A_MINOR, _F, _C, _G] * 4)
    assert tonal.bar_chords(own)[:4].tolist() == [2 * 9 + 1, 2 * 5, 0, 2 * 7]
    assert tonal.chord_degrees(own, tonal.TONIC).mean() == 0.5
    assert tonal.chord_degrees(own, tonal.SUBMEDIANT).mean() == 0.25
    up = chords([tuple(pitch + 3 for pitch in chord) for chord in [_A_MINOR, _F, _C, _G] * 4])
    assert tonal.chord_degrees(up, tonal.TONIC).tolist() == tonal.chord_degrees(own, tonal.TONIC).tolist()


def test_a_bar_with_almost_nothing_has_no_chord() -> None:
    own = piece(tune([(0, "lead", 72, 6), (BAR, "lead", 72, 8)], 2))
    # The lead counts half: three ticks and four.
    assert tonal.bar_chords(own)[0] == -1
    assert tonal.bar_chords(own)[1] >= 0


def test_bass_notes_on_beats_are_held_against_sounding_chords() -> None:
    held = [(0, "chords", pitch, 12) for pitch in _C]
    bass = [
        (0, "bass", 36, 2),
        (3, "bass", 38, 1),
        (4, "bass", 38, 2),
        (8, "bass", 40, 2),
        (12, "bass", 38, 2),
    ]
    # On beats under the chord: C, D and E. The D between beats and the one after the chord do not count.
    assert tonal.bass_on_chord(piece(tune([*held, *bass], 1))).tolist() == [1.0, 0.0, 1.0]


def test_notes_per_chord_steps_and_range() -> None:
    stabs = [(bar * BAR, "chords", pitch, 4) for bar in range(8) for pitch in _C[: 2 + bar % 2]]
    # Four intervals a window: a repeated note, a semitone, two semitones, a fifth.
    line = [(place * BAR, "lead", pitch, 4) for place, pitch in enumerate((60, 60, 61, 63, 70))]
    own = piece(tune([*stabs, *line], 8))
    assert tonal.notes_per_chord(own) == [2.5]
    assert tonal.steps(own) == [0.5]
    assert tonal.phrase_range(own) == [10.0]
    assert tonal.steps(piece(tune([(0, "lead", 60, 4)], 8))).size == 0


def test_simplicity_of_a_voice() -> None:
    # Bars alternate between two rhythms; the bass plays C and, in the second rhythm, also G.
    notes = [(bar * BAR, "bass", 36, 4) for bar in range(8)]
    notes += [(bar * BAR + 8, "bass", 43, 2) for bar in range(1, 8, 2)]
    own = piece(tune(notes, 8))
    assert simplicity.onsets_per_bar(own, "bass") == [1.5]
    assert simplicity.pitches(own, "bass") == [2.0]
    assert simplicity.rhythms(own, "bass") == [2.0]
    assert simplicity.note_length(own, "bass") == [4.0]
    first = np.arange(8) % 2 == 0
    assert simplicity.onsets_per_bar(own, "bass", first) == [1.0]
    assert simplicity.rhythms(own, "bass", first) == [1.0]
    assert simplicity.onsets_per_bar(own, "lead").size == 0


def test_what_strikes_together() -> None:
    bass = [(bar * BAR + place, "bass", 36, 2) for bar in range(4) for place in (0, 8)]
    stabs = [(bar * BAR + place, "chords", 60, 2) for bar in range(4) for place in (0, 4, 8)]
    own = piece(tune([*bass, *stabs], 4))
    assert simplicity.strike_together(own, "bass", "chords") == pytest.approx([2 / 3])
    assert simplicity.strike_together(own, "bass", "lead").size == 0


def test_figures_are_pooled_over_pieces_with_an_interval() -> None:
    one, two = chords([_C] * 8), chords([_A_MINOR, _F, _C, _G] * 2)
    found = figure(MEASURES["chord VI"], [one, two])
    assert found == Figure(1 / 8, 0.0, 0.25, 16)
    assert figure(MEASURES["drops: lead known from the first drop"], [one]).values == 0
    every = structure_figures([piece(tune((), 4), four_on_the_floor(4)).music])
    assert every["beat: four"] == {"value": 1.0, "interval": [1.0, 1.0], "values": 4}
    assert not any(name.startswith("lead") for name in every)
    assert FOUR == 1


def test_silence_has_no_figures() -> None:
    assert structure_figures([piece(tune((), 8), beat((), 8)).music]) == {}
    assert structure_figures([piece(tune((), 0), beat((), 0)).music]) == {}


def test_intervals_by_resampling() -> None:
    values = [np.array([0.0, 0.0]), np.array([1.0]), np.zeros(0)]
    assert resampled_mean([np.array([2.0])] * 3) == (2.0, 2.0)
    assert resampled_median([np.array([2.0])] * 3) == (2.0, 2.0)
    assert resampled_mean(values) == (0.0, 1.0)
    assert resampled_median(values) == (0.0, 1.0)
