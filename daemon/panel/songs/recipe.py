"""What a song is composed from, and the file that shares it: the same recipe and bundles make the same MIDI file again.

A shared song is JSON. Everything in it is checked, because it comes from strangers; a model is only ever found by its name
among those that the daemon lists.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from daemon.about import package_version
from daemon.control import strictjson
from daemon.control.fields import MAX_SEED
from daemon.parameters import ParameterError, check, shown
from models.notes import VOICES

FORMAT: Final = 1
MOST_BARS: Final = 512
MOST_RECIPE_BYTES: Final = 64 * 2**10
_TITLE_LENGTH: Final = 80
_PLACES: Final = ("plan", "melody", "percussion")
_KEYS: Final = ("edmd_song", "edmd", "title", "bars", "seed", "models", "parameters", "midi")
_MIDI: Final = ("channels", "programs", "effects")
_LONGEST_NAME: Final = 256
_CHANNELS: Final = 16
_PROGRAMS: Final = 128


class RecipeError(Exception):
    """A file is no song that can be made here. The message is one sentence."""


def difference(asked: Mapping[str, Mapping[str, str]], there: Mapping[str, Mapping[str, str]]) -> str:
    """Return a sentence about the bundles that differ from those of a shared song, or ""."""
    names = sorted(
        {asked[place]["name"] for place in _PLACES if asked[place]["digest"] != there[place]["digest"]}
    )
    if not names:
        return ""
    which = f"the model {names[0]} is" if len(names) == 1 else f"the models {' and '.join(names)} are"
    return f"{which} not the same here as where the song was shared, so its music is different"


def shared(title: str, recipe: Mapping[str, Any]) -> bytes:
    """Return the file that shares a song."""
    return (
        strictjson.dumps({"edmd_song": FORMAT, "edmd": package_version(), "title": title, **recipe}) + b"\n"
    )


def read_shared(content: bytes, known: Collection[str]) -> tuple[str, dict[str, Any]]:
    """Return title and recipe of a shared song. `known` are the models that there are. Raises RecipeError."""
    if len(content) > MOST_RECIPE_BYTES:
        raise RecipeError(f"it has {len(content)} bytes, and a shared song has at most {MOST_RECIPE_BYTES}")
    try:
        body = strictjson.loads(content)
    except ValueError as error:
        raise RecipeError(f"it is not a shared song: {error}") from None
    if not isinstance(body, dict) or "edmd_song" not in body:
        raise RecipeError('it is not a shared song: it has no "edmd_song"')
    if body["edmd_song"] != FORMAT:
        raise RecipeError(
            f"its format is {shown(body['edmd_song'])}, and this edmd reads format {FORMAT}; it was shared by a newer edmd"
        )
    _exactly(body, "the file", _KEYS)
    title = body["title"]
    if not isinstance(title, str):
        raise RecipeError(f"title is a text; got {shown(title)}")
    recipe = {
        "bars": _whole(body["bars"], "bars", 1, MOST_BARS),
        "seed": _whole(body["seed"], "seed", 0, MAX_SEED),
        "models": _models(body["models"], known),
        "parameters": _parameters(body["parameters"]),
        "midi": _midi(body["midi"]),
    }
    return printable(title) or f"{recipe['bars']} bars", recipe


def printable(text: str) -> str:
    """Return the start of a text, without what cannot be shown."""
    return "".join(c for c in text if c.isprintable())[:_TITLE_LENGTH].strip()


def _exactly(body: Any, what: str, keys: Collection[str]) -> None:
    if not isinstance(body, dict):
        raise RecipeError(f"{what} is an object; got {shown(body)}")
    for key in keys:
        if key not in body:
            raise RecipeError(f"{what} has no {shown(key)}")
    for key in body:
        if key not in keys:
            raise RecipeError(f"{what} has {shown(key)}, which this edmd does not know")


def _whole(value: Any, what: str, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise RecipeError(f"{what} is a whole number, {low} to {high}; got {shown(value)}")
    return value


def _models(models: Any, known: Collection[str]) -> dict[str, dict[str, str]]:
    _exactly(models, "models", _PLACES)
    for place, each in models.items():
        _exactly(each, f"models.{place}", ("name", "digest"))
        for key, text in each.items():
            if not isinstance(text, str) or len(text) > _LONGEST_NAME:
                raise RecipeError(f"models.{place}.{key} is a text; got {shown(text)}")
        if each["name"] not in known:
            raise RecipeError(
                f"it needs the model {shown(each['name'])}, which is not here; there are: {', '.join(known)}"
            )
    return dict(models)


def _parameters(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise RecipeError(f"parameters is an object; got {shown(values)}")
    try:
        return {name: check(name, value) for name, value in values.items()}
    except ParameterError as error:
        raise RecipeError(error.message) from None


def _midi(midi: Any) -> dict[str, Any]:
    _exactly(midi, "midi", _MIDI)
    for key, low, high in (("channels", 1, _CHANNELS), ("programs", 0, _PROGRAMS - 1)):
        _exactly(midi[key], f"midi.{key}", VOICES)
        for voice, number in midi[key].items():
            _whole(number, f"midi.{key}.{voice}", low, high)
    if not isinstance(midi["effects"], bool):
        raise RecipeError(f"midi.effects is true or false; got {shown(midi['effects'])}")
    return dict(midi)
