"""A daemon and a panel that end and come back, too many pages, hidden pages."""

import contextlib
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from daemon.client import Client
from daemon.panel.event_stream import MOST_PAGES
from tests.panel.browser.conftest import Stage, is_so, staged, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
Visit = Callable[..., Page]
SWING = '#page-mix [data-name="swing"] input'
# The event that a browser sends to a page when another one covers it.
HIDDEN = """() => {
  Object.defineProperty(document, "hidden", { get: () => globalThis.unseen, configurable: true });
  globalThis.unseen = true;
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SEEN = """() => { globalThis.unseen = false; document.dispatchEvent(new Event("visibilitychange")); }"""


def test_a_daemon_that_goes_is_told_and_one_that_comes_back_is_found(
    browser: Browser, tmp_path: Path
) -> None:
    with staged(tmp_path) as stage:
        page = browser.new_page()
        page.goto(f"{stage.url}#mix")
        page.wait_for_selector(".dial", state="attached")
        assert page.is_hidden("#link")
        assert stage.daemon is not None
        stage.daemon.terminate()
        stage.daemon.wait(20)
        page.wait_for_selector("#link:has-text('The daemon does not answer')")
        stage.begin()
        page.wait_for_selector("#link", state="hidden")
        page.locator(SWING).fill("0.25")
        with Client(stage.control, timeout_seconds=10.0) as client:
            until(lambda: client.get("swing")["swing"] == 0.25, "the page reaches the new one")
        before = page.evaluate("edmd.clock.anchor?.beat ?? 0")
        is_so(page, f"(edmd.clock.anchor?.beat ?? 0) !== {before}")
        page.close()


def test_a_panel_that_died_is_found_again(browser: Browser, tmp_path: Path) -> None:
    """Nothing is lost: the page is not reloaded, it goes on listening, and the first change arrives."""
    with staged(tmp_path) as stage:
        page = browser.new_page()
        page.goto(f"{stage.url}#mix")
        page.wait_for_selector(".dial", state="attached")
        page.click("#listen")
        page.evaluate("globalThis.isTheSame = true")
        assert stage.panel is not None
        stage.panel.kill()
        stage.panel.wait(20)
        page.wait_for_selector("#link:has-text('The panel does not answer')")
        stage.open()
        page.wait_for_selector("#link", state="hidden")
        page.locator(SWING).fill("0.25")
        with Client(stage.control, timeout_seconds=10.0) as client:
            until(lambda: client.get("swing")["swing"] == 0.25, "the first change arrives")
        assert page.evaluate("globalThis.isTheSame && edmd.ears.isLive")
        before = page.evaluate("edmd.stats.scheduled.length")
        is_so(page, f"edmd.stats.scheduled.length > {before}")
        page.close()


def test_a_page_whose_session_is_forgotten_takes_another(visit: Visit, client: Client) -> None:
    """Its token is refused, but the first change still arrives, and the page is not reloaded."""
    page = visit()
    page.evaluate("globalThis.isTheSame = true")
    page.context.clear_cookies()
    page.locator(SWING).fill("0.45")
    until(lambda: client.get("swing")["swing"] == 0.45, "the first change arrives")
    assert page.evaluate("globalThis.isTheSame")


def stream_of(stage: Stage) -> Any:
    """Return the events of one more page, or None if there is no place."""
    try:
        return urllib.request.urlopen(f"{stage.url}api/events")
    except urllib.error.HTTPError as refusal:
        if refusal.code != 503:
            raise
        return None


def test_a_page_too_many_says_so_and_waits_for_room(visit: Visit, stage: Stage) -> None:
    with contextlib.ExitStack() as others:
        for _ in range(MOST_PAGES):
            stream = until(lambda: stream_of(stage), "the pages of before give up their places")
            others.enter_context(stream)
        page = visit()
        page.wait_for_selector("#link:has-text('Too many pages are open')")
    page.wait_for_selector("#link", state="hidden")
    is_so(page, "edmd.clock.anchor !== undefined")


def test_pages_that_nobody_sees_leave_the_connections_to_others(browser: Browser, stage: Stage) -> None:
    """A browser opens six connections to one address: six pages that listened would leave none."""
    with browser.new_context() as context:
        unseen = [context.new_page() for _ in range(6)]
        for page in unseen:
            page.goto(f"{stage.url}#mix")
            page.wait_for_selector(".dial", state="attached")
            page.evaluate(HIDDEN)
            page.wait_for_timeout(2300)
        seen = context.new_page()
        seen.goto(f"{stage.url}#mix")
        seen.wait_for_selector(".dial", state="attached")
        is_so(seen, "edmd.clock.anchor !== undefined")
        seen.locator(SWING).fill("0.35")
        is_so(seen, "edmd.store.params.swing === 0.35")
        assert unseen[0].evaluate("edmd.store.params.swing") != 0.35
        unseen[0].evaluate(SEEN)
        is_so(unseen[0], "edmd.store.params.swing === 0.35")
        seen.locator('#page-mix [data-name="swing"] .reset').click()


def test_the_past_is_there_for_who_comes_late(browser: Browser, stage: Stage, client: Client) -> None:
    """A page that receives nothing new shows what the panel has stored."""
    until(lambda: client.state()["transport"]["bar"] > 2, "the gauge has read a bar")
    page = browser.new_page()
    page.route("**/api/events", lambda route: route.abort())
    page.goto(f"{stage.url}#mix")
    page.wait_for_selector("#gauge-words:has-text('% EDM')")
    page.click("a[data-page=health]")
    page.wait_for_selector("#tiles .tile")
    page.close()


@pytest.mark.parametrize(("first", "mood"), [(1000, ""), (998, "bad"), (0, "bad")])
def test_what_came_too_late_alarms_for_five_minutes(
    first: int, mood: str, browser: Browser, stage: Stage
) -> None:
    """A thousand underruns of yesterday turn nothing red, but do not count as good either."""
    past = {"ticks": 9, "ports": {}, "provider": "cpu", "rss_bytes": 1, "lateness_us": {}, "step_us": {}}
    told = [
        {**past, "underruns": underruns, "uptime_seconds": 9000 + second}
        for second, underruns in ((0, first), (299, 1000))
    ]
    page = browser.new_page()
    page.route("**/api/events", lambda route: route.abort())
    answer = {"ok": True, "result": {"health": told, "gauge": []}}
    page.route("**/api/history", lambda route: route.fulfill(json=answer))
    page.goto(f"{stage.url}#health")
    page.wait_for_selector("#tiles .tile:has-text('1000')")
    assert page.get_attribute(".tile:has-text('1000')", "data-mood") == mood
    page.close()


def test_a_page_that_is_heard_goes_on_unseen(visit: Visit) -> None:
    page = visit()
    page.click("#listen")
    is_so(page, "edmd.ears.isLive")
    page.evaluate(HIDDEN)
    page.wait_for_timeout(3000)
    before = page.evaluate("edmd.stats.scheduled.length")
    is_so(page, f"edmd.stats.scheduled.length > {before} + 5")
