"""The tables of a bundle: folders and their packed file give the same."""

from pathlib import Path

from click.testing import CliRunner

from models import bundle
from models.groove import EVEN, loads
from models.manifest import ARRANGEMENT, GROOVE
from tests.training import tiny
from tests.training.songs import RECIPE, write_song
from tests.training.test_microtiming import SNARE, drummer
from training import arrange
from training.music import Corpus, gather, pack, unpack
from training.piece import Piece
from training.systems import table as recipe
from training.tables import tables

DRUMMED = """
[[source]]
name = "hands"
style = "other"
teaches = ["percussion"]
title = "Drums of a test"
licence = "CC0 1.0"
"""


def _written(folder: Path) -> Path:
    (folder / "tiny.toml").write_text(RECIPE.replace("[corpus]", DRUMMED + "[corpus]"))
    write_song(folder / "music" / "club" / "1.mid", 1)
    drummer(folder / "music" / "hands" / "1.mid")
    return folder / "tiny.toml"


def _read(folder: Path, data: str) -> Corpus[Piece]:
    wanted = recipe.load(str(_written(folder)))
    return gather([(folder / data, None)], wanted, folder / "cache", lambda _done, _all: None)


def test_a_packed_corpus_carries_its_drummers(tmp_path: Path) -> None:
    corpus = _read(tmp_path, "music")
    pack(corpus, tmp_path / "corpus.npz")
    made = tables(unpack(tmp_path / "corpus.npz"))
    assert made == tables(corpus)
    assert set(made) == {ARRANGEMENT, GROOVE}
    assert loads(made[GROOVE]).late.mean[SNARE][4] > 0.1


def test_without_drummers_there_is_no_groove(tmp_path: Path) -> None:
    assert set(tables(_read(tmp_path, "music/club"))) == {ARRANGEMENT}


def test_a_bundle_that_is_there_learns_how_drummers_play(tmp_path: Path) -> None:
    folder, words = tiny.write(tmp_path / "tiny"), ["--recipe", str(_written(tmp_path))]
    assert bundle.load(str(folder)).groove == EVEN
    data = ["--data", str(tmp_path / "music"), "--cache", str(tmp_path / "cache")]
    done = CliRunner().invoke(arrange.main, [str(folder), *data, *words])
    assert done.exit_code == 0, done.output
    assert bundle.load(str(folder)).groove.late.mean[SNARE][4] > 0.1
