"""Assigning notes to voices: tracks, the common key, drums."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.codecs import melody, percussion
from models.grid import Song, Track
from models.notes import VOICES
from models.voicing import deal, key_shift, melody_tokens, percussion_tokens
from tests.training.songs import BAR, Row, write_midi, write_song
from training.songs import read_song

C_MAJOR = [0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0]


def voices_of(tracks: Sequence[Track]) -> list[str]:
    """Return the voice of each track's first note."""
    return [VOICES[voicing[0]] for voicing in deal(tracks)]


def _line(pitches: list[int], length: int = 240) -> list[Row]:
    return [(n * 240, length, pitch, 80) for n, pitch in enumerate(pitches)]


@pytest.fixture
def song(tmp_path: Path) -> Song:
    return read_song(write_song(tmp_path / "song.mid", 1))


@pytest.mark.parametrize("up", range(12))
def test_a_transposed_song_is_brought_home(tmp_path: Path, up: int) -> None:
    home = read_song(write_song(tmp_path / "home.mid", 3))
    away = read_song(write_song(tmp_path / "away.mid", 3, transposed=up))
    shifts = [key_shift([t for t in each.tracks if not t.is_drum]) for each in (home, away)]
    assert (shifts[0], (shifts[1] + up) % 12) == (0, 0)
    ticks = home.ticks
    one, other = melody_tokens(home, ticks), melody_tokens(away, ticks)
    for row, moved in zip(one, other, strict=True):
        pitches = {(sound.voice, sound.pitch % 12) for sound in melody.decode(row)}
        assert {(sound.voice, sound.pitch % 12) for sound in melody.decode(moved)} == pitches


@pytest.mark.parametrize("up", range(12))
def test_a_major_scale_goes_to_c(up: int) -> None:
    pitch = np.array([60 + up + step for step in C_MAJOR])
    each = np.ones(len(pitch), np.int64)
    shift = key_shift(
        [Track("", False, np.arange(len(pitch)), 2 * each, pitch, 80 * each, np.zeros(len(pitch)))]
    )
    assert -6 <= shift <= 5
    assert (up + shift) % 12 == 0


def test_roles_by_name_register_and_chords(song: Song, tmp_path: Path) -> None:
    assert voices_of([t for t in song.tracks if not t.is_drum]) == ["bass", "chords", "lead"]
    plain = write_midi(
        tmp_path / "plain.mid",
        [
            ("a", 0, _line([38, 38, 41, 43])),
            ("b", 1, _line([72, 74, 76, 77])),
            ("c", 2, [(n * BAR, 400, p, 80) for n in range(3) for p in (60, 64, 67)]),
        ],
    )
    assert voices_of(read_song(plain).tracks) == ["bass", "lead", "chords"]


def test_of_two_single_lines_the_lower_carries_the_harmony(tmp_path: Path) -> None:
    path = write_midi(tmp_path / "two.mid", [("a", 0, _line([84, 86, 88])), ("b", 1, _line([60, 64, 67]))])
    assert voices_of(read_song(path).tracks) == ["lead", "chords"]


def test_a_left_hand_gives_its_lowest_notes_to_the_bass(tmp_path: Path) -> None:
    chords = [(n * 480, 400, p, 80) for n in range(8) for p in (48, 60, 64, 67)]
    song = read_song(
        write_midi(tmp_path / "piano.mid", [("left", 0, chords), ("right", 1, _line([76, 77, 79]))])
    )
    sounds = melody.decode(melody_tokens(song, song.ticks)[0])
    assert [s.voice for s in sounds].count("bass") == 1
    assert [s.voice for s in sounds].count("chords") == 3


def test_voices_keep_their_place_and_length(song: Song) -> None:
    tokens = melody_tokens(song, song.ticks)
    begins = melody.onsets(tokens)
    assert np.flatnonzero(begins[:32, 0]).tolist() == [2, 6, 10, 14, 18, 22, 26, 30]
    assert np.flatnonzero(begins[:32, 1]).tolist() == [0, 16]
    assert {sound.length for sound in melody.decode(tokens[0]) if sound.voice == "chords"} == {16}


def test_drums_alone_give_no_melody(tmp_path: Path) -> None:
    song = read_song(write_midi(tmp_path / "d.mid", [("Kit", 9, [(0, 60, 36, 100)])]))
    assert not melody_tokens(song, 16).any()


def test_drums_count_their_accents_against_their_own_median(tmp_path: Path) -> None:
    hits = [(n * 480, 60, 36, velocity) for n, velocity in enumerate((40, 60, 60, 60, 90))]
    hats = [(n * 480, 60, 42, 110) for n in range(5)]
    song = read_song(write_midi(tmp_path / "d.mid", [("Kit", 9, hits + hats)]))
    tokens = percussion_tokens(song, 20)
    kick, hat = percussion.DRUMS.index("kick"), percussion.DRUMS.index("closed_hat")
    assert tokens[::4, kick].tolist() == [1, 2, 2, 2, 3]
    assert tokens[::4, hat].tolist() == [2] * 5
    assert not np.delete(tokens, [kick, hat], axis=1).any()


def test_what_begins_after_the_last_tick_is_left_out(song: Song) -> None:
    assert (melody_tokens(song, 16) == melody_tokens(song, song.ticks)[:16]).all()
    assert (percussion_tokens(song, 16) == percussion_tokens(song, song.ticks)[:16]).all()
