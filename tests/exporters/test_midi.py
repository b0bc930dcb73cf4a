"""A take as a MIDI file, read back."""

import random
from pathlib import Path

import mido
import pytest

from exporters.midi import key_name, key_named, midi_bytes, write_midi
from exporters.writing import WriteError, check_writable
from models.notes import VOICES, Note
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
    with pytest.raises(WriteError, match="no plain file"):
        check_writable(Path("/dev/null"))
    (tmp_path / "x.mid").mkdir()
    with pytest.raises(WriteError, match=r"cannot write .*x\.mid"):
        write_midi(TAKE, tmp_path / "x.mid")
    assert [each.name for each in tmp_path.iterdir()] == ["x.mid"]
