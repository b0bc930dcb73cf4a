"""The routes of the live page: events from the daemon, and requests to it."""

from importlib import resources
from typing import Any, Final

from flask import Blueprint, Response, current_app, render_template, request

from daemon.about import package_version
from daemon.control.protocol import OPS
from daemon.panel.event_stream import CrowdedError, EventStream
from daemon.panel.guard.bodies import fields
from daemon.panel.guard.limits import MOST_FILE_BYTES
from daemon.panel.guard.safety import token
from daemon.panel.link import Link, NoAnswer, Refused
from daemon.panel.responses import Answer, failure, good

# A page may prime only with a stored song, which has a request of its own.
_CHANGES: Final = frozenset(name for name, shape in OPS.items() if shape.changes) - {"prime"}
# These are about the daemon as a whole.
_OF_NO_DECK: Final = frozenset({"deck", "describe", "ping"})
_QUESTIONS: Final = OPS.keys() - _CHANGES - {"prime"}

pages = Blueprint("live", __name__)


@pages.get("/")
def index() -> str:
    """Return the page."""
    return render_template(
        "index.html", token=token(), version=package_version(), most_file_bytes=MOST_FILE_BYTES
    )


@pages.get("/sounds.json")
def sounds() -> Response:
    """Return the instruments that the page plays with."""
    content = resources.files("models").joinpath("sounds.json").read_bytes()
    return Response(content, mimetype="application/json", headers={"Cache-Control": "no-cache"})


@pages.get("/api/events")
def events() -> Response | Answer:
    """Stream telemetry as server-sent events."""
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
    """Return a deck's last messages of health and gauge, and its last bars, for a page that was just opened."""
    last = _event_stream().last
    return good({**last.history(_deck()), "played": last.played(_deck())})


@pages.get("/api/ping")
def ping() -> Answer:
    """Return why a page has no events: too many pages (`crowded`), or the daemon does not answer (`unavailable`)."""
    return _crowded() if _event_stream().is_crowded else ask("ping", {})


@pages.get("/api/<op>")
def question(op: str) -> Answer:
    """Return the result of `describe` or `state`, or the list of decks, presets, scenes or models."""
    if op == "decks":
        return decks()
    if op in {"presets", "scenes", "models"}:
        return ask(op.removesuffix("s"), {"action": "list"})
    return ask(op, {}) if op in _QUESTIONS else failure("not_found", "there is no such page", 404)


@pages.post("/api/<op>")
def change(op: str) -> Answer:
    """Send an op that changes something. The body has its keys."""
    if op not in _CHANGES:
        return failure("bad_request", f"the panel accepts {', '.join(sorted(_CHANGES))}, not {op[:40]}", 400)
    asked = fields()
    if wrong := asked.keys() & {"op", "v", "id"}:
        return failure("bad_request", f"the body may have only the keys of {op}, not {', '.join(wrong)}", 400)
    return ask(op, asked)


def decks() -> Answer:
    """Return the list of decks, and store the messages of each deck under its name from now on."""
    answer, status = ask("deck", {"action": "list"})
    if status == 200:
        listed = answer.get_json()["result"]["decks"]
        _event_stream().last.name_decks([str(each["name"]) for each in listed])
    return answer, status


def ask(op: str, asked: dict[str, Any]) -> Answer:
    """Send an op to the daemon, and convert its reply to an HTTP answer.

    The address of a request may name the deck that it is about: `?deck=main`.
    """
    link: Link = current_app.extensions["link"]
    deck = {} if op in _OF_NO_DECK else {"deck": _deck()}
    try:
        return good(link.ask(op, **{**deck, **asked}))
    except Refused as error:
        return failure(error.code, str(error), 400)
    except NoAnswer as error:
        return failure("unavailable", str(error), 503)


def _deck() -> str | None:
    return request.args.get("deck")


def _crowded() -> Answer:
    return failure("crowded", "too many panels are open; close one", 503)


def _event_stream() -> EventStream:
    event_stream: EventStream = current_app.extensions["event_stream"]
    return event_stream
