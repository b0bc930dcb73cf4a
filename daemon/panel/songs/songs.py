"""The routes of the songs page: compose, upload, rename, share, prime the models, export, download and delete."""

import io
from typing import Any, Final

from flask import Blueprint, current_app, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from daemon.control.fields import MAX_SEED
from daemon.panel.guard.bodies import fields
from daemon.panel.guard.limits import MOST_FILE_BYTES, file_too_large
from daemon.panel.link import Link, NoAnswer, Refused
from daemon.panel.live import ask
from daemon.panel.responses import Answer, failure, good
from daemon.panel.settings import PanelSettings
from daemon.panel.songs.exporting import SUFFIXES, reasons
from daemon.panel.songs.recipe import MOST_BARS, RecipeError, printable, read_shared, shared
from daemon.panel.songs.song_store import FullError, SongStore
from daemon.parameters import MOST_TOLD, ParameterError, check, shown, told

_MIME: Final = {
    ".mid": "audio/midi",
    ".musicxml": "application/vnd.recordare.musicxml+xml",
    ".wav": "audio/wav",
}
# The fields of the form, and the parameters that each sets.
_DIALS: Final = {
    "temperature": ("melody.temperature", "percussion.temperature"),
    "classical_mix": ("classical_mix",),
    "energy": ("energy",),
}

_FIELDS: Final = ("bars", "seed", "model", *_DIALS)

pages = Blueprint("songs", __name__, url_prefix="/api/songs")


@pages.get("")
def songs() -> Answer:
    """Return all songs, finished and in the making."""
    return good({"songs": _song_store().songs()})


@pages.get("/<song>")
def facts(song: str) -> Answer:
    """Return one song with its notes and the gauge's readings."""
    known, path = _song_store().facts(song), _song_store().file(song)
    if known is None or path is None:
        return _absent()
    recipe = known.pop("recipe", None)
    exports = reasons(path, current_app.extensions["settings"])
    return good({**known, "is_shareable": recipe is not None, "exports": exports})


@pages.get("/<song>/file/<suffix>")
def file(song: str, suffix: str) -> AnyResponse | Answer:
    """Download one of a song's files."""
    mime = _MIME.get(f".{suffix}")
    path = None if mime is None else _song_store().file(song, f".{suffix}")
    if path is None:
        return _absent()
    return send_file(path, mimetype=mime, as_attachment=True, download_name=f"edmd-{song}.{suffix}")


@pages.get("/<song>/share")
def share(song: str) -> AnyResponse | Answer:
    """Download the file from which a composed song is made again."""
    known = _song_store().facts(song)
    if known is None or "recipe" not in known:
        return _absent()
    content = io.BytesIO(shared(str(known["title"]), known["recipe"]))
    name = f"edmd-{song}.json"
    return send_file(content, mimetype="application/json", as_attachment=True, download_name=name)


@pages.post("")
def make() -> Answer:
    """Compose a song."""
    try:
        task = _task(fields())
    except TaskError as error:
        return failure(error.code, str(error), 400)
    except (NoAnswer, Refused) as error:
        return failure("unavailable", str(error), 503)
    return _begun("made", f"{task['bars']} bars", task)


@pages.post("/upload")
def upload() -> Answer:
    """Store an uploaded MIDI file and judge it, or make a shared song again. Its name is shown, never used for a path."""
    sent = request.files.get("file")
    if sent is None:
        return failure("bad_request", "no file was sent", 400)
    title = printable(sent.filename or "") or "the file"
    content = sent.stream.read()
    if len(content) > MOST_FILE_BYTES:
        return failure("too_large", file_too_large(title, len(content)), 413)
    if not content:
        return failure("bad_request", f"{title} is empty", 400)
    if content.lstrip()[:1] == b"{":
        return _make_shared(title, content)
    if b"MThd" not in content:
        return failure(
            "bad_request",
            f"{title} is not a MIDI file: it does not contain MThd, with which MIDI files begin; nor is it a shared song",
            400,
        )
    return _begun("uploaded", title, _configured(), content)


@pages.post("/<song>/rename")
def rename(song: str) -> Answer:
    """Give a finished song another title."""
    asked = fields().get("title")
    title = printable(asked) if isinstance(asked, str) else ""
    if not title:
        return failure("bad_request", f"a title is a text that can be shown; got {shown(asked)}", 400)
    return good({"title": title}) if _song_store().rename(song, title) else _absent()


@pages.post("/<song>/prime")
def prime(song: str) -> Answer:
    """Prime the daemon's models with a song, from `from_bar` or with its last bars."""
    path, from_bar = _song_store().relative(song), fields().get("from_bar")
    return _absent() if path is None else ask("prime", {"path": path, "from_bar": from_bar})


@pages.post("/<song>/export")
def export(song: str) -> Answer:
    """Begin to make a score or audio file of a song."""
    wanted = fields().get("suffix")
    suffix = f".{wanted}"
    if suffix not in SUFFIXES:
        known = " or ".join(each.removeprefix(".") for each in SUFFIXES)
        return failure("bad_request", f'"suffix" is {known}; got {shown(wanted)}', 400)
    try:
        return good({}) if _song_store().export(song, suffix) else _absent()
    except FullError as error:
        return failure("unavailable", str(error), 409)


@pages.post("/<song>/delete")
def delete(song: str) -> Answer:
    """Delete a song."""
    return good({}) if _song_store().delete(song) else _absent()


class TaskError(Exception):
    """The request for a song is wrong. The message names all errors."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _task(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the worker's task. Raises TaskError if a value is wrong."""
    bars, seed, model = asked.get("bars"), asked.get("seed"), asked.get("model")
    unknown = [key for key in asked if key not in _FIELDS][:MOST_TOLD]
    wrong = [f"a song has no {shown(key)}; it has {', '.join(_FIELDS)}" for key in unknown]
    if type(bars) is not int or not 1 <= bars <= MOST_BARS:
        wrong.append(f"bars is a whole number, 1 to {MOST_BARS}; got {shown(bars)}")
    if seed is not None and (type(seed) is not int or not 0 <= seed <= MAX_SEED):
        wrong.append(f"seed is a whole number, 0 to {MAX_SEED}; got {shown(seed)}")
    if model is not None and model not in (known := _models()):
        wrong.append(f"no model is named {shown(model)}; there are: {', '.join(known)}")
    code, overrides = "bad_request", []
    for dial in (each for each in _DIALS if each in asked):
        try:
            overrides += [f"parameters.{name}={check(name, asked[dial])}" for name in _DIALS[dial]]
        except ParameterError as error:
            code = error.code
            wrong.append(error.message.replace(error.name, dial))
    if wrong:
        raise TaskError(code if len(wrong) == 1 else "bad_request", told(wrong))
    if model is not None:
        overrides.append(f"play.model={model}")
    return {"bars": bars, "seed": seed, **_configured(*overrides)}


def _make_shared(name: str, content: bytes) -> Answer:
    """Make a shared song again. `name` is that of its file."""
    try:
        title, recipe = read_shared(content, _models())
    except RecipeError as error:
        return failure("bad_request", f"{name} cannot be used: {error}", 400)
    except (NoAnswer, Refused) as error:
        return failure("unavailable", str(error), 503)
    models = recipe["models"]
    parts = [f"model.{part}={models[part]['name']}" for part in ("melody", "percussion")]
    configured = _configured(f"play.model={models['plan']['name']}", *parts)
    return _begun(
        "made", title, {**configured, "bars": recipe["bars"], "seed": recipe["seed"], "recipe": recipe}
    )


def _configured(*overrides: str) -> dict[str, Any]:
    """Return the configuration that the worker loads."""
    settings: PanelSettings = current_app.extensions["settings"]
    return {"config": settings.config, "overrides": [*settings.overrides, *overrides]}


def _models() -> list[str]:
    """Return the names of the bundles that the daemon can play."""
    link: Link = current_app.extensions["link"]
    return [str(each["name"]) for each in link.ask("model", action="list")["models"]]


def _begun(kind: str, title: str, task: dict[str, Any], content: bytes | None = None) -> Answer:
    try:
        return good({"id": _song_store().make(kind, title, task, content)})
    except FullError as error:
        return failure("unavailable", str(error), 409)
    except OSError as error:
        return failure("unavailable", f"the song cannot be stored: {error.strerror or error}", 500)


def _song_store() -> SongStore:
    song_store: SongStore = current_app.extensions["song_store"]
    return song_store


def _absent() -> Answer:
    return failure("not_found", "there is no such song", 404)
