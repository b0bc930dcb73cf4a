"""Generated club music: reproducible by seed, in the common key, with a form, a steady groove and small changes."""

import numpy as np
import pytest

from models.codecs import melody, percussion
from models.notes import TICKS_PER_BAR
from models.voicing import key_shift
from training.piece import Piece
from training.recipe import Synthetic
from training.synthetic.pieces import generated
from training.synthetic.songs import GENRES, song

SEEDS = range(len(GENRES) * 2)
PHRASE = 8 * TICKS_PER_BAR


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    return generated(Synthetic(songs=10, seed=0))


def test_a_seed_makes_one_song_and_another_seed_another() -> None:
    (name, one), (_, again), (_, other) = song(3), song(3), song(3 + len(GENRES))
    assert all(
        (a.onset == b.onset).all() and (a.pitch == b.pitch).all()
        for a, b in zip(one.tracks, again.tracks, strict=True)
    )
    assert name == list(GENRES)[3]
    assert [len(t.onset) for t in one.tracks] != [len(t.onset) for t in other.tracks]


@pytest.mark.parametrize("seed", SEEDS)
def test_songs_are_phrases_of_eight_bars_in_the_common_key(seed: int) -> None:
    _, made = song(seed)
    assert -(-made.ticks // TICKS_PER_BAR) % 8 == 0
    pitched = [track for track in made.tracks if not track.is_drum]
    assert {int(pitch) % 12 for track in pitched for pitch in track.pitch} <= {0, 2, 4, 5, 7, 9, 11}
    assert {track.name for track in made.tracks} == {"Drums", "Bass", "Pad", "Stab chords", "Lead"}
    assert key_shift(pitched) in {-5, -3, 0, 2, 3, 5}


def test_pieces_are_marked_and_only_train(pieces: list[Piece]) -> None:
    assert len({piece.key for piece in pieces}) == len(pieces)
    assert {(piece.source, piece.style, piece.split, piece.synthetic) for piece in pieces} == {
        ("synthetic", "edm", "train", True)
    }


def test_the_kick_holds_but_not_in_the_breaks(pieces: list[Piece]) -> None:
    for piece in pieces:
        assert piece.four_on_the_floor()
        kicks = piece.percussion[:, 0].reshape(-1, PHRASE) > 0
        assert (kicks[:, :64:4].all(axis=1)).mean() < 1
        assert (~kicks.any(axis=1)).any()


def test_loops_return_with_small_changes(pieces: list[Piece]) -> None:
    for piece in pieces:
        for begun in (melody.onsets(piece.melody), percussion.struck(piece.percussion)):
            halves = begun.reshape(-1, 2, PHRASE // 2, begun.shape[1])
            one, other = halves[:, 0] > 0, halves[:, 1] > 0
            likeness = (one & other).sum() / (one | other).sum()
            assert 0.6 < likeness < 1, piece.key


def test_every_voice_sounds_and_velocities_differ(pieces: list[Piece]) -> None:
    for piece in pieces:
        assert melody.onsets(piece.melody).any(axis=0).all()
        assert set(np.unique(piece.percussion)) == {0, 1, 2, 3}
