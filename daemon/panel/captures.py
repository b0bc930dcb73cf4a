"""The files of captures, for a page that downloads them or drags them into a DAW, and their pictures and scores."""

import re
from pathlib import Path
from typing import Final

from flask import Blueprint, current_app, send_file
from werkzeug.wrappers import Response as AnyResponse

from daemon.panel.drawings import SUFFIXES, Drawings, NotDrawnError
from daemon.panel.guard.bodies import fields
from daemon.panel.responses import Answer, failure, good
from daemon.panel.settings import PanelSettings
from daemon.parameters import shown

_NAME: Final = re.compile(r"capture-\d{8}-\d{6}(-\d{1,6})?\.(mid|wav|flac|ogg|mp3|png|svg|pdf)")
_MIME: Final = {
    "mid": "audio/midi", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "mp3": "audio/mpeg",
    "png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf",
}  # fmt: skip

pages = Blueprint("captures", __name__, url_prefix="/api/captures")


@pages.get("/<name>")
def capture(name: str) -> AnyResponse | Answer:
    """Download a capture. Only files with the name of a capture, in the recordings folder itself, can be downloaded."""
    path = _path(name)
    if path is None or not path.is_file():
        return _absent()
    mime = _MIME[path.suffix.lstrip(".")]
    return send_file(path.resolve(), mimetype=mime, as_attachment=True, download_name=name)


@pages.post("/<name>/draw")
def draw(name: str) -> Answer:
    """Begin to draw a capture: `suffix` is png for a picture, svg or pdf for a score."""
    path, suffix = _path(name), fields().get("suffix")
    if path is None or path.suffix != ".mid" or not path.is_file():
        return _absent()
    if f".{suffix}" not in SUFFIXES:
        known = " or ".join(each.lstrip(".") for each in SUFFIXES)
        return failure("bad_request", f'"suffix" is {known}; got {shown(suffix)}', 400)
    try:
        return good({"name": _drawings().begin(path, f".{suffix}")})
    except NotDrawnError as error:
        return failure("unavailable", str(error), 409)


@pages.get("/<name>/drawing")
def drawing(name: str) -> Answer:
    """Return whether a drawing is ready, or why it failed."""
    path = _path(name)
    told = None if path is None or path.suffix not in SUFFIXES else _drawings().told(path)
    return _absent() if told is None else good(told)


def _path(name: str) -> Path | None:
    """Return the path of a file with the name of a capture, whether it exists or not; None for another name or a link."""
    settings: PanelSettings = current_app.extensions["settings"]
    path = settings.folder / name
    return None if not _NAME.fullmatch(name) or path.is_symlink() else path


def _drawings() -> Drawings:
    drawings: Drawings = current_app.extensions["drawings"]
    return drawings


def _absent() -> Answer:
    return failure("not_found", "there is no such capture", 404)
