"""The songs page: make one, judge one, prime the models with one, take one home."""

from typing import Any, Final

from flask import Blueprint, current_app, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from daemon.control.fields import MAX_SEED
from daemon.panel.bodies import fields
from daemon.panel.exporting import SUFFIXES, reasons
from daemon.panel.limits import MOST_FILE_BYTES, file_too_large
from daemon.panel.link import Link, NoAnswer, Refused
from daemon.panel.live import ask
from daemon.panel.responses import Answer, failure, good
from daemon.panel.settings import PanelSettings
from daemon.panel.song_store import FullError, SongStore
from daemon.parameters import MOST_TOLD, ParameterError, check, shown, told

MOST_BARS: Final = 512
_MIME: Final = {
    ".mid": "audio/midi",
    ".musicxml": "application/vnd.recordare.musicxml+xml",
    ".wav": "audio/wav",
}
_TITLE_LENGTH: Final = 80
# What the page asks for, and the parameters it stands for.
_DIALS: Final = {
    "temperature": ("melody.temperature", "percussion.temperature"),
    "classical_mix": ("classical_mix",),
    "energy": ("energy",),
}

_ASKED: Final = ("bars", "seed", "model", *_DIALS)

pages = Blueprint("songs", __name__, url_prefix="/api/songs")


@pages.get("")
def songs() -> Answer:
    """Every song, and what is on its way."""
    return good({"songs": _song_store().songs()})


@pages.get("/<song>")
def facts(song: str) -> Answer:
    """One song with its notes and what the gauge says."""
    known, path = _song_store().facts(song), _song_store().file(song)
    if known is None or path is None:
        return _absent()
    return good({**known, "exports": reasons(path, current_app.extensions["settings"])})


@pages.get("/<song>/file/<suffix>")
def file(song: str, suffix: str) -> AnyResponse | Answer:
    """One of a song's files, to be kept."""
    mime = _MIME.get(f".{suffix}")
    path = None if mime is None else _song_store().file(song, f".{suffix}")
    if path is None:
        return _absent()
    return send_file(path, mimetype=mime, as_attachment=True, download_name=f"edmd-{song}.{suffix}")


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
    """Take a MIDI file in and judge it; its name is shown, and used for nothing else."""
    sent = request.files.get("file")
    if sent is None:
        return failure("bad_request", "no file was sent", 400)
    title = _title(sent.filename or "")
    content = sent.stream.read()
    if len(content) > MOST_FILE_BYTES:
        return failure("too_large", file_too_large(title, len(content)), 413)
    if not content:
        return failure("bad_request", f"{title} is empty", 400)
    if b"MThd" not in content:
        return failure("bad_request", f"{title} is no MIDI file: none of its bytes begin one (MThd)", 400)
    return _begun("uploaded", title, _configured(), content)


@pages.post("/<song>/prime")
def prime(song: str) -> Answer:
    """Let the models of the daemon hear a song, from the bar that is asked for or its last ones."""
    path, from_bar = _song_store().relative(song), fields().get("from_bar")
    return _absent() if path is None else ask("prime", {"path": path, "from_bar": from_bar})


@pages.post("/<song>/export")
def export(song: str) -> Answer:
    """Begin to make a score or audio of a song."""
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
    """Forget a song."""
    return good({}) if _song_store().delete(song) else _absent()


class TaskError(Exception):
    """A song that cannot be made; the text names all that is wrong with what was asked for."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _task(asked: dict[str, Any]) -> dict[str, Any]:
    """The worker's task, every value checked."""
    bars, seed, model = asked.get("bars"), asked.get("seed"), asked.get("model")
    unknown = [key for key in asked if key not in _ASKED][:MOST_TOLD]
    wrong = [f"a song has no {shown(key)}; it has {', '.join(_ASKED)}" for key in unknown]
    if type(bars) is not int or not 1 <= bars <= MOST_BARS:
        wrong.append(f"bars is a whole number, 1 to {MOST_BARS}; got {shown(bars)}")
    if seed is not None and (type(seed) is not int or not 0 <= seed <= MAX_SEED):
        wrong.append(f"seed is a whole number, 0 to {MAX_SEED}; got {shown(seed)}")
    if model is not None and model not in (known := _models()):
        wrong.append(f"no model is named {shown(model)}; there is: {', '.join(known)}")
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


def _title(name: str) -> str:
    """A file's name as it is shown."""
    return "".join(c for c in name if c.isprintable())[:_TITLE_LENGTH] or "the file"


def _configured(*overrides: str) -> dict[str, Any]:
    """The configuration that the worker loads."""
    settings: PanelSettings = current_app.extensions["settings"]
    return {"config": settings.config, "overrides": [*settings.overrides, *overrides]}


def _models() -> list[str]:
    """The names of the bundles that the daemon can play."""
    link: Link = current_app.extensions["link"]
    return [str(each["name"]) for each in link.ask("model", action="list")["models"]]


def _begun(kind: str, title: str, task: dict[str, Any], content: bytes | None = None) -> Answer:
    try:
        return good({"id": _song_store().make(kind, title, task, content)})
    except FullError as error:
        return failure("unavailable", str(error), 409)
    except OSError as error:
        return failure("unavailable", f"the song cannot be kept: {error.strerror or error}", 500)


def _song_store() -> SongStore:
    song_store: SongStore = current_app.extensions["song_store"]
    return song_store


def _absent() -> Answer:
    return failure("not_found", "there is no such song", 404)
