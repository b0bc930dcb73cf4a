"""Scene files and the setlist."""

import tomllib
from pathlib import Path

import pytest

from daemon.control.messages import HeardNote, Prime, Scene
from daemon.workers.jobs import SceneFile, SceneTask
from daemon.workers.named import NamedError
from daemon.workers.scenes import Scenes, work

MODELS = {"plan": "edm", "melody": "edm", "percussion": "pattern"}
SCENE = SceneFile({"tempo": 99.0, "lead.mute": True}, 7, "drop", 64, MODELS)


@pytest.fixture
def scenes(tmp_path: Path) -> Scenes:
    return Scenes(tmp_path / "scenes")


def saved(scenes: Scenes, *names: str) -> Scenes:
    for name in names:
        scenes.save(name, SCENE)
    return scenes


@pytest.mark.parametrize(
    "prime", [None, Prime(path="a.mid", from_bar=2), Prime((HeardNote(0.5, 1.0, "lead", 60, 90),))]
)
def test_what_is_saved_is_loaded(scenes: Scenes, prime: Prime | None) -> None:
    scene = SceneFile(SCENE.values, 7, "drop", 64, MODELS, prime)
    table = tomllib.loads(scenes.save("one", scene).read_text(encoding="utf-8"))
    assert (table["version"], table["section"], table["parameters"]["tempo"]) == (1, "drop", 99.0)
    assert scenes.load("one") == scene


def test_a_few_lines_by_hand_are_a_scene(scenes: Scenes, tmp_path: Path) -> None:
    saved(scenes, "z")
    (tmp_path / "scenes" / "mine.toml").write_text('section = "break"\n', encoding="utf-8")
    assert scenes.load("mine") == SceneFile({}, section="break")
    assert scenes.order() == ["z", "mine"], "what the setlist does not name comes last"


def test_the_setlist_is_a_file_of_names_in_their_order(scenes: Scenes, tmp_path: Path) -> None:
    saved(scenes, "one", "two", "three")
    scenes.save("three", SCENE, 1)
    assert scenes.order() == ["three", "one", "two"]
    setlist = tmp_path / "scenes" / "_setlist.toml"
    assert tomllib.loads(setlist.read_text(encoding="utf-8")) == {
        "version": 1,
        "scenes": ["three", "one", "two"],
    }
    scenes.rename("one", "uno")
    scenes.delete("three")
    assert scenes.order() == ["uno", "two"]
    setlist.write_text('scenes = ["two", "gone", "two", "uno"]', encoding="utf-8")
    assert scenes.order() == ["two", "uno"]


def test_next_is_the_scene_after_the_present_one(scenes: Scenes) -> None:
    saved(scenes, "one", "two")
    assert [scenes.chosen("next", None, now) for now in ("", "gone", "one")] == ["one", "one", "two"]
    with pytest.raises(NamedError, match="two is the last scene, so none comes next"):
        scenes.chosen("next", None, "two")
    assert scenes.chosen("load", 2, "") == "two"
    with pytest.raises(NamedError, match="there are 2 scenes, so the slot 3 is empty"):
        scenes.chosen("load", 3, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed = 'x'", "Expected `int | null`, got `str` - at `seed`"),
        ("sede = 1", "sede"),
        ("version = 9", "its version is 9"),
        ("models.lead = 'edm'", "[models] has plan, melody, percussion; got lead"),
        ("[parameters]\ntempo = 9000", "tempo is 20 to 300 BPM"),
        ("[prime]\nfrom_bar = 1", "[prime] has either path or notes"),
        ("seed = ", "it cannot be read"),
        ("#" * 2**20, "larger"),
    ],
)
def test_a_damaged_scene_is_refused_in_one_sentence_and_stays(
    scenes: Scenes, tmp_path: Path, text: str, told: str
) -> None:
    saved(scenes, "good")
    path = tmp_path / "scenes" / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NamedError) as refused:
        scenes.load("bad")
    assert told in refused.value.message
    assert "bad.toml" in refused.value.message
    assert "\n" not in refused.value.message
    assert (path.read_text(encoding="utf-8"), scenes.load("good")) == (text, SCENE)


@pytest.mark.parametrize("text", ["scenes = [", "scenes = 3", "scenes = [1]", "version = 2"])
def test_a_damaged_setlist_is_never_written_over(scenes: Scenes, tmp_path: Path, text: str) -> None:
    saved(scenes, "one")
    setlist = tmp_path / "scenes" / "_setlist.toml"
    setlist.write_text(text, encoding="utf-8")
    for act in (lambda: scenes.save("two", SCENE), lambda: scenes.delete("one"), scenes.order):
        with pytest.raises(NamedError, match=r"_setlist.toml"):
            act()
    assert setlist.read_text(encoding="utf-8") == text
    assert scenes.load("one") == SCENE


def test_the_bundles_that_must_be_verified_are_named(tmp_path: Path) -> None:
    work(SceneTask(str(tmp_path), Scene("save", "one"), scene=SCENE))
    assert work(SceneTask(str(tmp_path), Scene("load", slot=1))).bundles == ["edm"]
    listed = work(SceneTask(str(tmp_path), Scene("list"), "one")).reply
    assert listed == {"scenes": [{"slot": 1, "name": "one"}], "current": "one"}
