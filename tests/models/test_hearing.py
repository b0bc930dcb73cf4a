"""Any music as tokens."""

from pathlib import Path

import mido
import numpy as np
import pytest

from exporters.midi import write_midi
from models.codecs import melody, percussion
from models.hearing import Part, PartNote, common_key_shift, dealt, hear
from models.midifile import MidiFileError, read_music
from models.notes import TICKS_PER_BAR, Note
from models.take import Take


def line(name: str, *pitches: int, step: int = 4, is_drum: bool = False) -> Part:
    return Part(name, is_drum, tuple(PartNote(step * n, step, p, 90) for n, p in enumerate(pitches)))


def chord(tick: int, *pitches: int) -> tuple[PartNote, ...]:
    return tuple(PartNote(tick, 8, pitch, 80) for pitch in pitches)


A_MAJOR = (69, 71, 73, 74, 76, 78, 80, 81, 69, 69, 76, 69)


def test_music_is_moved_to_the_common_key() -> None:
    assert common_key_shift(line("", *A_MAJOR).notes) == 3
    assert common_key_shift(line("", *[pitch + 3 for pitch in A_MAJOR]).notes) == 0
    assert common_key_shift([]) == 0


def test_parts_are_dealt_by_name_register_and_polyphony() -> None:
    parts = (
        line("sub", 33, 33, 40),
        line("saw", 76, 79, 72),
        Part("pad", False, (*chord(0, 60, 64, 67), *chord(8, 57, 60, 64))),
        line("kit", 36, 38, is_drum=True),
    )
    voices = dealt(parts)
    assert {voice: len(notes) for voice, notes in voices.items()} == {
        "lead": 3,
        "chords": 6,
        "bass": 3,
        "drums": 2,
    }


def test_under_chords_alone_the_lowest_notes_are_the_bass() -> None:
    voices = dealt([Part("piano", False, (*chord(0, 48, 64, 67), *chord(8, 45, 60, 64)))])
    assert [note.pitch for note in voices["bass"]] == [48, 45]
    assert len(voices["chords"]) == 4


def test_tokens_hold_what_was_played() -> None:
    heard = hear([line("lead", 72, 76, 79, 84), line("drums", 36, 42, 36, 42, is_drum=True)])
    assert heard.melody.shape == (TICKS_PER_BAR, 10)
    sounds = [melody.decode(row) for row in heard.melody[::4]]
    assert [(s.voice, (s.pitch + 120 - 72) % 12) for row in sounds for s in row] == [
        ("lead", (pitch - 72) % 12) for pitch in (72, 76, 79, 84)
    ]
    assert [percussion.decode(row)[0].drum for row in heard.percussion[::4]] == [0, 3, 0, 3]


def test_music_that_begins_late_begins_at_its_own_bar() -> None:
    late = Part("lead", False, tuple(PartNote(5 * TICKS_PER_BAR + n, 1, 72, 90) for n in (2, 3)))
    assert np.flatnonzero(melody.onsets(hear([late]).melody)[:, 2]).tolist() == [2, 3]


def test_no_notes_are_no_music() -> None:
    with pytest.raises(ValueError, match="no notes"):
        hear([])


def test_a_hand_of_bars_far_away_is_refused() -> None:
    far = Part("lead", False, (PartNote(0, 1, 72, 90), PartNote(16 * 5000, 1, 72, 90)))
    with pytest.raises(ValueError, match="more than 4096 bars"):
        hear([far])


def test_a_file_of_ours_is_heard_as_it_was_played(tmp_path: Path) -> None:
    lead = [Note(480 * n, 240, "lead", 72 + n, 90) for n in range(4)]
    notes = (*lead, Note(0, 60, "drums", 36, 100))
    write_midi(Take(notes, ((0, 128.0),), (), {"lead": 1, "drums": 10}), tmp_path / "a.mid")
    parts = read_music(tmp_path / "a.mid").parts
    assert [(part.name, part.is_drum, len(part.notes)) for part in parts] == [
        ("lead", False, 4),
        ("drums", True, 1),
    ]
    assert parts[0].notes[1] == PartNote(4, 2, 73, 90)


def test_channels_of_one_track_are_parts_of_their_own(tmp_path: Path) -> None:
    file = mido.MidiFile(ticks_per_beat=96)
    track = file.add_track("all")
    for channel in (0, 9):
        track.append(mido.Message("note_on", channel=channel, note=40, velocity=80))
        track.append(mido.Message("note_on", channel=channel, note=40, velocity=0, time=96))
    file.save(tmp_path / "one.mid")
    assert [(part.is_drum, part.notes[0].length) for part in read_music(tmp_path / "one.mid").parts] == [
        (False, 4),
        (True, 4),
    ]


@pytest.mark.parametrize("content", [b"", b"hello", b"MThd\0\0\0\6\0\1\0\1\0\0", b"\0" * (2**21 + 1)])
def test_what_is_no_music_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.mid").write_bytes(content)
    with pytest.raises(MidiFileError):
        read_music(tmp_path / "bad.mid")
