"""The files of captures, for a page that downloads them or drags them into a DAW."""

import re
from typing import Final

from flask import Blueprint, current_app, send_file
from werkzeug.wrappers import Response as AnyResponse

from daemon.panel.responses import Answer, failure
from daemon.panel.settings import PanelSettings

_NAME: Final = re.compile(r"capture-\d{8}-\d{6}(-\d{1,6})?\.(mid|wav|flac|ogg|mp3)")
_MIME: Final = {
    "mid": "audio/midi", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "mp3": "audio/mpeg",
}  # fmt: skip

pages = Blueprint("captures", __name__)


@pages.get("/api/captures/<name>")
def capture(name: str) -> AnyResponse | Answer:
    """Download a capture. Only files with the name of a capture, in the recordings folder itself, can be downloaded."""
    settings: PanelSettings = current_app.extensions["settings"]
    path = settings.folder / name
    if not _NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
        return failure("not_found", "there is no such capture", 404)
    mime = _MIME[path.suffix.lstrip(".")]
    return send_file(path.resolve(), mimetype=mime, as_attachment=True, download_name=name)
