"""The piano roll: bars as people count, what was before the page was opened, what comes, zoom, picture and score."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import until
from tests.panel.browser.findings import findings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]
# The number of pixels of a voice's colour in the lower left part of the roll.
COLOURED = """() => {
  const canvas = document.querySelector("#roll");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, height / 2, width * 0.7, height / 2);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue] = data.subarray(at, at + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) count += 1;
  }
  return count;
}"""
IS_DRAWN = "document.querySelector('.drawn img').naturalWidth > 200"


def test_the_first_bar_is_bar_1(visit: Visit, client: Client) -> None:
    page = visit()
    client.transport("play")
    until(lambda: page.inner_text("#place-bar") == "1", "the first bar is shown as bar 1", 5.0)
    drawn = client.reseed(at="phrase")
    page.wait_for_selector(f"#coming:has-text('at bar {drawn['effective_bar'] + 1}')")


def test_a_page_that_comes_late_shows_the_bars_before(visit: Visit, client: Client) -> None:
    """The pixels left of the playhead are coloured although the page has heard no note yet."""
    client.set({"tempo": 240.0})
    client.transport("play")
    until(lambda: client.state()["transport"]["bar"] >= 8, "eight bars were played", 30.0)
    client.transport("stop")
    until(lambda: client.state()["transport"]["state"] == "stopped", "it stops")
    page = visit()
    told = page.evaluate("fetch('/api/history').then((each) => each.json())")["result"]["played"]
    assert len(told["notes"]) > 20
    assert [bar for bar, _, _ in told["bars"]][:8] == list(range(8))
    until(lambda: page.evaluate(COLOURED) > 500, "the notes of the past are drawn")
    client.transport("continue")


def test_the_roll_shows_more_bars_and_keeps_the_choice(visit: Visit) -> None:
    page = visit()
    assert page.inner_text(".zoom-bars") == "8 bars"
    page.click("[aria-label='Show more bars']")
    page.keyboard.press("-")
    assert page.inner_text(".zoom-bars") == "32 bars"
    page.keyboard.press("+")
    page.reload()
    page.wait_for_selector(".zoom-bars:has-text('16 bars')")


def test_a_picture_and_a_score_of_the_last_bars(visit: Visit, client: Client) -> None:
    client.transport("play")
    until(lambda: client.state()["transport"]["bar"] >= 2, "two bars were played", 30.0)
    page = visit()
    for words, suffix, head in (("Picture", "png", b"\x89PNG"), ("Score", "svg", b"<svg")):
        page.click(f".roll-tools >> text={words}")
        page.wait_for_selector(f".drawn[open] h2:has-text('{words} of bar')", timeout=60_000)
        until(lambda: page.evaluate(IS_DRAWN), "the drawing is seen")
        assert findings(page) == []
        with page.expect_download() as download:
            page.click(f".drawn a:has-text('.{suffix}')")
        assert download.value.path().read_bytes().lstrip().startswith(head)
        page.keyboard.press("Escape")
        page.wait_for_selector(".drawn", state="detached")
