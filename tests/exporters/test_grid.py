"""Notes on the grid of a score."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.beats import Beat, Grid
from exporters.grid import Chord, chords, drum_layers, layers, straightened, swing_of
from exporters.tones import Tone, tones_of
from models.music import Part, Sound
from tests.exporters.pieces import BAR, BEAT, TICK, music

# Ten bars of four quarters.
PLAIN = Grid([Beat(number * BEAT, BEAT) for number in range(40)])


_NOTES = st.lists(
    st.builds(Tone, st.integers(0, 4000), st.integers(1, 3000), st.integers(30, 90), st.just(90)),
    min_size=1,
    max_size=40,
)


@given(_NOTES)
def test_layers_hold_every_onset_and_never_overlap(notes: list[Tone]) -> None:
    made = layers(chords(notes, PLAIN))
    assert 1 <= len(made) <= 2
    for line in made:
        assert all(one.end <= after.start for one, after in pairwise(line))
        assert all(chord.length > 0 for chord in line)
    begun = Counter((chord.start, tone) for line in made for chord in line for tone in chord.tones)
    assert begun == Counter((PLAIN.place(note.pulse), note) for note in notes)


def written(line: list[Chord]) -> list[tuple[int, int, tuple[int, ...]]]:
    return [(chord.start, chord.length, chord.pitches) for chord in line]


def test_articulation_is_not_written_as_rests() -> None:
    gated = [Tone(0, round(0.9 * 16 * TICK), 60, 90), Tone(16 * TICK, round(0.9 * TICK), 62, 90)]
    assert written(chords(gated, PLAIN)) == [(0, BAR, (60,)), (BAR, TICK, (62,))]
    assert written(chords([Tone(0, BEAT // 2, 60, 90)], PLAIN)) == [(0, BEAT // 2, (60,))]


def test_a_key_struck_twice_at_a_place_is_two_notes() -> None:
    twice = [Tone(0, BEAT, 60, 90), Tone(0, BEAT, 60, 40), Tone(10, BEAT // 2, 60, 50)]
    short, long = chords(twice, PLAIN)
    assert written([short, long]) == [(0, BEAT // 2, (60,)), (0, BEAT, (60, 60))]
    assert [tone.velocity for tone in long.tones] == [90, 40]


def test_drums_are_hands_and_feet_that_last_to_the_next_hit_or_beat() -> None:
    hands, feet = drum_layers([note for note in tones_of(music().parts[3]) if note.pulse < BAR], PLAIN)
    assert written(hands) == [(beat * BEAT + BEAT // 2, BEAT // 2, (46,)) for beat in range(4)]
    assert written(feet) == [(beat * BEAT, BEAT, (36,)) for beat in range(4)]


def test_drums_that_are_hit_at_once_are_all_written() -> None:
    hits = [Tone(0, TICK, pitch, 90) for pitch in (35, 36, 36, 38, 40, 42, 42, 46)]
    hands, feet = drum_layers(hits, PLAIN)
    assert written(hands) == [(0, BEAT, (38, 40, 42, 42, 46))]
    assert written(feet) == [(0, BEAT, (35, 36, 36))]


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
