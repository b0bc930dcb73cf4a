"""A packed corpus contains every song unchanged; other files are refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.training.pieces import random_piece
from tests.training.songs import RECIPE, write_song
from training.errors import TrainingError
from training.music import Corpus, gather, pack, place, unpack
from training.pack import main
from training.piece import Piece
from training.provenance import data_rows
from training.recipe import Source
from training.systems import table as recipe

SOURCE = Source("club", "edm", ("melody", "percussion"), "Songs of a test", "CC0 1.0", ("one", "two"))


def _same(one: Piece, other: Piece) -> bool:
    pairs = [(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one)]
    return all(
        np.array_equal(a, b) and a.dtype == b.dtype if isinstance(a, np.ndarray) else a == b for a, b in pairs
    )


def test_what_was_packed_comes_back(tmp_path: Path) -> None:
    pieces = [
        random_piece(f"ü/{n}.mid", 16 * n + 5, n, style) for n, style in enumerate(("edm", "classical"))
    ]
    corpus = Corpus((SOURCE,), pieces, {"refused_files": ["x: is empty"]})
    pack(corpus, tmp_path / "corpus.npz")
    back = unpack(tmp_path / "corpus.npz")
    assert (back.sources, back.report) == (corpus.sources, corpus.report)
    assert all(_same(one, other) for one, other in zip(pieces, back.pieces, strict=True))
    assert [piece.split for piece in back.pieces] == [piece.split for piece in pieces]
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.npz"], "nothing half written is left"


def test_folders_and_their_packed_file_give_the_same_corpus(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    for seed in (1, 2):
        write_song(tmp_path / "club" / f"{seed}.mid", seed)
    out = tmp_path / "corpus.npz"
    words = ["--data", str(tmp_path / "club"), "--recipe", str(tmp_path / "tiny.toml"), "--out", str(out)]
    done = CliRunner().invoke(main, [*words, "--cache", str(tmp_path / "cache")])
    assert done.exit_code == 0, done.output
    wanted = recipe.load(str(tmp_path / "tiny.toml"))
    read, packed = (
        gather([place(str(tmp_path / name))], wanted, tmp_path / "cache", lambda _done, _all: None)
        for name in ("club", "corpus.npz")
    )
    assert packed.sources == read.sources
    assert packed.report == read.report
    assert len(read.pieces) == 2
    assert all(_same(one, other) for one, other in zip(read.pieces, packed.pieces, strict=True))


def test_what_is_no_packed_corpus_is_named(tmp_path: Path) -> None:
    path = tmp_path / "corpus.npz"
    pack(Corpus((SOURCE,), [random_piece("a", 32, 1)], {}), path)
    whole = path.read_bytes()
    for damaged in (b"", b"junk", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(TrainingError, match=r"corpus\.npz is not a packed corpus"):
            unpack(path)


def test_a_packed_file_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "corpus.npz"
    pack(Corpus((SOURCE,), [random_piece("a", 32, 1)], {}), path)
    (tmp_path / "tiny.toml").write_text(RECIPE)
    wanted = recipe.load(str(tmp_path / "tiny.toml"))
    with pytest.raises(TrainingError, match="packed file and must be the only --data"):
        gather([(path, None), (tmp_path, None)], wanted, tmp_path, lambda _done, _all: None)


def test_a_wrong_place_is_one_sentence(tmp_path: Path) -> None:
    for words, said in (
        (f"{tmp_path}=polka", "the style must be one of"),
        (f"{tmp_path}/no", "there is no such folder"),
    ):
        with pytest.raises(ValueError, match=said):
            place(words)
    assert CliRunner().invoke(main, ["--data", "nowhere", "--out", str(tmp_path / "o.npz")]).exit_code == 2


def test_generated_songs_join_the_real_ones_and_are_told_apart(tmp_path: Path) -> None:
    write_song(tmp_path / "club" / "a.mid", 1)
    (tmp_path / "r.toml").write_text(RECIPE + "[synthetic]\nsongs = 2\nseed = 5\n")
    wanted = recipe.load(str(tmp_path / "r.toml"))
    corpus = gather([place(str(tmp_path / "club"))], wanted, tmp_path / "cache", lambda _done, _all: None)
    real, *made = corpus.pieces
    assert [piece.synthetic for piece in corpus.pieces] == [False, True, True]
    assert [source.name for source in corpus.sources] == ["club", "synthetic"]
    generated = sum(piece.ticks for piece in made)
    assert corpus.report["synthetic_share"] == round(generated / (generated + real.ticks), 4)
    assert data_rows(corpus.sources, corpus.pieces)[1]["songs"] == 2
