"""Files, folders and takes are read in the same way."""

from pathlib import Path

import numpy as np
import pytest

from exporters.midi import write_midi
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, Note, Voice
from models.take import Take
from tests.music.measures import has_both
from tests.training.songs import write_midi as write_tracks
from tests.training.songs import write_song
from training.evaluation.music import HELD_OUT, LEARNED, UnreadableError, of_file, of_take, read


def take(bars: int) -> Take:
    """Return bars of four voices, played late and short as people play."""
    rows: list[tuple[int, int, Voice, int]] = [
        (0, 16, "chords", 60),
        (0, 16, "chords", 64),
        (0, 2, "bass", 36),
        (4, 2, "bass", 43),
        (8, 4, "lead", 72),
        (13, 1, "lead", 76),
        *((beat, 1, "drums", 36) for beat in range(0, 16, 4)),
    ]
    notes = [
        Note(
            bar * PULSES_PER_BAR + at * PULSES_PER_TICK + 9,
            int(length * PULSES_PER_TICK * 0.9),
            voice,
            pitch,
            90,
        )
        for bar in range(bars)
        for at, length, voice, pitch in rows
    ]
    channels: dict[Voice, int] = {"lead": 1, "chords": 2, "bass": 3, "drums": 10}
    return Take(tuple(sorted(notes)), ((0, 128.0),), ((0, "drop"),), channels)


def test_a_take_is_read_as_its_file_is(tmp_path: Path) -> None:
    write_midi(take(9), tmp_path / "take.mid")
    there, back = of_take(take(9), 9, "take"), of_file(tmp_path / "take.mid")
    assert there.title == back.title
    assert np.array_equal(there.melody, back.melody)
    assert np.array_equal(there.percussion, back.percussion)
    assert there.melody.any()
    assert has_both(there)


def test_a_folder_is_read_and_dealt_out(tmp_path: Path) -> None:
    for seed in range(40):
        write_song(tmp_path / "club" / f"{seed}.mid", seed)
    whole = read([tmp_path / "club"], tmp_path / "cache")
    assert len(whole.songs) == 40
    held_out, learned = whole.only(HELD_OUT), whole.only(LEARNED)
    assert len(held_out.songs) + len(learned.songs) == 40
    assert {song.title for song in held_out.songs}.isdisjoint(song.title for song in learned.songs)
    assert held_out.songs


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    waltz = write_tracks(tmp_path / "waltz.mid", [("a", 0, [(0, 480, 60, 90)])], (3, 4))
    with pytest.raises(UnreadableError, match="there is no"):
        read([tmp_path / "nowhere"], tmp_path / "cache")
    with pytest.raises(UnreadableError, match="waltz"):
        read([waltz], tmp_path / "cache")
    (tmp_path / "notes.txt").write_text("C D E", encoding="utf-8")
    with pytest.raises(UnreadableError, match="neither MIDI nor a score"):
        read([tmp_path / "notes.txt"], tmp_path / "cache")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableError, match="empty has no readable music"):
        read([tmp_path / "empty"], tmp_path / "cache")
