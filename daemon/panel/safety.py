"""Who may use the panel, and what a browser may do with it."""

import hmac
import secrets
import threading
import time
from typing import Any, Final
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    session,
)
from werkzeug.wrappers import Response as AnyResponse

from daemon.panel.settings import LOCAL_HOSTS, PanelSettings

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_OPEN_TO_ALL: Final = frozenset({"safety.login", "safety.enter", "health.healthz", "static"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_TRIES: Final = 10
_TRIES_SECONDS: Final = 60.0

pages = Blueprint("safety", __name__)


class Door:
    """The password, if there is one, and how often it was guessed at lately."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._lock = threading.Lock()
        self._wrong: list[float] = []

    @property
    def is_open(self) -> bool:
        """Whether no password is asked for."""
        return not self._password

    def fits(self, guess: str) -> bool:
        """Whether `guess` is the password; after ten wrong ones in a minute none is."""
        with self._lock:
            now = time.monotonic()
            self._wrong = [moment for moment in self._wrong if now - moment < _TRIES_SECONDS]
            if len(self._wrong) >= _TRIES:
                return False
            fits = hmac.compare_digest(guess.encode(), self._password)
            if not fits:
                self._wrong.append(now)
            return fits


def guard(app: Flask, settings: PanelSettings) -> None:
    """Put every request of `app` behind host, password and token."""
    door = Door(settings.password)
    app.extensions["door"] = door
    app.register_blueprint(pages)

    @app.before_request
    def check() -> AnyResponse | tuple[Response, int] | None:
        if door.is_open and not _is_local_name(settings):
            # Without a password a name that only resolves to this machine (DNS rebinding) gets no answer.
            abort(421)
        if not (_is_known(door) or request.endpoint in _OPEN_TO_ALL):
            wants_page = request.method == "GET" and request.path == "/"
            return redirect("/login") if wants_page else (jsonify(_error("login", "log in first")), 401)
        if request.method not in _SAFE and not _has_token():
            return jsonify(_error("token", "the page is older than the panel; load it again")), 403
        return None

    @app.after_request
    def close(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def token() -> str:
    """The token that every change must bring along, of this browser's session."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return str(session["token"])


@pages.get("/login")
def login() -> str:
    """The page that asks for the password."""
    return render_template("login.html", token=token(), wrong=False)


@pages.post("/login")
def enter() -> AnyResponse | tuple[str, int]:
    """Let in who knows the password."""
    if not current_app.extensions["door"].fits(request.form.get("password", "")):
        return render_template("login.html", token=token(), wrong=True), 403
    session["known"] = True
    return redirect("/")


def _is_known(door: Door) -> bool:
    if door.is_open or session.get("known") is True:
        return True
    given = request.authorization
    return given is not None and given.type == "basic" and door.fits(given.password or "")


def _is_local_name(settings: PanelSettings) -> bool:
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return host.lower() in LOCAL_HOSTS | {settings.host.lower()}


def _has_token() -> bool:
    given = request.headers.get("X-Edmd-Token") or request.form.get("token", "")
    origin = request.headers.get("Origin")
    same = origin is None or urlsplit(origin).netloc == request.host
    return same and "token" in session and hmac.compare_digest(given.encode(), str(session["token"]).encode())


def _error(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message}}
