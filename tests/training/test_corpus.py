"""The corpus: sources, splits, refused files, the cache; valid and invalid recipes."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from models.reading.files import files_in
from tests.training.songs import BAR, RECIPE, write_midi, write_song
from training.corpus import find_sources, load_corpus
from training.piece import Piece, split_of
from training.recipe import Recipe, RecipeError
from training.report import Report, lines
from training.systems import table as recipe
from training.systems.edm.recipe import EdmRecipe

FLAT = [("Lead", 0, [(n * 120 + 55, 60, 60, 80) for n in range(300)])]


@pytest.fixture
def tiny(tmp_path: Path) -> Recipe:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return recipe.load(str(tmp_path / "tiny.toml"))


def _load(folder: Path, tiny: Recipe, style: str | None = None) -> tuple[list[Piece], Report]:
    sources = find_sources([(folder, style)], tiny)
    return load_corpus(sources, tiny.corpus, folder.parent / "cache", lambda _done, _all: None)


@pytest.mark.parametrize(
    ("key", "split"),
    [
        ("madadog/unorganised/metal-eater-01.mid", "train"),
        ("madadog/unorganised/metal-eater-02.mid", "validation"),
        ("14.mid", "test"),
        ("", "train"),
    ],
)
def test_songs_fall_where_the_md5_of_their_path_says(key: str, split: str) -> None:
    assert split_of(key) == split


def test_a_link_that_leads_round_in_a_circle_hides_no_other_file(tmp_path: Path) -> None:
    for name in ("a.mid", "m.mid", "z.mid"):
        write_song(tmp_path / name, 1)
    for number in range(8):  # for any order in which the system lists them
        loop = tmp_path / f"{number}{'amz'[number % 3]}.mid"
        loop.symlink_to(loop)
    (tmp_path / "folder").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "folder")
    found = {path.name for path in files_in(tmp_path)}
    assert found >= {"a.mid", "m.mid", "z.mid", "0a.mid", "7m.mid"}
    assert not found & {"folder", "linked"}


@pytest.mark.skipif(os.name == "nt", reason="Windows opens no folder by its number")
def test_folders_may_lie_however_deep_in_one_another(tmp_path: Path) -> None:
    write_song(tmp_path / "song.mid", 1)
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a", dir_fd=here)
        below = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        assert [path.name for path in files_in(tmp_path)] == ["song.mid"]
    finally:  # pytest cannot delete folders deeper than Python's recursion limit
        subprocess.run(["rm", "-r", str(tmp_path / "a")], check=True)


def test_every_file_is_used_or_refused_by_name(tmp_path: Path, tiny: Recipe) -> None:
    folder = tmp_path / "club"
    for seed in range(3):
        write_song(folder / f"{seed}.mid", seed)
    write_song(folder / "deep" / "short.mid", 9, bars=2)
    shutil.copy(folder / "1.mid", folder / "again.mid")
    write_midi(folder / "off.mid", FLAT)
    write_midi(folder / "waltz.mid", FLAT, metre=(3, 4))
    (folder / "torn.mid").write_bytes(b"MThd")
    (folder / "gone.mid").symlink_to(folder / "nowhere.mid")
    (folder / "notes.txt").write_text("no music")
    pieces, report = _load(folder, tiny)
    assert [piece.key for piece in pieces] == ["0.mid", "1.mid", "2.mid"]
    assert all(piece.source == "club" and piece.style == "edm" for piece in pieces)
    refused = {name.split("/", 1)[1]: reason.split(" (")[0] for name, reason in report.refused}
    assert refused == {
        "again.mid": "is the same music as an earlier file",
        "deep/short.mid": "is shorter than 4 bars of 4/4",
        "gone.mid": "does not exist",
        "off.mid": "is off the sixteenth grid",
        "torn.mid": "ends inside its header",
        "waltz.mid": "is not in 4/4",
    }
    told = json.loads(json.dumps(report.as_dict()))
    assert (told["songs"], told["synthetic_share"]) == ({"club": 3}, 0.0)
    assert told["ticks"] == {"edm": sum(piece.ticks for piece in pieces)}
    assert sum(told["refused"].values()) == len(told["refused_files"]) == 6
    assert told["ticks_by_source"] == {"club": told["ticks"]["edm"]}
    assert told["four_on_the_floor_share"] == {"edm": 1.0}
    assert told["songs_with"] == {"club": {"bass": 3, "chords": 3, "lead": 3, "drums": 3}}
    assert told["residual_ticks"] == {"club": {"mean": 0.0, "p95": 0.0}}
    assert lines(told)[0].startswith("club: 3 songs")


def test_what_was_read_is_not_read_again(
    tmp_path: Path, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "club"
    path = write_song(folder / "a.mid", 0)
    (folder / "bad.mid").write_bytes(b"junk")
    ((first,), before) = _load(folder, tiny)
    with monkeypatch.context() as patched:
        patched.setattr("training.corpus.read_song", None)
        path.rename(folder / "moved.mid")
        ((again,), after) = _load(folder, tiny)
    assert (again.melody == first.melody).all()
    assert (again.percussion == first.percussion).all()
    assert after.refused == before.refused


def test_another_song_of_the_same_name_size_and_time_is_read(tmp_path: Path, tiny: Recipe) -> None:
    folder = tmp_path / "club"
    path = write_song(folder / "a.mid", 0)
    stamp = path.stat().st_mtime_ns
    ((first,), _) = _load(folder, tiny)
    write_song(path, 1)
    os.utime(path, ns=(stamp, stamp))
    ((changed,), _) = _load(folder, tiny)
    assert not np.array_equal(changed.melody, first.melody)


def test_a_cause_that_may_pass_is_not_remembered(tmp_path: Path, tiny: Recipe) -> None:
    folder = tmp_path / "club"
    path = write_song(folder / "a.mid", 0)
    write_song(folder / "b.mid", 1)
    hidden = path.rename(tmp_path / "elsewhere")
    path.symlink_to(hidden)
    hidden.rename(tmp_path / "gone")
    _, report = _load(folder, tiny)
    assert report.refused == [("club/a.mid", "does not exist")]
    (tmp_path / "gone").rename(hidden)
    pieces, report = _load(folder, tiny)
    assert (len(pieces), report.refused) == (2, [])


def test_a_name_that_is_no_text_ends_no_folder(tmp_path: Path, tiny: Recipe) -> None:
    folder = tmp_path / "club"
    write_song(folder / "a.mid", 0).rename(folder / os.fsdecode(b"\xff\xe9.mid"))
    (piece,), _ = _load(folder, tiny)
    assert piece.key == r"\xff\xe9.mid"
    assert piece.split in ("train", "validation", "test")


def test_a_damaged_cache_is_read_anew(tmp_path: Path, tiny: Recipe) -> None:
    write_song(tmp_path / "club" / "a.mid", 0)
    ((first,), _) = _load(tmp_path / "club", tiny)
    for entry in (tmp_path / "cache").iterdir():
        entry.write_bytes(entry.read_bytes()[:50])
    ((again,), _) = _load(tmp_path / "club", tiny)
    assert (again.melody == first.melody).all()


def test_long_rests_are_cut_to_two_bars(tmp_path: Path, tiny: Recipe) -> None:
    bars = (2, 3, 7, 8, 9)
    notes = [(bar * BAR + n * 480, 400, 60 + n, 80) for bar in bars for n in range(4)]
    write_midi(tmp_path / "club" / "rests.mid", [("Lead", 0, notes)])
    ((piece,), _) = _load(tmp_path / "club", tiny)
    sounding = piece.melody.reshape(-1, 16, 10).any(axis=(1, 2))
    assert sounding.tolist() == [True, True, False, False, True, True, True]


def test_four_on_the_floor_is_a_kick_on_every_beat(tmp_path: Path, tiny: Recipe) -> None:
    write_song(tmp_path / "club" / "a.mid", 0)
    ((piece,), _) = _load(tmp_path / "club", tiny)
    assert piece.four_on_the_floor()
    thinned = piece.percussion.copy()
    thinned[::32] = 0
    assert Piece("", "", "edm", (), piece.melody, thinned).four_on_the_floor() is False


def test_folders_become_sources(tmp_path: Path, tiny: Recipe) -> None:
    for name in ("all/club", "all/other", "x/mine", "y/mine"):
        (tmp_path / name).mkdir(parents=True)
    named = find_sources([(tmp_path / "all", None)], tiny)
    assert [(path.name, source.licence) for path, source in named] == [("club", "CC0 1.0")]
    again = (tmp_path / "x" / ".." / "x" / "mine", "classical")
    mine = [(tmp_path / "x/mine", "classical"), (tmp_path / "y/mine", None), again]
    found = [source for _, source in find_sources(mine, tiny)]
    assert [(s.name, s.style, s.licence) for s in found] == [
        ("mine", "classical", "unstated"),
        ("mine 2", "edm", "unstated"),
    ]


def test_the_shipped_recipe_is_whole() -> None:
    assert "edm" in recipe.names()
    edm = recipe.load("edm")
    assert isinstance(edm, EdmRecipe)
    assert {source.name for source in edm.sources} == {"electronic", "grooves", "lieder", "pop909"}
    assert edm.size("melody") == edm.melody
    assert edm.size("percussion") == edm.percussion


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[fit]", "[fat]", r"has no setting fat"),
        ("window = 64", "", r"\[fit\] lacks window"),
        ("window = 64", "window = 64\nwindows = 2", r"\[fit\] has no setting windows"),
        ("window = 64", "window = 6.4", r"fit.window is 6.4; it must be a whole number"),
        ("dropout = 0.0", "dropout = -1", r"melody.dropout is -1; it must be a number of at least 0"),
        (
            'style = "edm"',
            'style = "polka"',
            r"source club must have one of the styles edm, classical, other",
        ),
        (
            'teaches = ["melody", "percussion"]',
            'teaches = "melody"',
            r"source.teaches is 'melody'; it must be a list of texts",
        ),
        ('name = "tiny"', "name = ", r"cannot be used"),
        ("[bundle]", "[bundles]", r"the recipe has no setting bundles"),
        ('licence = "CC BY 4.0"', "", r"\[bundle\] lacks licence"),
        ('[bundle]\nlicence = "CC BY 4.0"', "", r"the recipe lacks bundle"),
        ("streams = 4", "streams = true", r"fit.streams is True; it must be a whole number"),
        ('name = "tiny"', 'name = "tiny"\nkind = "polka"', r"kind is 'polka', which is unknown"),
        ("streams = 4", 'streams = 4\nwithout = ["bass"]', r"fit.without has bass, which no network"),
        ("[[source]]", "[source]", r"source is .*; it must be a list of tables"),
    ],
)
def test_a_recipe_that_is_none_says_where(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(RECIPE.replace(old, new, 1))
    with pytest.raises(RecipeError, match=words):
        recipe.load(str(path))


def test_an_unknown_recipe_is_told_which_there_are(tmp_path: Path) -> None:
    for name in ("polka", str(tmp_path / "none.toml")):
        with pytest.raises(RecipeError, match=r"there is no recipe .*; there is edm"):
            recipe.load(name)
