"""A real browser in front of a real panel of a real daemon that needs no MIDI system."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from daemon.client import Client
from tests import needs

needs.library("playwright.sync_api")
needs.library("axe_playwright_python.sync_playwright")
from playwright.sync_api import Browser, Page

PLAYING = ("--seed", "7", "-o", "parameters.director=false", "-o", "parameters.energy=0.8")


def until(true: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """Wait until a condition is true, and return its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not come to pass in {seconds} s: {what}")


def is_so(page: Page, expression: str) -> None:
    """Wait until an expression is true in the page; the page's content policy forbids `wait_for_function`."""
    until(lambda: page.evaluate(expression), expression)


def shows(page: Page, selector: str, value: str) -> None:
    """Wait until a control exists and has a value."""
    expression = "([selector, value]) => document.querySelector(selector)?.value === value"
    until(lambda: page.evaluate(expression, [selector, value]), f"{selector} shows {value}")


def delete(page: Page, selector: str) -> None:
    """Press a button that deletes, and press again when it asks."""
    page.click(selector)
    page.locator(f"{selector}.asking").click()


def free_ports(count: int) -> list[int]:
    """Return different ports that no process listens at."""
    with contextlib.ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


@dataclass
class Stage:
    """A daemon and its panel: addresses, and processes that can be ended and started."""

    folder: Path
    control: str
    telemetry: str
    port: int
    daemon: "subprocess.Popen[str] | None" = None
    panel: "subprocess.Popen[str] | None" = None
    started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def begin(self) -> None:
        """Start the daemon."""
        self.daemon = self._run("play", "--no-panel", *PLAYING, "-o", "play.provider=cpu")
        self._greets(self.daemon, "edmd plays")

    def open(self, *words: str) -> None:
        """Start the panel."""
        self.panel = self._run("panel", *words)
        self._greets(self.panel, "edmd panel at")

    def end(self) -> None:
        for process in (self.panel, self.daemon):
            if process is not None:
                process.terminate()
                process.wait(20)
        for process in self.started:
            if process.stdout is not None:
                process.stdout.close()

    def _run(self, command: str, *words: str) -> "subprocess.Popen[str]":
        options = {
            "control.bind": self.control,
            "telemetry.bind": self.telemetry,
            "panel.port": self.port,
            "recording.folder": self.folder / "recordings",
            "presets.folder": self.folder / "presets",
            "control.learned": self.folder / "controls.toml",
        }
        pairs = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        program = [sys.executable, "-m", "daemon", command]
        own = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state")}  # the panel stores its key there
        command_line = [*program, *pairs, *words]
        self.started.append(subprocess.Popen(command_line, stdout=subprocess.PIPE, text=True, env=own))
        return self.started[-1]

    @staticmethod
    def _greets(process: "subprocess.Popen[str]", words: str) -> None:
        assert process.stdout is not None
        assert re.match(words, process.stdout.readline())


@contextlib.contextmanager
def staged(folder: Path, *words: str) -> Iterator[Stage]:
    """Return a daemon and its panel, started with the extra arguments `words`."""
    control, telemetry, port = free_ports(3)
    stage = Stage(folder, f"tcp://127.0.0.1:{control}", f"tcp://127.0.0.1:{telemetry}", port)
    try:
        stage.begin()
        stage.open(*words)
        yield stage
    finally:
        stage.end()


@pytest.fixture(scope="module")
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture
def client(stage: Stage) -> Iterator[Client]:
    """A second user who changes the same parameters."""
    with Client(stage.control, timeout_seconds=10.0) as client:
        client.preset("save", "as it began")
        yield client
        client.preset("load", "as it began")
        client.preset("delete", "as it began")


@pytest.fixture
def visit(stage: Stage, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages. A page that logs an error to its console fails the test."""
    opened: list[Page] = []
    complaints: list[str] = []

    def open_page(
        hash_: str = "#mix", width: int = 1440, height: int = 1000, *, has_touch: bool = False
    ) -> Page:
        page = browser.new_page(
            viewport={"width": width, "height": height}, accept_downloads=True, has_touch=has_touch
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{stage.url}{hash_}")
        page.wait_for_selector(".dial", state="attached")
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.close()
    assert complaints == []
