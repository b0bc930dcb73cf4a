"""The panel as a WSGI application."""

import secrets
from typing import Final

from flask import Flask, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from daemon.panel import captures, health, live
from daemon.panel.drawings import Drawings
from daemon.panel.event_stream import EventStream
from daemon.panel.guard.bodies import BodyError
from daemon.panel.guard.limits import MOST_BYTES, too_large
from daemon.panel.guard.safety import guard
from daemon.panel.link import Link
from daemon.panel.responses import Answer, failure
from daemon.panel.settings import PanelSettings
from daemon.panel.songs import songs
from daemon.panel.songs.song_store import SongStore

_SENTENCES: Final = {
    404: "there is no {path} here",
    405: "{path} does not accept {method}",
    500: "the request failed because of a bug in the panel; its log has the details",
}


def create_app(settings: PanelSettings, event_stream: EventStream, key: bytes | None = None) -> Flask:
    """Build the application; it does not listen yet. `key` signs sessions; None draws a new key."""
    app = Flask(__name__, static_url_path="/static")
    app.config.update(
        SECRET_KEY=key or secrets.token_bytes(32),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        SESSION_COOKIE_NAME=f"edmd_panel_{settings.port}",
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=bool(settings.tls),
    )
    song_store, link = SongStore(settings), Link(settings.control, settings.keys)
    app.extensions |= {
        "event_stream": event_stream,
        "link": link,
        "song_store": song_store,
        "settings": settings,
        "drawings": Drawings(settings),
    }
    guard(app, settings)
    for pages in (live.pages, captures.pages, songs.pages, health.pages):
        app.register_blueprint(pages)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(BodyError, lambda error: failure(error.code, str(error), 400))
    return app


def _http_error(error: HTTPException) -> Answer:
    code = error.code or 500
    own = _SENTENCES.get(code)
    if own is None:
        return failure("http", error.description or error.name, code)
    return failure("http", own.format(method=request.method, path=request.path[:80]), code)


def _too_large(_: RequestEntityTooLarge) -> Answer:
    return failure("too_large", too_large(request.content_length or MOST_BYTES), 413)
