"""The discriminator's numbers of a window that is computed by hand."""

from tests.training.evaluation.music import BAR, four_on_the_floor, tune
from tests.training.evaluation.test_structure import piece
from training.evaluation.window_features import table_of, window_features

_BARS = 8


def test_the_numbers_of_a_window() -> None:
    # C major held in each bar; a bass on the kick, C then D; a lead of four eighths: a step, a repeat, an octave.
    notes = [(bar * BAR, "chords", pitch, 16) for bar in range(_BARS) for pitch in (60, 64, 67)]
    notes += [
        (bar * BAR + place, "bass", pitch, 2) for bar in range(_BARS) for place, pitch in ((0, 36), (4, 38))
    ]
    notes += [(2 * n, "lead", pitch, 2) for n, pitch in enumerate((60, 62, 62, 74))]
    (row,) = window_features(piece(tune(notes, _BARS), four_on_the_floor(_BARS)))
    assert row["chords onsets per bar"] == 1
    assert row["chords notes per onset"] == 3
    assert row["chords different bars"] == 1
    assert row["chords length"] == 16
    assert row["chords sounds"] == 1
    assert row["bass on beats"] == 1
    assert row["bass with kick"] == 1
    assert row["bass with chords"] == 0.5
    assert row["bass on the chord"] == 0.5
    assert row["bass similarity at 1 bars"] == 1
    assert row["lead on off-beat eighths"] == 0.5
    assert (row["lead steps"], row["lead repeated pitches"], row["lead leaps"]) == (1 / 3, 1 / 3, 1 / 3)
    assert row["lead interval"] == (2 + 0 + 12) / 3
    assert (row["lead range"], row["lead pitches"]) == (14, 3)
    # On the beats the lead has C, which the chord has, and D, which is none of its notes nor a semitone from one.
    assert (row["lead on the chord"], row["lead against the chord"]) == (0.5, 0)
    assert (row["kick per bar"], row["kick on beats"], row["kick between beats"]) == (4, 1, 0)
    assert row["different drums"] == 1
    assert (row["different chords"], row["chord changes"]) == (1, 0)
    assert row["in one scale"] == 1
    assert row["drums similarity at 1 bars"] == 1
    assert table_of([row, row]).shape == (2, len(row))


def test_windows_with_few_notes_are_left_out() -> None:
    seven = tune([(n, "lead", 60, 1) for n in range(7)], _BARS)
    assert window_features(piece(seven, four_on_the_floor(_BARS))) == []
