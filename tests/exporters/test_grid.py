"""Notes as they are written."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.grid import Chord, chords, drum_layers, layers, pieces, straightened, swing_of
from exporters.triplets import step_of
from models.music import Part, Sound
from tests.exporters.pieces import BAR, BEAT, TICK, music


@pytest.mark.parametrize(
    ("start", "length", "written"),
    [
        (0, 16, [16]),
        (0, 7, [6, 1]),
        (3, 4, [1, 3]),
        (2, 4, [4]),
        (6, 4, [2, 2]),
        (4, 12, [12]),
        (14, 2, [2]),
        (1, 15, [3, 12]),
    ],
)
def test_the_beat_is_seen(start: int, length: int, written: list[int]) -> None:
    assert pieces(3 * start, 3 * length) == [3 * value for value in written]


@given(st.integers(0, 15), st.integers(1, 40), st.booleans())
def test_pieces_add_up_and_none_hides_the_middle_of_the_bar(start: int, length: int, compound: bool) -> None:
    made = [value // 3 for value in pieces(3 * start, 3 * length, compound=compound)]
    assert sum(made) == length
    for number, value in enumerate(made):
        at = (start + sum(made[:number])) % 16
        assert compound or value in (16, 12) or at % 8 + value <= 8 or at == 4


_NOTES = st.lists(
    st.builds(Sound, st.integers(0, 4000), st.integers(1, 3000), st.integers(30, 90), st.just(90)),
    min_size=1,
    max_size=40,
)


@given(_NOTES)
def test_layers_hold_every_onset_and_never_overlap(notes: list[Sound]) -> None:
    made = layers(chords(notes))
    assert 1 <= len(made) <= 2
    for line in made:
        assert all(one.end <= after.start for one, after in pairwise(line))
        assert all(chord.length > 0 for chord in line)
    begun = {(chord.start // 3, pitch) for line in made for chord in line for pitch in chord.pitches}
    assert begun == {(step_of(note.pulse, ()) // 3, note.pitch) for note in notes}


def test_articulation_is_not_written_as_rests() -> None:
    gated = [Sound(0, round(0.9 * 16 * TICK), 60, 90), Sound(16 * TICK, round(0.9 * TICK), 62, 90)]
    assert chords(gated) == [Chord(0, 48, (60,)), Chord(48, 3, (62,))]
    assert chords([Sound(0, BEAT // 2, 60, 90)]) == [Chord(0, 6, (60,))]


def test_drums_are_hands_and_feet_that_last_to_the_next_hit_or_beat() -> None:
    drums = music().parts[3].notes
    hands, feet = drum_layers([note for note in drums if note.pulse < BAR])
    assert hands == [Chord(start, 6, (46,)) for start in (6, 18, 30, 42)]
    assert feet == [Chord(start, 12, (36,)) for start in (0, 12, 24, 36)]


def _swung(delay: int) -> Part:
    return Part("x", 1, 0, tuple(Sound(i * TICK + i % 2 * delay, TICK // 2, 60, 90) for i in range(32)))


@pytest.mark.parametrize("delay", [0, 30, 60, 90])
def test_swing_is_found_and_taken_out(delay: int) -> None:
    swung = _swung(delay)
    assert swing_of([swung]) == delay
    straight = [straightened(note, delay).pulse for note in swung.notes]
    assert straight == [i * TICK for i in range(32)]


def test_triplets_are_no_swing() -> None:
    triplets = Part("x", 1, 0, tuple(Sound(i * 160, 100, 60, 90) for i in range(48)))
    assert swing_of([triplets]) == 0
