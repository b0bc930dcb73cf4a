"""The study as a WSGI application: one page, its clips, and four requests of its script.

A listener is known by a random token that the browser sends with each request. There are no cookies, and neither names nor
addresses are stored.
"""

import logging
import time
from pathlib import Path
from typing import Final, TypeVar

from flask import Flask, Response, current_app, request, send_from_directory
from werkzeug.exceptions import HTTPException

from daemon.panel.guard.bodies import BodyError, fields
from daemon.panel.guard.headers import add_headers
from daemon.panel.guard.password import origin_of
from daemon.panel.responses import Answer as Reply
from daemon.panel.responses import failure, good
from daemon.study.design import Screen, asked_numbers, file_of, screens
from daemon.study.rates import Allowance
from daemon.study.rows import Answer, Listener, StoreError
from daemon.study.store import FullError, GoneError, Store, code_of
from daemon.study.study import CLIPS, Study
from daemon.study.told import Arrival, Ratings, is_from_elsewhere, seconds_early
from daemon.study.typed import typed

MOST_BYTES: Final = 4096
LISTENER_HEADER: Final = "X-Study-Listener"
LEAST_HEARD_SECONDS: Final = 10.0
# A clip is one request and an answer two, and a class may share one address.
_REQUESTS: Final = (600, 60.0)
_ARRIVALS: Final = (60, 600.0)
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_JSON: Final = "application/json"
_log: Final = logging.getLogger(__name__)
_Kind = TypeVar("_Kind")


def create_app(study: Study, folder: Path, store: Store) -> Flask:
    """Build the application for the study in `folder`; it does not listen yet."""
    app = Flask(__name__, static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES)
    app.extensions |= {"study": study, "store": store, "arrivals": Allowance(*_ARRIVALS)}
    requests, clips = Allowance(*_REQUESTS), (folder / CLIPS).resolve()
    files = frozenset(clip.file for each in study.sources.values() for clip in each)

    @app.before_request
    def check() -> Reply | None:
        if not requests.allows(origin_of(request.remote_addr)):
            return failure("busy", "too many requests; wait a little", 503)
        # Links from elsewhere lead to the page; all else is asked for by its script.
        if request.endpoint != "page" and _is_from_elsewhere():
            return failure("elsewhere", "only the page of this study may ask for this", 403)
        if request.method not in _SAFE and request.mimetype != _JSON:
            return failure("media_type", f"a request has the content type {_JSON}", 415)
        return None

    @app.get("/")
    def page() -> Response:
        return app.send_static_file("page.html")

    @app.get("/clips/<name>")
    def clip(name: str) -> Response | Reply:
        if name not in files:
            return failure("not_found", "there is no such clip", 404)
        return send_from_directory(clips, name, mimetype="audio/mpeg", conditional=True)

    app.get("/api/study")(about)
    app.post("/api/listeners")(arrive)
    app.get("/api/screen")(current)
    app.put("/api/answers/<int:number>")(answer)
    add_headers(app, "; media-src blob:")
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoreError, _store_error)
    app.register_error_handler(BodyError, lambda error: failure(error.code, str(error), 400))
    return app


def about() -> Reply:
    """Return how many clips there are, and how long they are."""
    return good({"clips": _study().clips, "seconds": _study().seconds})


def arrive() -> Reply:
    """Add a listener, and return the token and the first screen."""
    told, origin = _told(Arrival), origin_of(request.remote_addr)
    arrivals: Allowance = current_app.extensions["arrivals"]
    if not arrivals.allows(origin):
        return failure("too_many", "too many new listeners from one address; wait some minutes", 429)
    try:
        token = _store().admit(told.language, told.playing, told.listening)
    except FullError:
        return failure("full", "the study has all the listeners that it can take", 403)
    except StoreError:
        arrivals.give_back(origin)  # the page tries again until it is admitted
        raise
    listener = _store().listener(token)
    return good({"token": token, "screen": _described(listener, token)}) if listener else _unknown()


def current() -> Reply:
    """Return the screen at which the listener is."""
    token = _token()
    listener = _store().listener(token)
    return good({"screen": _described(listener, token)}) if listener else _unknown()


def answer(number: int) -> Reply:
    """Store the ratings of the screen with this number, and return the next screen.

    An answer to an earlier screen changes nothing: the page has missed the reply and sends it again.
    """
    token = _token()
    listener = _store().listener(token)
    if listener is None:
        return _unknown()
    told = _told(Ratings)
    order = screens(_study(), listener.number)
    if number > listener.answered or number >= len(order):
        return failure("order", "the answers before this one are missing; load the page again", 409)
    if number == listener.answered:
        if not order[number].is_check and told.heard_seconds < least_heard(_study()):
            return failure("unheard", "the clip has to be heard first", 400)
        if wait := seconds_early(told.heard_seconds, listener.seen, time.time()):
            return _early(wait)
        given = Answer(number, tuple(told.ratings), told.heard_seconds)
        _store().keep(listener, given, is_last=number == len(order) - 1, code=code_of(token))
        listener = _store().listener(token)
    return good({"screen": _described(listener, token)}) if listener else _unknown()


def least_heard(study: Study) -> float:
    """Return how long a clip must be played before it can be rated, in seconds."""
    return min(LEAST_HEARD_SECONDS, study.seconds - 0.5)  # a browser may report the end a little early


def _described(listener: Listener, token: str) -> dict[str, object]:
    """Return what the page needs for the listener's present screen. It does not tell the source."""
    study = _study()
    order = screens(study, listener.number)
    if listener.answered >= len(order):
        return {"kind": "done", "number": len(order), "count": len(order), "code": code_of(token)}
    place = {"number": listener.answered, "count": len(order)}
    screen: Screen = order[listener.answered]
    if screen.is_check:
        return {"kind": "check", "asked": asked_numbers(study, listener.number), **place}
    clip = f"/clips/{file_of(study, screen)}"
    return {
        "kind": "clip",
        "clip": clip,
        "seconds": study.seconds,
        "least_heard": least_heard(study),
        **place,
    }


def _told(kind: type[_Kind]) -> _Kind:
    """Return the body of this request as a `kind`. Raises BodyError."""
    try:
        return typed(fields(), kind)
    except ValueError as error:
        raise BodyError("bad_request", str(error)) from None


def _token() -> str:
    return request.headers.get(LISTENER_HEADER, "")[:64]


def _study() -> Study:
    study: Study = current_app.extensions["study"]
    return study


def _store() -> Store:
    store: Store = current_app.extensions["store"]
    return store


def _unknown() -> Reply:
    return failure("unknown", "this study does not know this listener", 401)


def _early(wait: int) -> Reply:
    response, status = failure("early", "the clip was shown too recently to be heard for so long", 409)
    response.headers["Retry-After"] = str(wait)
    return response, status


def _is_from_elsewhere() -> bool:
    headers = request.headers
    return is_from_elsewhere(headers.get("Sec-Fetch-Site"), headers.get("Origin"), request.host)


def _http_error(error: HTTPException) -> Reply:
    return failure("http", error.description or error.name, error.code or 500)


def _store_error(error: StoreError) -> Reply:
    _log.error("%s", error)
    if isinstance(error, GoneError):
        return failure(
            "gone", "the file of answers was deleted or replaced; the study has to be started again", 503
        )
    return failure("store", "the answer could not be stored; try again", 503)
