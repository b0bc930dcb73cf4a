"""The songs of a gauge, their names, and its recipe."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.pieces import random_piece
from tests.training.tinygauge import song
from training.errors import TrainingError
from training.piece import Piece
from training.recipe import RecipeError
from training.systems import table
from training.systems.gauge.recipe import GaugeRecipe
from training.systems.gauge.songs import deal, name_of


@pytest.fixture(scope="module")
def recipe() -> GaugeRecipe:
    loaded = table.load("gauge")
    assert isinstance(loaded, GaugeRecipe)
    return loaded


def _piece(key: str, source: str = "electronic", style: str = "edm", ticks: int = 160) -> Piece:
    return replace(random_piece(key, ticks, len(key), style), source=source)


@pytest.mark.parametrize(
    ("source", "key", "name"),
    [
        ("electronic", "madadog/snippets/big_one-02.mid", ("big one-02", "madadog")),
        ("electronic", "official_permissive/CapDan-ReggaeTry.mid", ("ReggaeTry", "CapDan")),
        ("electronic", "official_cc_by_sa/Greippi_-_Krem.mid", ("Krem", "Greippi")),
        ("electronic", "official_cc_by_sa/DirtyLove.mid", ("DirtyLove", "")),
        (
            "lieder",
            "Franz,_Robert/12_Gesänge,_Op.1/2_Nachtlied/lc5660578.mid",
            ("2 Nachtlied", "Robert Franz"),
        ),
        ("lieder", "Stanford,_C./Op.1/5_O_swallow,_swallow/lc1.mid", ("5 O swallow, swallow", "C. Stanford")),
        ("mine", "sets/late_night.mid", ("late night", "")),
    ],
)
def test_a_path_tells_title_and_credit(
    recipe: GaugeRecipe, source: str, key: str, name: tuple[str, str]
) -> None:
    assert name_of(_piece(key, source), recipe.names.get(source)) == name


def test_songs_are_dealt_whole_and_only_those_of_a_style(recipe: GaugeRecipe) -> None:
    pieces = [
        *(_piece(f"{n}.mid") for n in range(40)),
        *(_piece(f"{n}.mid", "lieder", "classical") for n in range(40)),
        _piece("beat.mid", "grooves", "other"),
        _piece("madadog/unorganised/waldstein.mid"),
        _piece("short.mid", ticks=112),
    ]
    songs, used = deal(pieces, recipe)
    assert len(used) == 80
    assert {each.style for each in songs.train} == {each.style for each in songs.validation} == {0, 1}
    for style in (0, 1):
        names = [each.title for part in songs for each in part if each.style == style]
        assert sorted(names) == sorted(str(n) for n in range(40))


def test_without_one_of_the_styles_there_is_nothing_to_tell_apart(recipe: GaugeRecipe) -> None:
    with pytest.raises(TrainingError, match="there is no classical song of eight bars or more"):
        deal([_piece("1.mid"), _piece("2.mid")], recipe)


@pytest.mark.parametrize(("bars", "learned"), [(8, 8), (20, 20), (32, 24), (40, 30)])
def test_the_end_of_a_song_is_kept_back_where_a_window_fits(bars: int, learned: int) -> None:
    assert song(0, bars * 16).learned == learned


def test_the_recipe_of_a_gauge_is_told_from_a_models(tmp_path: Path) -> None:
    assert isinstance(table.load("gauge"), GaugeRecipe)
    assert not isinstance(table.load("edm"), GaugeRecipe)
    assert {"edm", "gauge"} <= set(table.names())
    words = (Path(table.__file__).parent / "gauge" / "recipe.toml").read_text()
    for wrong, said in (
        (re.sub(r"lieder = '.*'", "lieder = '('", words), "names.lieder is not a regular expression"),
        (re.sub(r"lieder = '.*'", "lieder = 'x'", words), "must have groups named title and credit"),
        (words.replace("[network]", "[networks]"), "has no setting networks"),
        (words.replace("blend = 0.5", "blend = -1"), "chances.blend is -1"),
    ):
        (tmp_path / "mine.toml").write_text(wrong)
        with pytest.raises(RecipeError, match=re.escape(said)):
            table.load(str(tmp_path / "mine.toml"))
