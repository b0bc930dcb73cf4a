"""The panel's process: restarted when it dies, and ended with the process that started it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests import needs

needs.library("flask")

from daemon.composer.panel_child import PanelChild, panel_words

NOWHERE = "tcp://127.0.0.1:9"


def until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
    except urllib.error.HTTPError as error:
        return error.code == 503  # the panel runs, and reports that no daemon does
    except OSError:
        return False
    return True


class Page(NamedTuple):
    """What a browser stores from a page."""

    cookie: str
    token: str


def opened(port: int) -> Page:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        found = re.search(r'name="edmd-token" content="([^"]+)"', answer.read().decode())
        assert found is not None
        return Page(answer.headers["Set-Cookie"].partition(";")[0], found[1])


def changes(port: int, page: Page) -> int:
    """Return the status with which the panel answers a change that the page requests."""
    headers = {"Cookie": page.cookie, "X-Edmd-Token": page.token, "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}/api/songs/none/delete"
    try:
        urllib.request.urlopen(urllib.request.Request(url, b"{}", headers), timeout=5)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def words(tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    overrides = [f"panel.port={free_port}", f"recording.folder={tmp_path}"]
    return panel_words(None, overrides, (NOWHERE, NOWHERE))


def test_a_panel_that_is_killed_comes_back_and_one_that_is_ended_does_not(
    words: list[str], free_port: int
) -> None:
    child = PanelChild(words)
    child.start()
    try:
        until(lambda: answers(free_port))
        first = child.pid
        assert first is not None
        page = opened(free_port)
        os.kill(first, signal.SIGKILL)
        until(lambda: child.pid != first and answers(free_port))
        assert changes(free_port, page) == 404, "the panel accepts the page's token, but has no such song"
    finally:
        began = time.monotonic()
        child.stop()
    assert time.monotonic() - began < 1.0
    assert not answers(free_port)


def test_a_panel_outlives_nobody(words: list[str], free_port: int) -> None:
    """The panel ends even if its parent is killed and cannot end it."""
    program = (
        "import sys, time\nfrom daemon.composer.panel_child import PanelChild\n"
        "PanelChild(sys.argv[1:]).start()\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, *words]) as parent:
        until(lambda: answers(free_port))
        panel = psutil.Process(parent.pid).children()[0]
        parent.kill()
    until(lambda: not panel.is_running() or panel.status() == psutil.STATUS_ZOMBIE)


def test_a_panel_that_cannot_listen_says_so_once(
    words: list[str], free_port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", str(free_port), "--bind", "127.0.0.1"]
    ) as other:
        until(lambda: psutil.Process(other.pid).net_connections() != [])
        child = PanelChild(words)
        child.start()
        until(lambda: "cannot listen" in capfd.readouterr().err)
        until(lambda: not child._thread.is_alive())
        child.stop()
        other.terminate()
