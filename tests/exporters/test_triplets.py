"""Beats in three: found where they are, written so that they add up, read back by others."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import music21
import pytest
import verovio
from hypothesis import given
from hypothesis import strategies as st

from exporters.grid import Tone, chords, layers, pieces
from exporters.score import musicxml
from exporters.triplets import step_of, triplet_beats
from models.music import Metre, Music, Part, Sound
from tests.exporters.pieces import BAR, BEAT, TICK

BEATS = range(8)
THIRD = BEAT // 3


def _sounds(*pulses: int) -> list[Sound]:
    return [Sound(pulse, 60, 72 + number % 3, 90) for number, pulse in enumerate(pulses)]


@pytest.mark.parametrize(
    ("pulses", "beats"),
    [
        ((0, THIRD, 2 * THIRD), {0}),
        ((0, 2 * THIRD, BEAT, BEAT + TICK, 2 * BEAT + THIRD), {0, 2}),
        ((3 * BEAT + 80, 3 * BEAT + 240), {3}),
        ((BEAT - 10, BEAT + THIRD + 10, BEAT + 2 * THIRD - 10), {1}),
        ((0, TICK, 2 * TICK, 3 * TICK), set()),
        ((0, TICK, THIRD, 2 * THIRD), set()),  # a sixteenth among them: what is in four stays in four
        ((0, TICK + 24, 2 * TICK + 24, 3 * TICK + 24), set()),  # late as a drummer is
        (
            (0, THIRD, 2 * THIRD, BEAT + 30, 2 * BEAT + 45, 3 * BEAT + 60, 4 * BEAT + 50),
            set(),
        ),  # freely played
        ((9 * BEAT, 9 * BEAT + THIRD), set()),  # no beat that may be
    ],
)
def test_a_beat_is_in_three_where_its_onsets_are(pulses: tuple[int, ...], beats: set[int]) -> None:
    assert triplet_beats(_sounds(*pulses), BEATS) == beats


@given(st.integers(0, 47), st.integers(1, 60), st.sets(st.integers(0, 8)))
def test_what_lies_on_the_grid_is_written_exactly(start: int, length: int, triplets: set[int]) -> None:
    start, end = (
        round(step / unit) * unit for step in (start, start + length) for unit in (_unit(step, triplets),)
    )
    at = start
    for value in pieces(start, end - start, triplets=triplets):
        beat = at // 12
        is_third = beat in triplets and (at % 12 or value < 12)
        assert value in ((8, 4, 2) if is_third else (48, 36, 24, 18, 12, 9, 6, 3))
        assert not is_third or at % 12 + value <= 12
        at += value
    assert at == end


def _unit(step: int, triplets: set[int]) -> int:
    return 2 if step // 12 in triplets else 3


_NOTES = st.lists(
    st.builds(Tone, st.integers(0, 4000), st.integers(1, 3000), st.integers(30, 90), st.just(90)),
    min_size=1,
    max_size=40,
)


@given(_NOTES, st.sets(st.integers(0, 16)))
def test_whatever_is_played_lies_on_the_grid_and_never_overlaps(
    notes: list[Tone], triplets: set[int]
) -> None:
    made = layers(chords(notes, triplets))
    for line in made:
        assert all(one.end <= after.start for one, after in pairwise(line))
        for chord in line:
            assert chord.length > 0
            assert all(step % _unit(step, triplets) == 0 for step in (chord.start, chord.end))
    begun = {(chord.start, pitch) for line in made for chord in line for pitch in chord.pitches}
    assert begun == {(step_of(note.pulse, triplets), note.pitch) for note in notes}


LEAD = (
    *(Sound(number * THIRD, THIRD, 72 + number % 5, 90) for number in range(12)),
    *(Sound(BAR + number * TICK, TICK, 72 + number % 7, 90) for number in range(12)),
    *(Sound(BAR + 3 * BEAT + number * 80, 80, 70 + number % 5, 90) for number in range(6)),
    Sound(2 * BAR, THIRD, 70, 90),
    Sound(2 * BAR + THIRD, 5 * THIRD, 71, 90),
)
DRUMS = tuple(
    Sound(beat * BEAT + after, 60, pitch, 90) for beat in range(12) for pitch, after in ((36, 0), (42, 320))
)
SONG = Music(
    "thirds",
    (Part("lead", 1, 0, LEAD), Part("drums", 10, 0, tuple(sorted(DRUMS)), is_drums=True)),
    ((0, 120.0),),
    (),
    3 * BAR,
)


def _onsets(part: Any) -> list[int]:
    notes = [each for each in part.recurse().notes if each.tie is None or each.tie.type == "start"]
    return sorted(round(float(each.getOffsetInHierarchy(part)) * BEAT) for each in notes)


def test_triplets_are_read_back_where_they_were_played(capfd: pytest.CaptureFixture[str]) -> None:
    document = musicxml(SONG)
    verovio.enableLog(verovio.LOG_WARNING)
    assert verovio.toolkit().loadData(document.decode())
    read: Any = music21.converter.parseData(document.decode(), format="musicxml", forceSource=True)
    for part, source in zip(read.parts, SONG.parts, strict=True):
        assert _onsets(part) == [note.pulse for note in source.notes]
        for measure in part.getElementsByClass("Measure"):
            for line in measure.voices or [measure]:
                assert (
                    sum(Fraction(each.quarterLength).limit_denominator(12) for each in line.notesAndRests)
                    == 4
                )
    in_three = 6 + 12  # beats of the lead, and of the drums
    assert document.count(b'<tuplet type="start"') == document.count(b'<tuplet type="stop"') == in_three
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("metre", [Metre(0, 6, 8), Metre(0, 1, 8)])
def test_where_quarters_are_no_beats_nothing_is_divided_in_three(metre: Metre) -> None:
    document = musicxml(Music("", SONG.parts, (), (), 3 * BAR, (metre,)))
    assert b"<time-modification>" not in document
