"""Notes as they are written."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.grid import Chord, Tone, chords, drum_layers, layers, pieces, straightened, swing_of
from exporters.playback import tones_of
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
    st.builds(Tone, st.integers(0, 4000), st.integers(1, 3000), st.integers(30, 90), st.just(90)),
    min_size=1,
    max_size=40,
)


@given(_NOTES)
def test_layers_hold_every_onset_and_never_overlap(notes: list[Tone]) -> None:
    made = layers(chords(notes))
    assert 1 <= len(made) <= 2
    for line in made:
        assert all(one.end <= after.start for one, after in pairwise(line))
        assert all(chord.length > 0 for chord in line)
    begun = Counter((chord.start // 3, tone) for line in made for chord in line for tone in chord.tones)
    assert begun == Counter((step_of(note.pulse, ()) // 3, note) for note in notes)


def written(line: list[Chord]) -> list[tuple[int, int, tuple[int, ...]]]:
    return [(chord.start, chord.length, chord.pitches) for chord in line]


def test_articulation_is_not_written_as_rests() -> None:
    gated = [Tone(0, round(0.9 * 16 * TICK), 60, 90), Tone(16 * TICK, round(0.9 * TICK), 62, 90)]
    assert written(chords(gated)) == [(0, 48, (60,)), (48, 3, (62,))]
    assert written(chords([Tone(0, BEAT // 2, 60, 90)])) == [(0, 6, (60,))]


def test_a_key_struck_twice_at_a_place_is_two_notes() -> None:
    twice = [Tone(0, BEAT, 60, 90), Tone(0, BEAT, 60, 40), Tone(10, BEAT // 2, 60, 50)]
    (short, long) = chords(twice)
    assert written([short, long]) == [(0, 6, (60,)), (0, 12, (60, 60))]
    assert [tone.velocity for tone in long.tones] == [90, 40]


def test_drums_are_hands_and_feet_that_last_to_the_next_hit_or_beat() -> None:
    hands, feet = drum_layers([note for note in tones_of(music().parts[3]) if note.pulse < BAR])
    assert written(hands) == [(start, 6, (46,)) for start in (6, 18, 30, 42)]
    assert written(feet) == [(start, 12, (36,)) for start in (0, 12, 24, 36)]


def test_drums_that_are_hit_at_once_are_all_written() -> None:
    hits = [Tone(0, TICK, pitch, 90) for pitch in (35, 36, 36, 38, 40, 42, 42, 46)]
    hands, feet = drum_layers(hits)
    assert written(hands) == [(0, 12, (38, 40, 42, 42, 46))]
    assert written(feet) == [(0, 12, (35, 36, 36))]


def _swung(delay: int) -> Part:
    return Part("x", 1, 0, tuple(Sound(i * TICK + i % 2 * delay, TICK // 2, 60, 90) for i in range(32)))


@pytest.mark.parametrize("delay", [0, 30, 60, 90])
def test_swing_is_found_and_taken_out(delay: int) -> None:
    swung = _swung(delay)
    assert swing_of([swung]) == delay
    straight = [straightened(note, delay).pulse for note in tones_of(swung)]
    assert straight == [i * TICK for i in range(32)]


def test_triplets_are_no_swing() -> None:
    triplets = Part("x", 1, 0, tuple(Sound(i * 160, 100, 60, 90) for i in range(48)))
    assert swing_of([triplets]) == 0
