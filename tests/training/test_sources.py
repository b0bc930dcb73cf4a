"""Folders given twice or within one another, and unusual names: every file is read once, or refused by name."""

from pathlib import Path
from typing import Any

import pytest

from tests.training.songs import RECIPE, write_song
from tests.training.systems.sequences.made import PLAIN
from tests.training.systems.sequences.made import recipe as words_of
from training.corpus import find_sources
from training.errors import TrainingError
from training.music import Corpus, Data, Gather, gather
from training.recipe import Recipe
from training.systems.table import load


@pytest.fixture(params=["tokens", "notes"])
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> Recipe:
    (tmp_path / "r.toml").write_text(RECIPE if request.param == "tokens" else words_of("folk", PLAIN))
    return load(str(tmp_path / "r.toml"))


def _read(recipe: Recipe, tmp_path: Path, data: Data) -> Corpus[Any]:
    reader: Gather = recipe.reader() or gather
    return reader(data, recipe, tmp_path / "cache", lambda _done, _all: None)


def test_a_file_in_two_of_the_folders_is_read_once_with_the_inner_one(tmp_path: Path, recipe: Recipe) -> None:
    for number, name in enumerate(("a.mid", "piano/b.mid", "piano/solo/c.mid", "pianola/d.mid")):
        write_song(tmp_path / "all" / name, number + 1)
    (tmp_path / "link").symlink_to(tmp_path / "all")
    whole, piano = (tmp_path / "all", None), (tmp_path / "link" / "piano", "classical")
    for data in ([whole, piano], [piano, whole], [whole, piano, whole, (tmp_path / "link", None)]):
        corpus = _read(recipe, tmp_path, data)
        found = {(piece.style, piece.key) for piece in corpus.pieces}
        assert found == {
            ("edm", "a.mid"),
            ("edm", "pianola/d.mid"),
            ("classical", "b.mid"),
            ("classical", "solo/c.mid"),
        }
        assert corpus.report["refused_files"] == []
        assert sum(corpus.report["songs"].values()) == len(corpus.pieces) == 4


def test_a_folder_has_one_style(tmp_path: Path, recipe: Recipe) -> None:
    with pytest.raises(
        TrainingError, match="is given twice, with the styles classical and edm; give it once"
    ):
        find_sources([(tmp_path, "classical"), (tmp_path, None)], recipe)


def test_names_that_end_in_spaces_are_read_or_refused_by_name(tmp_path: Path, recipe: Recipe) -> None:
    for number, name in enumerate((" a .mid", "b.mid ", "c.MID\n")):
        write_song(tmp_path / "mine " / "d " / "x.mid", number + 1).rename(tmp_path / "mine " / "d " / name)
    (tmp_path / "mine " / "e.abc ").write_text("X:1\nK:C\nCDEF|\n")
    for name in (" ", ". ", "f.txt "):
        (tmp_path / "mine " / name).write_text("no music")
    corpus = _read(recipe, tmp_path, [(tmp_path / "mine ", None)])
    assert {piece.key for piece in corpus.pieces} == {"d / a .mid", "d /b.mid ", "d /c.MID\n"}
    (refused,) = corpus.report["refused_files"]
    assert refused.startswith("mine /e.abc : is not a MIDI file")
