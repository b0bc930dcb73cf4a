"""Generated club music: reproducible by seed, in the common key, simple, with the genre's beat and a hook that returns."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from models.beats import beats
from models.codecs import melody, percussion
from models.genres import GENRES, NAMES, Genre
from models.notes import TICKS_PER_BAR
from models.voicing import key_shift
from training.piece import Piece
from training.recipe import Synthetic
from training.sections import bar_table, sections
from training.synthetic.pieces import generated
from training.synthetic.songs import song

SEEDS = range(len(NAMES) * 2)
BARS = 8
PHRASE = BARS * TICKS_PER_BAR
CLUB = ("house", "trance")
(BASS, _), (CHORDS, _), (LEAD, LEAD_LENGTH) = melody.LAYOUT.part_ranges


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    return generated(Synthetic(songs=8 * len(NAMES), seed=0))


def _of(pieces: list[Piece], genre: str) -> list[Piece]:
    return [piece for piece in pieces if piece.genre == genre]


def _drops(piece: Piece) -> Iterator[tuple[int, int]]:
    """Yield the first and the end tick of each phrase of the song's drops."""
    for section in sections(bar_table(piece)):
        if section.name == "drop":
            for bar in range(section.start, section.stop - BARS + 1, BARS):
                yield bar * TICKS_PER_BAR, (bar + BARS) * TICKS_PER_BAR


def _rhythms(onsets: np.ndarray) -> int:
    return len({bar.tobytes() for bar in onsets.reshape(-1, TICKS_PER_BAR) if bar.any()})


def test_a_seed_makes_one_song_and_another_seed_another() -> None:
    (name, one), (_, again), (_, other) = song(3), song(3), song(3 + len(NAMES))
    assert all(
        (a.onset == b.onset).all() and (a.pitch == b.pitch).all()
        for a, b in zip(one.tracks, again.tracks, strict=True)
    )
    assert name == NAMES[3]
    assert [len(t.onset) for t in one.tracks] != [len(t.onset) for t in other.tracks]


@pytest.mark.parametrize("seed", SEEDS)
def test_songs_are_phrases_of_eight_bars_in_the_common_key(seed: int) -> None:
    _, made = song(seed)
    assert -(-made.ticks // TICKS_PER_BAR) % BARS == 0
    pitched = [track for track in made.tracks if not track.is_drum]
    assert {int(pitch) % 12 for track in pitched for pitch in track.pitch} <= {0, 2, 4, 5, 7, 9, 11}
    assert {"Drums", "Bass", "Lead", "Stab chords"} <= {track.name for track in made.tracks}
    assert key_shift(pitched) in {-5, -3, 0, 2, 3, 5}


def test_pieces_are_marked_and_only_train(pieces: list[Piece]) -> None:
    assert len({piece.key for piece in pieces}) == len(pieces)
    assert {(piece.source, piece.style, piece.split, piece.synthetic) for piece in pieces} == {
        ("synthetic", "edm", "train", True)
    }


def test_each_genre_has_the_same_number_of_songs_and_its_name_in_their_keys(pieces: list[Piece]) -> None:
    assert {len(_of(pieces, name)) for name in NAMES} == {8}
    assert {piece.key for piece in _of(pieces, "deep house")} == {f"deep-house-{n:03}.mid" for n in range(8)}


@pytest.mark.parametrize("genre", GENRES, ids=NAMES)
def test_drops_have_the_beat_of_their_genre(pieces: list[Piece], genre: Genre) -> None:
    found = [
        int(beat)
        for piece in _of(pieces, genre.name)
        for start, stop in _drops(piece)
        for beat in beats(piece.percussion[start:stop])
    ]
    assert len(found) >= 8 * BARS
    assert np.isin(found, genre.beats).mean() >= 0.85


def test_the_beat_rests_in_breaks(pieces: list[Piece]) -> None:
    for piece in pieces:
        kicks = piece.percussion[:, 0].reshape(-1, PHRASE) > 0
        assert (~kicks.any(axis=1)).any(), piece.key


def test_drums_change_at_the_ends_of_phrases_and_not_within_them(pieces: list[Piece]) -> None:
    struck = [(piece.percussion[start:stop] > 0) for piece in pieces for start, stop in _drops(piece)]
    crash = percussion.DRUMS.index("crash")
    bars = np.delete(np.array(struck), crash, axis=2).reshape(len(struck), BARS, -1)
    changes = (bars[:, 1:] != bars[:, :-1]).any(axis=2)
    assert not changes[:, :-2].any()
    assert changes[:, -1].mean() > 0.6


@pytest.mark.parametrize("name", NAMES)
def test_bass_and_leads_are_simple(pieces: list[Piece], name: str) -> None:
    begun = [
        (piece.melody[start:stop], melody.onsets(piece.melody[start:stop]))
        for piece in _of(pieces, name)
        for start, stop in _drops(piece)
    ]
    basses, leads = np.array([onsets.sum(axis=0)[[0, 2]] / BARS for _, onsets in begun]).T
    assert (1 if name == "ambient" else 3) <= np.median(basses) <= 8
    assert 2 <= np.median(leads[leads > 0]) <= 7
    for tokens, onsets in begun:
        assert len(set(tokens[:, BASS].tolist()) - {0}) <= 5
        assert _rhythms(onsets[:, 0]) <= 2
        assert len(set(tokens[:, LEAD].tolist()) - {0}) <= 8
        assert _rhythms(onsets[:, 2]) <= 3


@pytest.mark.parametrize("name", CLUB)
def test_bass_and_chords_strike_together_in_club_music(pieces: list[Piece], name: str) -> None:
    shares = []
    for piece in _of(pieces, name):
        for start, stop in _drops(piece):
            bass, chords, _ = (melody.onsets(piece.melody[start:stop]) > 0).T
            shares.append((bass & chords).sum() / (bass | chords).sum())
    assert np.mean(np.array(shares) == 1) >= 0.7


def test_leads_move_by_step_and_rest_on_long_notes(pieces: list[Piece]) -> None:
    steps, ends = [], []
    for piece in pieces:
        for start, stop in _drops(piece):
            own = piece.melody[start:stop]
            own = own[own[:, LEAD] > 0]
            steps += [abs(b - a) in (1, 2) for a, b in pairwise(own[:, LEAD].tolist())]
            ends.append(melody.LENGTHS[max(own[:, LEAD_LENGTH - 1].tolist(), default=1) - 1])
    assert np.mean(steps) >= 0.35
    assert np.median(ends) >= 4


def test_the_hook_returns_in_every_drop(pieces: list[Piece]) -> None:
    for piece in pieces:
        leads = [piece.melody[start:stop, LEAD:LEAD_LENGTH] for start, stop in _drops(piece)]
        sung = [lead for lead in leads if lead.any()]
        assert len(sung) >= 2 or piece.genre == "ambient", piece.key
        assert all((lead == sung[0]).all() for lead in sung), piece.key


def test_every_voice_sounds_and_velocities_differ(pieces: list[Piece]) -> None:
    for piece in pieces:
        assert melody.onsets(piece.melody).any(axis=0).all()
    for name in NAMES[: NAMES.index("ambient")]:
        drums = np.concatenate([piece.percussion for piece in _of(pieces, name)])
        assert set(np.unique(drums)) == {0, 1, 2, 3}, name
