"""Clefs, staves, keys and spelling."""

import pytest

from exporters.beats import Beat, Grid
from exporters.staves import sharps_of, spelled, staves
from exporters.tones import tones_of
from models.music import Part, Sound
from tests.exporters.pieces import BEAT, TICK, music


@pytest.mark.parametrize(
    ("pitch", "sharps", "name"),
    [
        (60, 0, "C4"),
        (61, 0, "C#4"),
        (63, 0, "E-4"),
        (66, 0, "F#4"),
        (70, 0, "B-4"),
        (61, -4, "D-4"),
        (68, 3, "G#4"),
        (59, -5, "C-4"),
        (71, -6, "C-5"),
        (60, 6, "B#3"),
        (65, 6, "E#4"),
        (12, 0, "C0"),
        (0, 0, "C0"),
        (1, 6, "C#0"),
    ],
)
def test_pitches_are_spelled_as_the_key_has_them(pitch: int, sharps: int, name: str) -> None:
    assert spelled(pitch, sharps) == (name[:-1], int(name[-1]))


PLAIN = Grid([Beat(number * BEAT, BEAT) for number in range(40)])


def _scale(tonic: int, steps: tuple[int, ...]) -> Part:
    degrees = [0, *range(7), 4, 2, 0, 0]
    return Part(
        "x", 1, 0, tuple(Sound(i * 4 * TICK, 4 * TICK, tonic + steps[d], 90) for i, d in enumerate(degrees))
    )


@pytest.mark.parametrize("sharps", range(-5, 7))
def test_the_key_signature_is_found_in_every_key(sharps: int) -> None:
    assert sharps_of([_scale(60 + sharps * 7 % 12, (0, 2, 4, 5, 7, 9, 11))]) == sharps
    assert sharps_of([_scale(57 + sharps * 7 % 12, (0, 2, 3, 5, 7, 8, 10))]) == sharps


def test_drums_do_not_tell_a_key() -> None:
    assert sharps_of(music().parts) == sharps_of(music().parts[:3])


@pytest.mark.parametrize(
    ("pitches", "clefs"),
    [
        ((60, 72, 76), ["TrebleClef"]),
        ((48, 50, 55), ["BassClef"]),
        ((28, 33, 36), ["Bass8vbClef"]),
        ((88, 90, 84), ["Treble8vaClef"]),
        ((40, 45, 72, 76), ["TrebleClef", "BassClef"]),
        ((), ["TrebleClef"]),
    ],
)
def test_a_part_gets_the_clef_of_its_register(pitches: tuple[int, ...], clefs: list[str]) -> None:
    notes = [Sound(i * TICK, TICK, pitch, 90) for i, pitch in enumerate(pitches * 3)]
    part = Part("x", 1, 0, tuple(notes))
    made = staves(part, tones_of(part), PLAIN)
    assert [staff.clef for staff in made] == clefs
    assert sum(len(line) for staff in made for line in staff.layers) == len(notes)


def test_the_four_voices_have_the_staves_of_a_band() -> None:
    clefs = [staff.clef for part in music().parts for staff in staves(part, tones_of(part), PLAIN)]
    assert clefs == ["TrebleClef", "BassClef", "Bass8vbClef", "PercussionClef"]
