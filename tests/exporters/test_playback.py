"""The playback data of a score, as verovio and music21 read it."""

import re
from collections import Counter
from xml.etree.ElementTree import Element, fromstring

import pytest

from exporters.percussion import sign_of
from exporters.score import musicxml
from exporters.tones import tones_of
from models.music import Music, Part, Sound
from tests.exporters.pieces import BAR, BEAT, TICK
from tests.exporters.readback import onsets, played, read

LATIN = (60, 62, 63, 64, 67, 68, 75, 76)
# Both drums of each pair are written at the same place on the staff.
PAIRS = ((50, 51), (37, 38), (45, 54), (39, 47), (42, 46), (49, 57), (35, 35))


def drums(*sounds: Sound) -> Part:
    return Part("drums", 10, 25, tuple(sorted(sounds)), is_drums=True)


def heard(part: Part) -> Counter[tuple[int, int, int]]:
    return Counter((note.pulse, note.pitch, note.velocity) for note in part.notes)


def _song(part: Part, bars: int = 4) -> Music:
    return Music("song", (part,), ((0, 120.0),), (), bars * BAR)


@pytest.mark.parametrize(
    "part",
    [
        drums(*(Sound(i * 2 * TICK, TICK, pitch, 100) for i, pitch in enumerate(LATIN))),
        drums(*(Sound(i * BEAT, TICK, pitch, 90) for i, pair in enumerate(PAIRS) for pitch in pair)),
        drums(*(Sound(0, TICK, pitch, 80) for pitch in range(27, 88))),
        drums(*(Sound(pitch * TICK, TICK, pitch, 1 + pitch % 127) for pitch in range(128))),
        drums(*(Sound(i * BEAT + late, TICK, 38, 90) for i in range(8) for late in (0, 30 + i % 3 * 30))),
        drums(
            *(Sound(i * BEAT + i * TICK // 2, TICK, 38, 90) for i in range(8))
        ),  # no single value reaches the next beat
    ],
    ids=["latin", "same place", "all at once", "every pitch", "flams", "beside the eighths"],
)
def test_every_hit_is_there_and_sounds_as_it_did(part: Part, capfd: pytest.CaptureFixture[str]) -> None:
    document = musicxml(_song(part, 8))
    assert played(document) == {"drums": heard(part)}
    assert onsets(read(document), "drums") == Counter(note.pulse for note in part.notes)
    assert capfd.readouterr() == ("", "")


def _instruments(root: Element) -> dict[str, tuple[int, int | None]]:
    """Program and drum of each instrument, from 0."""
    return {
        sound.attrib["id"]: (
            int(sound.findtext("midi-program", "")) - 1,
            int(drum) - 1 if (drum := sound.findtext("midi-unpitched")) else None,
        )
        for sound in root.iter("midi-instrument")
    }


def _programs_written(document: bytes) -> list[int]:
    """The program of each sounding note of a score with one part, in the order it is written."""
    root = fromstring(document)
    sounds = _instruments(root)
    only = next(iter(sounds))
    notes = (note for note in root.iter("note") if note.find("rest") is None)
    names = (note.find("instrument") for note in notes)
    return [sounds[only if name is None else name.attrib["id"]][0] for name in names]


CHANGING = Part(
    "keys",
    3,
    5,
    tuple(Sound(i * BEAT, BEAT, 60 + i, 90) for i in range(16)),
    (
        (0, b"\xb2\x07\x60"),
        (4 * BEAT, b"\xc2\x30"),
        (8 * BEAT - 1, b"\xc2\x05"),
        (12 * BEAT + 1, b"\xc2\x7f"),
    ),
)


def test_a_program_that_changes_within_a_part_is_that_of_each_note() -> None:
    assert [tone.program for tone in tones_of(CHANGING)] == [5] * 4 + [48] * 4 + [5] * 5 + [127] * 3
    document = musicxml(_song(CHANGING))
    assert _programs_written(document) == [5] * 4 + [48] * 4 + [5] * 5 + [127] * 3
    names = re.findall(rb"<instrument-name>(.*)</instrument-name>", document)
    assert names == [b"keys", b"keys, program 49", b"keys, program 128"]


def test_a_part_with_one_program_has_one_instrument_and_its_notes_name_none() -> None:
    document = musicxml(_song(CHANGING._replace(controls=())))
    assert _instruments(fromstring(document)) == {"P1-I1": (5, None)}
    assert b"<instrument id" not in document


def test_a_drum_of_two_kits_is_two_instruments() -> None:
    part = drums(Sound(0, TICK, 38, 90), Sound(BAR, TICK, 38, 90))._replace(controls=((BAR, b"\xc9\x08"),))
    assert _instruments(fromstring(musicxml(_song(part)))) == {"P1-I38": (25, 38), "P1-I38-8": (8, 38)}


def test_velocities_are_kept(capfd: pytest.CaptureFixture[str]) -> None:
    part = Part("lead", 1, 0, tuple(Sound(i * TICK, TICK, 60 + i % 3, 1 + i) for i in range(127)))
    assert played(musicxml(_song(part, 8))) == {"lead": heard(part)}
    chord = Part("lead", 1, 0, (Sound(0, BEAT, 60, 20), Sound(0, BEAT, 64, 120)))
    assert played(musicxml(_song(chord))) == {"lead": heard(chord)}
    assert capfd.readouterr() == ("", "")


def test_no_mark_is_left_in_the_score() -> None:
    assert b"tone." not in musicxml(_song(CHANGING))


def test_drums_of_general_midi_have_names_of_their_own() -> None:
    names = [sign_of(pitch).name for pitch in range(128)]
    assert len(set(names)) == 128
    assert (names[35], names[75], names[100]) == ("Bass Drum 2", "Claves", "Percussion 100")
