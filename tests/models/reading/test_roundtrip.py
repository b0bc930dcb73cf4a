"""Reading a score that edmd wrote gives the same music."""

from exporters.score import compressed, musicxml
from models.music import Metre, Music, Part, Sound
from models.take import Key
from tests.models.reading.scoretexts import music

LEAD = tuple(Sound(480 * step, 240, 60 + step, 70 + step) for step in range(11))
CHORDS = tuple(Sound(pulse, 960, pitch, 80) for pulse in (0, 960, 3840) for pitch in (48, 55, 64))
KIT = tuple(
    Sound(240 * step, 240, pitch, 90)
    for step in range(22)
    for pitch in ((36, 42, 49) if step % 4 == 0 else (42,))
)
WRITTEN = Music(
    "A round trip",
    (
        Part("Lead", 1, 81, LEAD, ((2880, b"\xc0\x05"),)),
        Part("Chords", 2, 48, CHORDS),
        Part("Drums", 10, 0, KIT, is_drums=True),
    ),
    ((0, 120.0), (1920, 90.0)),
    ((1920, "Drop"),),
    5760,
    (Metre(0, 4, 4), Metre(1920, 3, 4), Metre(3360, 3, 4), Metre(3840, 4, 4)),
    ((0, Key(-1)),),
)


def test_what_is_written_is_read() -> None:
    read = music(compressed(musicxml(WRITTEN)), ".mxl")
    assert (read.title, read.tempos, read.markers, read.keys) == (
        "A round trip",
        WRITTEN.tempos,
        WRITTEN.markers,
        WRITTEN.keys,
    )
    assert read.bar_lines() == WRITTEN.bar_lines() == [0, 1920, 3360, 3840, 5760]
    assert [part[:3] for part in read.parts] == [part[:3] for part in WRITTEN.parts]
    assert [part.is_drums for part in read.parts] == [False, False, True]
    assert read.parts[0].controls == WRITTEN.parts[0].controls
    for part, written in zip(read.parts, WRITTEN.parts, strict=True):
        assert sorted((note.pulse, note.pitch, note.velocity) for note in part.notes) == sorted(
            (note.pulse, note.pitch, note.velocity) for note in written.notes
        )
    assert sorted(read.parts[0].notes) == list(LEAD)
    assert sorted(read.parts[1].notes) == sorted(CHORDS)
