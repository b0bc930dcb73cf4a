"""Shared songs: made again with the same bytes, refused in one sentence, honest about other bundles; and renaming."""

import json
from typing import Any

import pytest

from daemon.panel.songs.recipe import MOST_RECIPE_BYTES, RecipeError, difference, read_shared
from tests.panel.conftest import Building, Visitor
from tests.panel.test_songs import done, songs, upload

KNOWN = ["edm", "pop"]


def midi(visitor: Visitor, song: str) -> bytes:
    with visitor.client.get(f"/api/songs/{song}/file/mid") as taken:
        return bytes(taken.data)


def made(visitor: Visitor, **asked: Any) -> str:
    song: str = visitor.ask("/api/songs", asked).get_json()["result"]["id"]
    assert done(visitor, song)["state"] == "ready", songs(visitor)
    return song


def shared(visitor: Visitor, song: str) -> bytes:
    with visitor.client.get(f"/api/songs/{song}/share") as taken:
        assert taken.headers["Content-Disposition"] == f"attachment; filename=edmd-{song}.json"
        return bytes(taken.data)


def test_a_shared_song_is_made_again_with_the_same_bytes_in_another_panel(panel: Building) -> None:
    """The other panel has other channels, effects, genre and energy in its configuration."""
    giver, taker = Visitor(panel().test_client()), Visitor(panel(overrides=OTHERWISE).test_client())
    giver.come()
    taker.come()
    song = made(giver, bars=3, seed=11, energy=0.9, temperature=1.2)
    giver.ask(f"/api/songs/{song}/rename", {"title": "  up\u202e and away "})
    content = shared(giver, song)
    assert json.loads(content)["title"] == "up and away"
    again = upload(taker, content, "gift.json").get_json()["result"]["id"]
    assert done(taker, again)["state"] == "ready", songs(taker)
    assert midi(taker, again) == midi(giver, song)
    assert midi(taker, made(taker, bars=3, seed=11, energy=0.9, temperature=1.2)) != midi(giver, song)
    facts = taker.client.get(f"/api/songs/{again}").get_json()["result"]
    assert (facts["title"], facts["seed"], facts["is_shareable"]) == ("up and away", 11, True)
    assert "remark" not in facts
    assert shared(taker, again) == content


OTHERWISE = ("midi.lead.channel=9", "midi.effects=false", "parameters.swing=0.5", "parameters.genre=techno")


def test_another_bundle_is_told(visitor: Visitor) -> None:
    body = json.loads(shared(visitor, made(visitor, bars=1, seed=3)))
    body["models"]["melody"]["digest"] = "0" * 64
    again = upload(visitor, json.dumps(body).encode(), "gift.json").get_json()["result"]["id"]
    told = done(visitor, again)
    assert told["state"] == "ready"
    assert told["remark"] == (
        "the model edm is not the same here as where the song was shared, so its music is different"
    )


def test_two_other_bundles_are_named_together() -> None:
    there = {place: {"name": name, "digest": "1"} for place, name in PLACES.items()}
    asked = {place: {"name": name, "digest": "2"} for place, name in PLACES.items()}
    assert difference(there, there) == ""
    assert difference(asked, there).startswith("the models edm and pop are not the same here")


PLACES = {"plan": "edm", "melody": "pop", "percussion": "edm"}


def body(**changes: Any) -> dict[str, Any]:
    models = {place: {"name": name, "digest": "1"} for place, name in PLACES.items()}
    numbers = {"lead": 1, "chords": 2, "bass": 3, "drums": 10}
    midi = {"channels": numbers, "programs": numbers, "effects": True}
    whole = {"edmd_song": 1, "edmd": "0.1.0", "title": "t", "bars": 4, "seed": 1, "models": models}
    return {**whole, "parameters": {"energy": 0.5}, "midi": midi, **changes}


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in body().items() if name != key}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "it is not a shared song: "),
        (b"{}", 'it is not a shared song: it has no "edmd_song"'),
        (b"[1]", "it is not a shared song"),
        (b'{"bars": 1, "bars": 2}', "it is not a shared song: a key is given twice"),
        (b"{" + b" " * MOST_RECIPE_BYTES + b"}", "it has 65538 bytes, and a shared song has at most 65536"),
        (b'{"a":' * 30_000, "it has 150000 bytes"),
        (b'{"a":' * 12_000, "it is not a shared song"),
        (body(edmd_song=2), "its format is 2, and this edmd reads format 1; it was shared by a newer edmd"),
        (without("seed"), 'the file has no "seed"'),
        (body(colour=1), 'the file has "colour", which this edmd does not know'),
        (body(bars=513), "bars is a whole number, 1 to 512; got 513"),
        (body(bars=True), "bars is a whole number, 1 to 512; got true"),
        (body(seed=-1), "seed is a whole number, 0 to 9223372036854775807; got -1"),
        (body(title=7), "title is a text; got 7"),
        (body(models={"plan": 1}), 'models has no "melody"'),
        (body(models=dict.fromkeys(PLACES, 1)), "models.plan is an object; got 1"),
        (
            body(models={place: {"name": "../../etc", "digest": ""} for place in PLACES}),
            'it needs the model "../../etc", which is not here; there are: edm, pop',
        ),
        (body(parameters={"energy": 7}), "energy is 0 to 1; got 7"),
        (body(parameters={"colour": 7}), 'no parameter is named "colour"'),
        (body(parameters=[]), "parameters is an object; got a list"),
        (body(midi={"channels": {}, "programs": {}, "effects": True}), 'midi.channels has no "lead"'),
        (
            body(midi={**body()["midi"], "channels": {**body()["midi"]["channels"], "bass": 17}}),
            "midi.channels.bass is a whole number, 1 to 16; got 17",
        ),
        (body(midi={**body()["midi"], "effects": "auto"}), 'midi.effects is true or false; got "auto"'),
    ],
)  # fmt: skip
def test_what_is_no_shared_song_is_refused_in_one_sentence(content: Any, told: str) -> None:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(RecipeError) as refused:
        read_shared(data, KNOWN)
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


def test_a_refused_file_is_named_and_leaves_nothing(visitor: Visitor) -> None:
    error = upload(visitor, json.dumps(body(bars=0)).encode(), "gift.json").get_json()["error"]
    assert error["message"] == "gift.json cannot be used: bars is a whole number, 1 to 512; got 0"
    assert songs(visitor) == []


@pytest.mark.parametrize("title", ["", "  ", 7, None, "\u202e\n"])
def test_a_song_is_renamed_to_what_can_be_shown(title: Any, visitor: Visitor) -> None:
    song = made(visitor, bars=1, seed=1)
    assert visitor.ask(f"/api/songs/{song}/rename", {"title": title}).status_code == 400
    assert songs(visitor)[0]["title"] == "1 bars"
    assert visitor.ask(f"/api/songs/{song}/rename", {"title": "x" * 300}).get_json()["result"] == {
        "title": "x" * 80
    }
    assert songs(visitor)[0]["title"] == "x" * 80
    assert visitor.ask("/api/songs/none/rename", {"title": "y"}).status_code == 404
