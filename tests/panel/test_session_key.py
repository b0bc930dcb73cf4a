"""Sessions survive a restart of the panel, but not a new password."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from daemon.panel.app import create_app
from daemon.panel.event_stream import EventStream
from daemon.panel.guard.session_key import FILE_NAME, session_key
from daemon.panel.settings import PanelSettings
from tests.panel.conftest import NOWHERE, Visitor
from tests.panel.test_safety import enter

LOCKED = PanelSettings(NOWHERE, NOWHERE, "0.0.0.0", 5572, "open sesame", Path())


def panel(settings: PanelSettings, folder: Path) -> FlaskClient:
    key = session_key(settings, folder)
    return create_app(replace(settings, folder=folder), EventStream(NOWHERE, NOWHERE), key).test_client()


def moved(before: FlaskClient, after: FlaskClient) -> FlaskClient:
    """Return the same browser in front of the next panel."""
    cookie = before.get_cookie("edmd_panel_5572")
    assert cookie is not None
    after.set_cookie(cookie.key, cookie.value)
    return after


def test_who_was_in_is_in_after_a_restart(tmp_path: Path) -> None:
    browser = panel(LOCKED, tmp_path)
    assert enter(browser, "open sesame").status_code == 302
    assert moved(browser, panel(LOCKED, tmp_path)).get("/api/songs").status_code == 200


def test_another_password_logs_everybody_out(tmp_path: Path) -> None:
    browser = panel(LOCKED, tmp_path)
    enter(browser, "open sesame")
    changed = replace(LOCKED, password="open barley")
    assert moved(browser, panel(changed, tmp_path)).get("/api/songs").status_code == 401


def test_a_page_goes_on_after_a_restart(tmp_path: Path) -> None:
    settings = replace(LOCKED, password="", host="127.0.0.1")
    visitor = Visitor(panel(settings, tmp_path))
    visitor.come()
    visitor.client = moved(visitor.client, panel(settings, tmp_path))
    assert visitor.ask("/api/songs/none/delete").status_code == 404


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    first = session_key(LOCKED, tmp_path / "new" / "folder")
    path = tmp_path / "new" / "folder" / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert session_key(LOCKED, path.parent) == first
    assert session_key(replace(LOCKED, port=5573), path.parent) != first
    path.chmod(0o644)
    assert session_key(LOCKED, path.parent) != first, "other users may have read it"
    path.write_bytes(b"short")
    assert len(session_key(LOCKED, path.parent)) == 32
    assert len(path.read_bytes()) == 32


def test_where_it_cannot_be_kept_it_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    assert session_key(LOCKED, tmp_path / "file") != session_key(LOCKED, tmp_path / "file")
    assert "pages must log in again" in caplog.text
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
