"""A panel without a browser: its application, handlers that answer, and a client that has a token."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests import needs

needs.library("flask")

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from daemon.panel.app import create_app
from daemon.panel.event_stream import EventStream
from daemon.panel.settings import PanelSettings
from tests.daemon.handlers import Daemon, serving

NOWHERE = "tcp://127.0.0.1:9"


@dataclass
class Visitor:
    """A user with a browser: stores cookies, and sends the token of the page."""

    client: FlaskClient
    token: str = ""

    def come(self) -> None:
        """Open the page."""
        found = re.search(r'name="edmd-token" content="([^"]+)"', self.client.get("/").get_data(as_text=True))
        assert found is not None
        self.token = found[1]

    def ask(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        """Post JSON as the page does."""
        headers = {"X-Edmd-Token": self.token}
        return self.client.post(path, json={} if body is None else body, headers=headers, **more)


@pytest.fixture(scope="session", autouse=True)
def _state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Panels in tests store their key here, not in this user's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def settings(daemon: Daemon, tmp_path: Path) -> PanelSettings:
    return PanelSettings(daemon.control, daemon.telemetry.endpoint, "127.0.0.1", 5572, "", tmp_path)


Building = Callable[..., Flask]


@pytest.fixture
def panel(settings: PanelSettings) -> Iterator[Building]:
    """Builds panels with special settings, and closes them at the end."""
    built: list[Flask] = []

    def build(event_stream: EventStream | None = None, **changes: Any) -> Flask:
        chosen = replace(settings, **changes)
        built.append(create_app(chosen, event_stream or EventStream(chosen.control, chosen.telemetry)))
        return built[-1]

    yield build
    for app in built:
        app.extensions["link"].close()


@pytest.fixture
def visitor(panel: Building) -> Visitor:
    visitor = Visitor(panel().test_client())
    visitor.come()
    return visitor


@pytest.fixture
def locked(panel: Building) -> FlaskClient:
    """A browser in front of a panel with a password."""
    return panel(password="open sesame", host="0.0.0.0").test_client()
