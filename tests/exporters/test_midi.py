"""A take as a MIDI file, read back."""

import io
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.midi import file_bytes, key_name, key_named, midi_bytes, write_midi
from exporters.writing import WriteError, check_writable
from models.music import Metre, Music, Part, Sound
from models.notes import VOICES, Note
from models.reading.midi import midi_music
from models.take import Key, Take

TAKE = Take(
    notes=(
        Note(0, 240, "lead", 60, 100),
        Note(120, 120, "chords", 48, 70),
        Note(240, 240, "lead", 60, 90),
        Note(480, 60, "drums", 36, 127),
    ),
    tempos=((0, 128.0), (960, 20.0)),
    sections=((0, "intro"), (960, "ü drop")),
    channels={"lead": 5, "chords": 2, "drums": 10},
    keys=((0, Key(-3, is_minor=True)), (1920, Key(6))),
)


def read(path: Path) -> dict[str, list[tuple[int, mido.Message]]]:
    """The messages of each track at their pulse, by the track's name."""
    tracks = {}
    for track in mido.MidiFile(path, charset="utf-8").tracks:
        pulse, timed = 0, []
        for message in track:
            pulse += message.time
            timed.append((pulse, message))
        tracks[track.name] = timed
    return tracks


def test_every_voice_is_a_track_on_its_channel(tmp_path: Path) -> None:
    write_midi(TAKE, tmp_path / "take.mid")
    tracks = read(tmp_path / "take.mid")
    assert list(tracks) == ["edmd", "lead", "chords", "drums"]
    lead = [
        (pulse, m.type, m.note, m.velocity, m.channel) for pulse, m in tracks["lead"] if "note_" in m.type
    ]
    assert lead == [
        (0, "note_on", 60, 100, 4),
        (240, "note_off", 60, 0, 4),
        (240, "note_on", 60, 90, 4),
        (480, "note_off", 60, 0, 4),
    ]
    assert [m.program for _, m in tracks["lead"] if m.type == "program_change"] == [81]
    assert [m.channel for _, m in tracks["drums"] if m.type == "note_on"] == [9]
    file = mido.MidiFile(tmp_path / "take.mid")
    assert (file.type, file.ticks_per_beat) == (1, 480)


def test_tempos_and_sections_lie_at_their_pulses(tmp_path: Path) -> None:
    write_midi(TAKE, tmp_path / "take.mid")
    conductor = read(tmp_path / "take.mid")["edmd"]
    assert [(p, m.tempo) for p, m in conductor if m.type == "set_tempo"] == [(0, 468750), (960, 3_000_000)]
    assert [(p, m.text) for p, m in conductor if m.type == "marker"] == [(0, "intro"), (960, "ü drop")]


def test_key_signatures_lie_where_the_key_changes(tmp_path: Path) -> None:
    write_midi(TAKE, tmp_path / "take.mid")
    conductor = read(tmp_path / "take.mid")["edmd"]
    assert [(p, m.key) for p, m in conductor if m.type == "key_signature"] == [(0, "Cm"), (1920, "F#")]


@pytest.mark.parametrize("is_minor", [False, True])
def test_every_key_signature_has_a_name_that_is_read_back(is_minor: bool) -> None:
    keys = [Key(sharps, is_minor) for sharps in range(-7, 8)]
    assert [key_named(mido.MetaMessage("key_signature", key=key_name(key)).key) for key in keys] == keys


def test_the_same_take_is_the_same_bytes() -> None:
    assert midi_bytes(TAKE) == midi_bytes(TAKE)
    assert midi_bytes(TAKE) != midi_bytes(Take(TAKE.notes[:-1], TAKE.tempos, TAKE.sections, TAKE.channels))


def test_the_bytes_are_those_that_mido_writes(tmp_path: Path) -> None:
    rng = random.Random(1)
    notes = tuple(
        sorted(
            Note(
                rng.randrange(90_000), rng.choice((1, 60, 3000, 70_000)), rng.choice(VOICES), pitch, 1 + pitch
            )
            for pitch in (rng.randrange(127) for _ in range(2000))
        )
    )
    path = tmp_path / "take.mid"
    write_midi(Take(notes, TAKE.tempos, TAKE.sections, TAKE.channels), path)
    mido.MidiFile(path, charset="utf-8").save(tmp_path / "again.mid")
    assert (tmp_path / "again.mid").read_bytes() == path.read_bytes()
    heard = [
        Note(pulse, 0, name, m.note, m.velocity)  # type: ignore[arg-type]
        for name, timed in read(path).items()
        for pulse, m in timed
        if m.type == "note_on"
    ]
    assert sorted(heard) == sorted(note._replace(length=0) for note in notes)


def test_what_cannot_be_written_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "no" / "x.mid", "no folder"), (tmp_path, "it is a folder")):
        with pytest.raises(WriteError, match=said):
            check_writable(path)
    with pytest.raises(WriteError, match="not a regular file"):
        check_writable(Path("/dev/null"))
    (tmp_path / "x.mid").mkdir()
    with pytest.raises(WriteError, match=r"cannot write .*x\.mid"):
        write_midi(TAKE, tmp_path / "x.mid")
    assert [each.name for each in tmp_path.iterdir()] == ["x.mid"]


FULL = Music(
    "大 song",
    (),
    ((0, 120.0), (700, 31.25), (701, 300.0)),
    ((0, "ü"), (0, "b"), (5000, "大")),
    12_345,
    (Metre(0, 4, 4), Metre(480, 4, 4), Metre(2777, 5, 32), Metre(3677, 255, 16)),
    ((0, Key(-7)), (1920, Key(7, is_minor=True))),
)


def reread(music: Music) -> Music:
    return midi_music(file_bytes(music), "")


def test_all_that_music_holds_is_in_the_file() -> None:
    controls = (
        (0, b"\xb3\x07\x60"),
        (0, b"\xe3\x00\x40"),
        (240, b"\xc3\x08"),
        (240, b"\xd3\x11"),
        (960, b"\xa3\x3c\x01"),
    )
    keys = Part(
        "é keys", 4, 5, (Sound(0, 240, 60, 1), Sound(0, 9999, 0, 127), Sound(100, 240, 60, 2)), controls
    )
    drums = Part("kit", 10, 25, tuple(Sound(0, 1, pitch, 90) for pitch in range(128)), is_drums=True)
    music = replace(FULL, parts=(keys, drums))
    assert reread(music) == music


def test_bars_that_are_cut_short_are_cut_in_the_file() -> None:
    signs = [
        (pulse, message.numerator, message.denominator)
        for pulse, message in _timed(file_bytes(FULL))
        if message.type == "time_signature"
    ]
    assert signs == list(FULL.metres)


def _timed(data: bytes) -> list[tuple[int, mido.Message]]:
    pulse, timed = 0, []
    for message in mido.MidiFile(file=io.BytesIO(data)).tracks[0]:
        pulse += message.time
        timed.append((pulse, message))
    return timed


_SOUNDS = st.lists(
    st.builds(Sound, st.integers(0, 3000), st.integers(1, 900), st.integers(60, 64), st.integers(1, 127)),
    min_size=1,
    max_size=40,
)


@given(_SOUNDS)
def test_overlapping_notes_of_one_key_all_come_back(sounds: list[Sound]) -> None:
    # Of overlapping notes of one pitch the oldest ends first, because a file cannot distinguish them.
    music = reread(Music("", (Part("p", 1, 0, tuple(sorted(sounds))),), (), (), 4000))
    (part,) = music.parts
    assert Counter((each.pulse, each.pitch, each.velocity) for each in part.notes) == Counter(
        (each.pulse, each.pitch, each.velocity) for each in sounds
    )
    assert Counter((each.pulse + each.length, each.pitch) for each in part.notes) == Counter(
        (each.pulse + each.length, each.pitch) for each in sounds
    )
    assert reread(music) == music


@pytest.mark.parametrize(
    ("metre", "written"),
    [
        (Metre(0, 300, 4), (150, 2)),
        (Metre(0, 4, 6), (43, 64)),
        (Metre(0, 3, 256), (1, 64)),
        (Metre(0, 257, 2), (255, 2)),
    ],
)
def test_a_metre_that_no_file_has_is_the_nearest_that_it_has(metre: Metre, written: tuple[int, int]) -> None:
    timed = _timed(file_bytes(Music("", (), (), (), 9, (metre,))))
    assert [(m.numerator, m.denominator) for _, m in timed if m.type == "time_signature"] == [written]


def test_what_would_break_the_file_is_written_as_near_as_it_can_be() -> None:
    part = Part("a\ud800b", 1, 0, (Sound(0, 0, 60, 90),))
    music = Music("\udfff", (part,), ((0, 0.5), (9000, 1e9)), ((9000, "\ud800"),), 10)
    again = reread(music)
    assert [each.name for each in again.parts] == ["a?b"]
    assert again.parts[0].notes == (Sound(0, 1, 60, 90),)
    assert (again.title, again.markers, again.end_pulse) == ("?", ((9000, "?"),), 9000)
    assert again.tempos == ((0, 60e6 / 0xFFFFFF), (9000, 60e6))
