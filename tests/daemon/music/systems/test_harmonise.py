"""Chords for a melody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.music.systems.symbols.harmonise import CHORDS, chords_of
from models.notes import PULSES_PER_BAR, Note


def line(*pitches: int, length: int = 480, start: int = 0) -> list[Note]:
    return [Note(start + length * n, length, "lead", pitch, 80) for n, pitch in enumerate(pitches)]


@pytest.mark.parametrize(
    ("pitches", "roots"),
    [
        ((60, 64, 67, 64), (0, 0)),
        ((67, 71, 74, 71), (7, 7)),
        ((65, 69, 72, 69), (5, 5)),
        ((69, 72, 76, 72), (9, 9)),
        ((60, 64, 67, 71), (0, 7)),
    ],
)
def test_a_broken_chord_has_its_own_chord(pitches: tuple[int, ...], roots: tuple[int, int]) -> None:
    assert tuple(chord.root for chord in chords_of(line(*pitches), 0, -1)) == roots


def test_a_passing_note_changes_nothing() -> None:
    notes = line(60, 62, 64, 65, 67, 65, 64, 62, length=240)
    assert [chord.root for chord in chords_of(notes, 0, -1)] == [0, 0]


def test_the_leading_note_goes_home() -> None:
    """B could be Em or G; after G comes C."""
    assert chords_of(line(71, 74), 0, 2)[0].root == 7
    assert chords_of(line(64, 67), 0, 7)[0].root == 0


def test_silence_has_chords_too() -> None:
    assert chords_of([], 0, 7)[0].root == 0


@given(
    st.lists(
        st.builds(
            Note,
            st.integers(0, 4000),
            st.integers(1, 2000),
            st.just("lead"),
            st.integers(0, 127),
            st.just(80),
        ),
        max_size=20,
    ),
    st.integers(-1, 11),
)
def test_there_is_always_a_chord_and_it_is_the_same_in_every_octave(notes: list[Note], before: int) -> None:
    found = chords_of(notes, PULSES_PER_BAR, before)
    assert set(found) <= set(CHORDS)
    assert (
        chords_of([note._replace(pitch=note.pitch % 12) for note in notes], PULSES_PER_BAR, before) == found
    )
