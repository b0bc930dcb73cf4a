"""What the panel refuses."""

import base64
import re

import pytest
from flask.testing import FlaskClient

from daemon.config import ConfigError, load_config
from daemon.control import messages
from tests.daemon.desk import Daemon
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
    asked = len(daemon.desk.asked)
    body = {"params": {"tempo": 140.0}, "action": "stop"}
    for headers in ({}, {"X-Edmd-Token": ""}, {"X-Edmd-Token": "x" * 32}):
        assert visitor.client.post(path, json=body, headers=headers).status_code == 403
    assert len(daemon.desk.asked) == asked


def test_no_change_by_get(visitor: Visitor, daemon: Daemon) -> None:
    for path in ("/api/set?tempo=90", "/api/transport?action=stop", "/api/reseed", "/api/preset"):
        assert visitor.client.get(path).status_code in {404, 405}
    assert not any(isinstance(op, messages.Set | messages.Transport) for op in daemon.desk.asked)


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
    """DNS rebinding: the browser believes it is at home, the Host header tells otherwise."""
    assert visitor.client.get("/", headers={"Host": host}).status_code == 421
    assert visitor.client.get("/api/state", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:5572", "127.0.0.1:5572", "[::1]:5572", "LOCALHOST"])
def test_the_names_of_this_machine_do(host: str, visitor: Visitor) -> None:
    assert visitor.client.get("/", headers={"Host": host}).status_code == 200


def test_every_answer_forbids_scripts_from_elsewhere(visitor: Visitor) -> None:
    for path in ("/", "/api/state", "/static/js/main.js", "/nothing"):
        policy = visitor.client.get(path).headers["Content-Security-Policy"]
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
    assert daemon.desk.asked == []


def test_the_password_opens(locked: FlaskClient) -> None:
    found = re.search(r'name="token" value="([^"]+)"', locked.get("/login").get_data(as_text=True))
    assert found is not None
    wrong = locked.post("/login", data={"token": found[1], "password": "guess"})
    assert wrong.status_code == 403
    assert locked.get("/api/state").status_code == 401
    right = locked.post("/login", data={"token": found[1], "password": "open sesame"})
    assert right.headers["Location"] == "/"
    assert locked.get("/api/state").status_code == 200


def test_a_scraper_brings_the_password_along(locked: FlaskClient) -> None:
    words = base64.b64encode(b"prometheus:open sesame").decode()
    assert locked.get("/metrics", headers={"Authorization": f"Basic {words}"}).status_code == 200


def test_guessing_ends(panel: Building) -> None:
    guesser = panel(password="right").test_client()
    found = re.search(r'name="token" value="([^"]+)"', guesser.get("/login").get_data(as_text=True))
    assert found is not None
    for _ in range(10):
        guesser.post("/login", data={"token": found[1], "password": "wrong"})
    assert guesser.post("/login", data={"token": found[1], "password": "right"}).status_code == 403


def test_another_address_needs_a_password() -> None:
    with pytest.raises(
        ConfigError, match=r"panel.host = 0.0.0.0 is not this machine alone: it needs a panel.password"
    ):
        load_config(overrides=["panel.host=0.0.0.0"])
    assert load_config(overrides=["panel.host=0.0.0.0", "panel.password=x"]).panel.password == "x"
