"""The live page: what the daemon tells, and what it is asked."""

from typing import Any, Final

from flask import Blueprint, Response, current_app, render_template, request

from daemon.about import package_version
from daemon.panel.bodies import fields
from daemon.panel.event_stream import CrowdedError, EventStream
from daemon.panel.limits import MOST_FILE_BYTES
from daemon.panel.link import Link, NoAnswer, Refused
from daemon.panel.responses import Answer, failure, good
from daemon.panel.safety import token

# Ops that change something, and may be asked for by a page; `prime` is asked by the name of an upload alone.
_CHANGES: Final = frozenset({"set", "transport", "reseed", "preset", "model", "record"})
_QUESTIONS: Final = frozenset({"describe", "state"})

pages = Blueprint("live", __name__)


@pages.get("/")
def index() -> str:
    """The page."""
    return render_template(
        "index.html", token=token(), version=package_version(), most_file_bytes=MOST_FILE_BYTES
    )


@pages.get("/api/events")
def events() -> Response | Answer:
    """Telemetry as server-sent events."""
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    try:
        return Response(
            _event_stream().page(), mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )
    except CrowdedError:
        return _crowded()


@pages.get("/api/history")
def history() -> Answer:
    """The last messages of health and gauge, for a page that has just been opened."""
    return good(_event_stream().history())


@pages.get("/api/ping")
def ping() -> Answer:
    """Why a page has no events: there is no room for it (`crowded`), or the daemon is away (`unavailable`)."""
    return _crowded() if _event_stream().is_crowded else ask("ping", {})


@pages.get("/api/<op>")
def question(op: str) -> Answer:
    """`describe`, `state`, and the names of presets and models."""
    if op in {"presets", "models"}:
        return ask(op.removesuffix("s"), {"action": "list"})
    return ask(op, {}) if op in _QUESTIONS else failure("not_found", "there is no such page", 404)


@pages.post("/api/<op>")
def change(op: str) -> Answer:
    """Any op that changes something; the body holds its keys."""
    if op not in _CHANGES:
        return failure(
            "bad_request", f"the panel asks for {', '.join(sorted(_CHANGES))}, not for {op[:40]}", 400
        )
    asked = fields()
    if wrong := asked.keys() & {"op", "v", "id"}:
        return failure("bad_request", f"the body holds the keys of {op} alone, not {', '.join(wrong)}", 400)
    return ask(op, asked)


def ask(op: str, asked: dict[str, Any]) -> Answer:
    """Ask the daemon, and put its answer into words of HTTP."""
    link: Link = current_app.extensions["link"]
    try:
        return good(link.ask(op, **asked))
    except Refused as error:
        return failure(error.code, str(error), 400)
    except NoAnswer as error:
        return failure("unavailable", str(error), 503)


def _crowded() -> Answer:
    return failure("crowded", "too many panels are open; close one", 503)


def _event_stream() -> EventStream:
    event_stream: EventStream = current_app.extensions["event_stream"]
    return event_stream
