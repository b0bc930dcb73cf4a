"""Access control: password, sessions, tokens, and security headers."""

import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    session,
)
from werkzeug.wrappers import Response as AnyResponse

from daemon.panel.guard.headers import add_headers
from daemon.panel.guard.password import PasswordCheck, TooManyTriesError
from daemon.panel.responses import Answer, failure
from daemon.panel.settings import LOCAL_HOSTS, PanelSettings

_OPEN_TO_ALL: Final = frozenset({"safety.login", "safety.enter", "health.healthz", "static"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_STRANGE_NAME: Final = (
    "this panel answers only to the names of this machine, not to {host}: open {url}, or set a password"
)

pages = Blueprint("safety", __name__)


def guard(app: Flask, settings: PanelSettings) -> None:
    """Check host name, password and token of every request of `app`."""
    password_check = PasswordCheck(settings.password)
    app.extensions["password_check"] = password_check
    app.register_blueprint(pages)

    @app.before_request
    def check() -> AnyResponse | tuple[str, int] | Answer | None:
        if password_check.is_open and not _is_local_name(settings):
            # Without a password, a foreign name that resolves to this machine (DNS rebinding) gets no answer.
            return failure("host", _STRANGE_NAME.format(host=request.host[:80], url=settings.url), 421)
        try:
            if not (request.endpoint in _OPEN_TO_ALL or _is_known(password_check)):
                wants_page = request.method == "GET" and request.path == "/"
                return redirect("/login") if wants_page else failure("login", "log in first", 401)
        except TooManyTriesError:
            return failure("too_many", "too many tries; wait a minute", 429)
        if request.method not in _SAFE and not _has_token():
            return _stale()
        return None

    add_headers(app)


def token() -> str:
    """Return the token of this browser's session. Every change must send it."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return str(session["token"])


@pages.get("/login")
def login() -> tuple[str, int]:
    """Return the page that asks for the password."""
    return _form("", 200)


@pages.post("/login")
def enter() -> AnyResponse | tuple[str, int]:
    """Log in with the password of the form."""
    password_check: PasswordCheck = current_app.extensions["password_check"]
    try:
        if not password_check.fits(request.form.get("password", ""), request.remote_addr):
            return _form("That is not the password.", 403)
    except TooManyTriesError:
        return _form("Too many tries. Wait a minute.", 429)
    session.clear()  # what was known of the session before the login is worth nothing after it
    session["known"] = True
    return redirect("/")


def _stale() -> tuple[str, int] | Answer:
    """Return the answer to a page whose token belongs to another session."""
    if request.endpoint == "safety.enter":
        return _form("This page was out of date. Try again.", 403)
    return failure("token", "the page is out of date, because the panel restarted; load it again", 403)


def _form(wrong: str, status: int) -> tuple[str, int]:
    return render_template("login.html", token=token(), wrong=wrong), status


def _is_known(password_check: PasswordCheck) -> bool:
    if password_check.is_open or session.get("known") is True:
        return True
    given = request.authorization
    if given is None or given.type != "basic":
        return False
    return password_check.fits(given.password or "", request.remote_addr)


def _is_local_name(settings: PanelSettings) -> bool:
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return host.lower() in LOCAL_HOSTS | {settings.host.lower()}


def _has_token() -> bool:
    given = request.headers.get("X-Edmd-Token") or request.form.get("token", "")
    fits = hmac.compare_digest(given.encode(), str(session.get("token", "")).encode())
    return fits and "token" in session and _is_from_here()


def _is_from_here() -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.host
    except ValueError:  # it is not an address
        return False
