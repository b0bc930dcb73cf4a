"""The panel beside the music: started again when it dies, ended with whoever started it."""

import contextlib
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests import needs

needs.library("flask")

from tests.midi.playing import Edmd, has_gone, playing
from tests.training import tiny


def until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
    except urllib.error.HTTPError as error:
        return error.code == 503  # it is there, and says that there is no daemon
    except OSError:
        return False
    return True


class Page(NamedTuple):
    """What a browser keeps of a page."""

    cookie: str
    token: str


def opened(port: int) -> Page:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        found = re.search(r'name="edmd-token" content="([^"]+)"', answer.read().decode())
        assert found is not None
        return Page(answer.headers["Set-Cookie"].partition(";")[0], found[1])


def changes(port: int, page: Page) -> int:
    """How the panel answers to a change that the page asks for."""
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
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "JACK_DEFAULT_SERVER": "edmd-nothing"}


@pytest.fixture
def daemon(tmp_path: Path, free_port: int, environ: dict[str, str]) -> Iterator[Edmd]:
    bundle = tiny.write(tmp_path / "tiny")
    options = ("-o", f"panel.port={free_port}", "-o", f"recording.folder={tmp_path}", "-o", "midi.api=jack")
    with playing(bundle, *options, environ=environ, panel="") as started:
        yield started


def panel_of(daemon: Edmd) -> psutil.Process | None:
    for child in psutil.Process(daemon.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie, too
            if "panel" in child.cmdline():
                return child
    return None


def test_a_panel_that_is_killed_comes_back_and_ends_with_the_daemon(daemon: Edmd, free_port: int) -> None:
    until(lambda: answers(free_port))
    first = panel_of(daemon)
    assert first is not None
    page = opened(free_port)
    first.kill()
    until(lambda: panel_of(daemon) not in {None, first} and answers(free_port))
    assert changes(free_port, page) == 404, "it knows the page, but not the song"
    began = time.monotonic()
    assert daemon.end() == 0
    assert time.monotonic() - began < 2.0
    assert not answers(free_port)


def test_the_page_opens_in_the_browser_once_and_not_again_when_the_panel_is_replaced(
    tmp_path: Path, free_port: int, environ: dict[str, str]
) -> None:
    pages, browser = tmp_path / "pages", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {pages}\n', encoding="utf-8")
    browser.chmod(0o755)
    bundle = tiny.write(tmp_path / "tiny")
    options = (
        "-o",
        f"panel.port={free_port}",
        "-o",
        f"recording.folder={tmp_path}",
        "-o",
        "midi.api=jack",
        "--open",
    )
    with playing(bundle, *options, environ={**environ, "BROWSER": str(browser)}, panel="") as daemon:
        until(pages.exists)
        first = panel_of(daemon)
        assert first is not None
        first.kill()
        until(lambda: panel_of(daemon) not in {None, first} and answers(free_port))
    assert pages.read_text(encoding="utf-8") == f"http://127.0.0.1:{free_port}\n"


def test_a_panel_that_is_ended_does_not_come_back(daemon: Edmd, free_port: int) -> None:
    until(lambda: answers(free_port))
    panel = panel_of(daemon)
    assert panel is not None
    panel.terminate()
    until(lambda: has_gone(panel))
    daemon.wait_for_ticks(8)
    assert panel_of(daemon) is None


def test_a_panel_outlives_nobody(daemon: Edmd, free_port: int) -> None:
    """Also when who started it is killed, and cannot tell it."""
    until(lambda: answers(free_port))
    panel = panel_of(daemon)
    assert panel is not None
    daemon.process.kill()
    until(lambda: has_gone(panel))


def test_a_panel_that_cannot_listen_says_so_once(
    tmp_path: Path, free_port: int, environ: dict[str, str]
) -> None:
    bundle = tiny.write(tmp_path / "tiny")
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        options = ("-o", f"panel.port={free_port}", "-o", "midi.api=jack")
        with playing(bundle, *options, environ=environ, panel="") as daemon:
            until(lambda: panel_of(daemon) is not None)
            until(lambda: panel_of(daemon) is None)
            daemon.wait_for_ticks(8)
            assert daemon.end() == 0
            assert daemon.process.stderr is not None
            assert daemon.process.stderr.read().count("cannot listen") == 1
