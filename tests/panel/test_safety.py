"""Requests that the panel refuses."""

import base64
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from daemon.control import messages
from daemon.panel.guard.password import PasswordCheck, TooManyTriesError
from tests.daemon.handlers import Daemon
from tests.panel.conftest import Building, Visitor

CHANGES = [
    "/api/set",
    "/api/transport",
    "/api/preset",
    "/api/reseed",
    "/api/songs",
    "/api/songs/upload",
    "/login",
]


@pytest.mark.parametrize("path", CHANGES)
def test_no_change_without_the_token_of_the_page(path: str, visitor: Visitor, daemon: Daemon) -> None:
    asked = len(daemon.handlers.asked)
    body = {"params": {"tempo": 140.0}, "action": "stop"}
    for headers in ({}, {"X-Edmd-Token": ""}, {"X-Edmd-Token": "x" * 32}):
        assert visitor.client.post(path, json=body, headers=headers).status_code == 403
    assert len(daemon.handlers.asked) == asked


def test_no_change_by_get(visitor: Visitor, daemon: Daemon) -> None:
    for path in ("/api/set?tempo=90", "/api/transport?action=stop", "/api/reseed", "/api/preset"):
        assert visitor.client.get(path).status_code in {404, 405}
    assert not any(isinstance(op, messages.Set | messages.Transport) for op in daemon.handlers.asked)


def test_a_token_of_another_session_does_not_do(panel: Building) -> None:
    app = panel()
    one, other = Visitor(app.test_client()), Visitor(app.test_client())
    one.come()
    other.come()
    other.token = one.token
    assert other.ask("/api/transport", {"action": "stop"}).status_code == 403


def test_a_page_from_elsewhere_cannot_ask(visitor: Visitor) -> None:
    headers = {"X-Edmd-Token": visitor.token, "Origin": "http://evil.example"}
    assert visitor.client.post("/api/transport", json={"action": "stop"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5572", "127.0.0.1.evil.example", "localhost.evil"]
)
def test_a_name_that_is_bound_to_this_machine_gets_no_answer(host: str, visitor: Visitor) -> None:
    """DNS rebinding: the browser believes that it talks to its own site, but the Host header shows the foreign name."""
    assert visitor.client.get("/", headers={"Host": host}).status_code == 421
    assert visitor.client.get("/api/state", headers={"Host": host}).status_code == 421


def test_a_strange_name_is_told_what_to_open(visitor: Visitor) -> None:
    answer = visitor.client.get("/", headers={"Host": "stage.local:5572"})
    message = answer.get_json()["error"]["message"]
    assert message == (
        "this panel answers only to the names of this machine, not to stage.local:5572: "
        "open http://127.0.0.1:5572, or set a password"
    )


def test_what_is_not_there_is_named(visitor: Visitor) -> None:
    assert visitor.client.get("/nothing").get_json()["error"]["message"] == "there is no /nothing here"
    message = visitor.client.put("/", headers={"X-Edmd-Token": visitor.token}).get_json()["error"]["message"]
    assert message == "/ does not accept PUT"


@pytest.mark.parametrize("host", ["localhost:5572", "127.0.0.1:5572", "[::1]:5572", "LOCALHOST"])
def test_the_names_of_this_machine_do(host: str, visitor: Visitor) -> None:
    assert visitor.client.get("/", headers={"Host": host}).status_code == 200


def test_every_answer_forbids_scripts_from_elsewhere(visitor: Visitor) -> None:
    for path in ("/", "/api/state", "/static/js/main.js", "/nothing"):
        with visitor.client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_the_page_holds_no_inline_script_style_or_address_of_elsewhere(visitor: Visitor) -> None:
    page = visitor.client.get("/").get_data(as_text=True)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\sstyle=|\son\w+=|<style", page)
    assert not re.search(r"https?://", page.replace("http://www.w3.org", ""))


def test_with_a_password_nothing_is_told_before_it(locked: FlaskClient, daemon: Daemon) -> None:
    assert locked.get("/").headers["Location"] == "/login"
    for path in ("/api/state", "/api/events", "/api/songs", "/metrics"):
        assert locked.get(path).status_code == 401
    assert locked.get("/healthz").status_code in {200, 503}
    assert daemon.handlers.asked == []


def form_token(browser: FlaskClient) -> str:
    found = re.search(r'name="token" value="([^"]+)"', browser.get("/login").get_data(as_text=True))
    assert found is not None
    return found[1]


def enter(browser: FlaskClient, password: str, address: str = "10.0.0.1", **headers: str) -> TestResponse:
    """Send the form of the login page as a browser does, with the origin."""
    data = {"token": form_token(browser), "password": password}
    named = {"Origin": "http://localhost", **headers}
    return browser.post("/login", data=data, headers=named, environ_base={"REMOTE_ADDR": address})


def test_the_password_opens(locked: FlaskClient) -> None:
    wrong = enter(locked, "guess")
    assert wrong.status_code == 403
    assert "That is not the password." in wrong.get_data(as_text=True)
    assert locked.get("/api/state").status_code == 401
    assert enter(locked, "open sesame").headers["Location"] == "/"
    assert locked.get("/api/state").status_code == 200


def test_a_login_begins_a_new_session(locked: FlaskClient) -> None:
    """A token that somebody knew before the login opens nothing after it."""
    before = form_token(locked)
    assert enter(locked, "open sesame").status_code == 302
    found = re.search(r'name="edmd-token" content="([^"]+)"', locked.get("/").get_data(as_text=True))
    assert found
    assert found[1] != before
    stale = locked.post("/api/transport", json={"action": "play"}, headers={"X-Edmd-Token": before})
    assert stale.status_code == 403


def test_the_login_page_lets_a_browser_name_its_origin(locked: FlaskClient) -> None:
    """With `no-referrer`, a browser sends `Origin: null` with the form, and no login works."""
    assert locked.get("/login").headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "http://["])
def test_who_logs_in_from_elsewhere_is_shown_the_form_again(origin: str, locked: FlaskClient) -> None:
    refused = enter(locked, "open sesame", Origin=origin)
    assert refused.status_code == 403
    assert "Try again." in refused.get_data(as_text=True)
    assert 'name="password"' in refused.get_data(as_text=True)
    assert locked.get("/api/state").status_code == 401


def test_a_scraper_brings_the_password_along(locked: FlaskClient) -> None:
    words = base64.b64encode(b"prometheus:open sesame").decode()
    assert locked.get("/metrics", headers={"Authorization": f"Basic {words}"}).status_code == 200


def test_guessing_ends_for_who_guesses_alone(panel: Building) -> None:
    app = panel(password="right", host="0.0.0.0")
    guesser, owner = app.test_client(), app.test_client()
    for _ in range(10):
        assert enter(guesser, "wrong").status_code == 403
    refused = enter(guesser, "right")
    assert refused.status_code == 429
    assert "Too many tries. Wait a minute." in refused.get_data(as_text=True)
    assert enter(owner, "right", "10.0.0.2").status_code == 302
    scraper = {"Authorization": f"Basic {base64.b64encode(b'x:right').decode()}"}
    codes = [
        owner.get("/metrics", headers=scraper, environ_base={"REMOTE_ADDR": address}).status_code
        for address in ("10.0.0.1", "10.0.0.3")
    ]
    assert codes == [200, 200], "a logged-in browser stays logged in"
    stranger = app.test_client()
    answer = stranger.get("/metrics", headers=scraper, environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (429, "too_many")
    assert stranger.get("/healthz", environ_base={"REMOTE_ADDR": "10.0.0.1"}).status_code in {200, 503}


def test_a_network_is_one_guesser() -> None:
    password_check = PasswordCheck("right")
    for number in range(10):
        assert not password_check.fits("wrong", f"2001:db8::{number:x}")
    with pytest.raises(TooManyTriesError):
        password_check.fits("right", "2001:db8::ff")
    assert password_check.fits("right", "2001:db8:0:1::1")
    assert password_check.fits("right", None)


def test_after_a_minute_guesses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("daemon.panel.guard.password.time.monotonic", lambda: now[0])
    password_check = PasswordCheck("right")
    for _ in range(10):
        password_check.fits("wrong", "10.0.0.1")
    now[0] += 61
    assert password_check.fits("right", "10.0.0.1")


@pytest.mark.parametrize("origin", ["http://[", "http://]:1", "\x00", "null"])
def test_an_origin_that_is_no_address_is_refused(origin: str, visitor: Visitor) -> None:
    headers = {"X-Edmd-Token": visitor.token, "Origin": origin}
    assert visitor.client.post("/api/transport", json={"action": "stop"}, headers=headers).status_code == 403
