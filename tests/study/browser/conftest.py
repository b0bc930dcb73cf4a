"""A served study, and real browsers in front of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import needs

needs.library("playwright.sync_api")
needs.library("axe_playwright_python.sync_playwright")

from playwright.sync_api import Browser, BrowserContext, Page

from tests.study.process import Server

Visit = Callable[..., Page]


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    running = Server(folder)
    running.start()
    yield running
    running.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    """Opens pages as different people. A script's error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(width: int = 1440, height: int = 900, **settings: Any) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **settings))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(server.url)
        page.wait_for_selector("h1")
        return page

    yield open_page
    for each in contexts:
        each.close()
    assert complaints == []
