"""Finer divisions and triplets are detected, add up to full bars, and are read back by other programs."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any

import music21
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.beats import Beat, Grid, grid_of
from exporters.grid import chords, layers
from exporters.score import musicxml
from exporters.tones import Tone
from models.music import Metre, Music, Part, Sound
from tests import needs
from tests.exporters.pieces import BAR, BEAT, TICK

BEATS = [Beat(number * BEAT, BEAT) for number in range(8)]
THIRD = BEAT // 3
SIXTH = BEAT // 6

verovio = needs.library("verovio")


def _tones(*pulses: int) -> list[Tone]:
    return [Tone(pulse, 60, 72 + number % 3, 90) for number, pulse in enumerate(pulses)]


def _units(*pulses: int) -> dict[int, int]:
    return dict(grid_of(_tones(*pulses), BEATS).units)


@pytest.mark.parametrize(
    ("pulses", "beats"),
    [
        ((0, THIRD, 2 * THIRD), {0}),
        ((0, 2 * THIRD, BEAT, BEAT + TICK, 2 * BEAT + THIRD), {0, 2}),
        ((3 * BEAT + 80, 3 * BEAT + 240), {3}),
        ((BEAT - 10, BEAT + THIRD + 10, BEAT + 2 * THIRD - 10), {1}),
        ((0, TICK, 2 * TICK, 3 * TICK), set()),
        ((0, TICK, THIRD, 2 * THIRD), set()),  # a sixteenth among thirds: the beat stays in sixteenths
        ((0, TICK + 24, 2 * TICK + 24, 3 * TICK + 24), set()),  # late as a drummer is
        (
            (0, THIRD, 2 * THIRD, BEAT + 30, 2 * BEAT + 45, 3 * BEAT + 60, 4 * BEAT + 50),
            set(),
        ),  # played freely
    ],
)
def test_a_beat_is_in_three_where_its_onsets_are(pulses: tuple[int, ...], beats: set[int]) -> None:
    assert _units(*pulses) == dict.fromkeys(beats, SIXTH)


def test_a_beat_that_is_no_quarter_is_not_in_three() -> None:
    for beat in (Beat(0, BEAT, is_even=False), Beat(0, BEAT // 2, is_even=False)):
        assert not grid_of(_tones(0, 80, 160), [beat]).is_in_three(0)


@pytest.mark.parametrize(
    ("pulses", "units"),
    [
        ((0, 60, 120, 180, 240), {0: 60}),
        ((0, 30, 60, 90), {0: 30}),
        ((0, 40, 80, 120), {0: 40}),  # thirty-seconds in three
        ((0, 60, BEAT, BEAT + THIRD), {0: 60, 1: SIXTH}),
        ((0, 63, 120, 178), {0: 60}),
        ((0, 90, 180), {0: 30}),
        ((0, 53, BEAT, BEAT + 67, 2 * BEAT + 185), {}),  # played freely
    ],
)
def test_values_shorter_than_a_sixteenth_are_written_where_they_are_meant(
    pulses: tuple[int, ...], units: dict[int, int]
) -> None:
    assert _units(*pulses) == units


@pytest.mark.parametrize(
    ("pulses", "unit"),
    [
        ((0, 55), 60),
        ((0, 31), 60),
        ((0, 30), 30),
        ((0, 25), None),
        ((430, BEAT), 60),
        ((0, 0), None),
        ((90, 121), 30),
    ],
)
def test_a_key_struck_twice_within_a_sixteenth_gets_two_places(
    pulses: tuple[int, ...], unit: int | None
) -> None:
    tones = [Tone(pulse, 20, 60, 90) for pulse in pulses]
    grid = grid_of([*tones, *_tones(3 * BEAT + 50, 4 * BEAT + 70, 5 * BEAT + 53)], BEATS)
    assert set(grid.units.values()) == ({unit} if unit else set())
    assert len({grid.place(pulse) for pulse in pulses}) == (2 if unit else 1)


def test_a_short_beat_ends_with_its_bar() -> None:
    grid = Grid([Beat(0, 300, 60, is_even=False), Beat(300, BEAT)])
    assert [grid.place(pulse) for pulse in (0, 70, 239, 260, 271, 299, 300, 301, 419)] == [
        *(0, 60, 240, 240, 300, 300, 300, 300, 420)
    ]
    rough = Grid([Beat(0, 300), Beat(300, BEAT)])
    assert [rough.place(pulse) for pulse in (240, 265, 280, 10_000)] == [240, 240, 300, 780]
    assert [rough.shortest(place) for place in (0, 240, 300)] == [120, 60, 120]


_NOTES = st.lists(
    st.builds(Tone, st.integers(0, 4000), st.integers(1, 3000), st.integers(30, 90), st.just(90)),
    min_size=1,
    max_size=40,
)
_UNITS = st.dictionaries(st.integers(0, 16), st.sampled_from([80, 40, 60, 30]))


@given(_NOTES, _UNITS)
def test_whatever_is_played_lies_on_the_grid_and_never_overlaps(
    notes: list[Tone], units: dict[int, int]
) -> None:
    grid = Grid([Beat(number * BEAT, BEAT) for number in range(17)], units)
    made = layers(chords(notes, grid))
    for line in made:
        assert all(one.end <= after.start for one, after in pairwise(line))
        for chord in line:
            assert chord.length > 0
            assert all(place % units.get(place // BEAT, TICK) == 0 for place in (chord.start, chord.end))
    begun = Counter((chord.start, tone) for line in made for chord in line for tone in chord.tones)
    assert begun == Counter((grid.place(note.pulse), note) for note in notes)


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
