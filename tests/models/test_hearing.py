"""Any music as tokens."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from exporters.midi import write_midi
from models.codecs import melody, percussion
from models.grid import Song, on_grid, tracks_of
from models.hearing import hear
from models.music import Part, Sound
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Note
from models.reading.midi import read_midi
from models.take import Take

TICK = PULSES_PER_TICK


def line(name: str, *pitches: int, step: int = 4, is_drums: bool = False) -> Part:
    sounds = tuple(Sound(step * n * TICK, step * TICK, pitch, 90) for n, pitch in enumerate(pitches))
    return Part(name, 1, 0, sounds, (), is_drums)


def song(parts: Sequence[Part]) -> Song:
    return Song(tuple(tracks_of(parts)))


def test_tokens_hold_what_was_played() -> None:
    heard = hear(song([line("lead", 72, 76, 79, 84), line("drums", 36, 42, 36, 42, is_drums=True)]))
    assert heard.melody.shape == (TICKS_PER_BAR, 10)
    sounds = [melody.decode(row) for row in heard.melody[::4]]
    assert [(s.voice, (s.pitch + 120 - 72) % 12) for row in sounds for s in row] == [
        ("lead", (pitch - 72) % 12) for pitch in (72, 76, 79, 84)
    ]
    assert [percussion.decode(row)[0].drum for row in heard.percussion[::4]] == [0, 3, 0, 3]


def test_music_that_begins_late_begins_at_its_own_bar() -> None:
    late = Part("lead", 1, 0, tuple(Sound(5 * PULSES_PER_BAR + n * TICK, TICK, 72, 90) for n in (2, 3)))
    assert np.flatnonzero(melody.onsets(hear(song([late])).melody)[:, 2]).tolist() == [2, 3]


def test_no_notes_are_no_music() -> None:
    with pytest.raises(ValueError, match="no notes"):
        hear(Song(()))


def test_a_hand_of_bars_far_away_is_refused() -> None:
    far = Part("lead", 1, 0, (Sound(0, TICK, 72, 90), Sound(5000 * PULSES_PER_BAR, TICK, 72, 90)))
    with pytest.raises(ValueError, match="more than 4096 bars"):
        hear(song([far]))


def test_a_file_of_ours_is_heard_as_it_was_played(tmp_path: Path) -> None:
    lead = [Note(480 * n, 240, "lead", 72 + n, 90) for n in range(4)]
    notes = (*lead, Note(0, 60, "drums", 36, 100))
    write_midi(Take(notes, ((0, 128.0),), (), {"lead": 1, "drums": 10}), tmp_path / "a.mid")
    tracks = on_grid(read_midi(tmp_path / "a.mid")).tracks
    assert [(track.name, track.is_drum, len(track.onset)) for track in tracks] == [
        ("lead", False, 4),
        ("drums", True, 1),
    ]
    assert [int(column[1]) for column in tracks[0][2:6]] == [4, 2, 73, 90]
