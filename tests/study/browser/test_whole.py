"""A whole study in a real browser: twelve clips, a restart in the middle, both languages, the keyboard, the report."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import needs

needs.library("playwright.sync_api")
needs.library("axe_playwright_python.sync_playwright")

from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, BrowserContext, Page

from daemon.cli import cli
from daemon.study.design import asked_numbers, screens
from daemon.study.store import Store
from daemon.study.study import SCALES, Study
from tests.panel.browser.conftest import browser, until
from tests.study.process import Server

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
# The ratings that the listener of these tests gives each source; every scale a step more.
LIKING = {"red": 1, "green": 2, "blue": 4}
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


def begin(page: Page) -> None:
    page.click("button.main")
    page.wait_for_selector("fieldset")


def place(page: Page) -> int:
    """Return the number of the screen, from 0."""
    return int(page.inner_text("#place").split()[0]) - 1


def hear(page: Page) -> None:
    """Play the clip to its end."""
    page.wait_for_selector("#play:not([aria-disabled])")
    page.click("#play")
    until(
        lambda: "again" in page.inner_text("#play").lower() or "noch" in page.inner_text("#play").lower(),
        "it ends",
    )


def rate(page: Page, ratings: dict[str, int]) -> None:
    for scale, rating in ratings.items():
        page.check(f"#{scale} input[value='{rating}']", force=True)


def go_on(page: Page) -> None:
    """Press Next, and wait for another screen."""
    before = page.inner_text("#place")
    assert page.get_attribute("#next", "aria-disabled") == "false"
    page.click("#next")
    until(lambda: page.inner_text("#place") != before, "the next screen comes")


def ratings_of(study: Study, number: int, index: int) -> dict[str, int]:
    screen = screens(study, number)[index]
    if screen.is_check:
        return dict(zip(SCALES, asked_numbers(study, number), strict=True))
    liking = LIKING[study.names[screen.source]]
    return {scale: min(liking + step, 7) for step, scale in enumerate(SCALES)}


def told_numbers(page: Page) -> dict[str, int]:
    """Return the numbers that the screen of the attention check asks for, as a listener reads them."""
    text = page.inner_text("main > p")
    return dict(zip(SCALES, map(int, re.findall(r" (\d)\b", text)), strict=True))


def check_stored(folder: Path, study: Study) -> None:
    """Check that the file holds every rating of the first listener, and what was told of playing."""
    with Store(folder, study.id) as store:
        (answers,) = store.answers().values()
        assert [each.playing for each in store.listeners()] == ["some"]
    wanted = [tuple(ratings_of(study, 0, index).values()) for index in range(study.clips + 1)]
    assert [each.ratings for each in answers] == wanted
    clips = [each for each in answers if not screens(study, 0)[each.screen].is_check]
    assert all(each.heard_seconds >= 2.5 for each in clips)


def answer_as_second(server: Server, study: Study) -> None:
    """Answer as a second listener, who rates everything one lower."""
    token = server.ask("POST", "/api/listeners", {"language": "de"})["token"]
    for index, screen in enumerate(screens(study, 1)):
        given = list(ratings_of(study, 1, index).values())
        lower = given if screen.is_check else [max(each - 1, 1) for each in given]
        server.ask("PUT", f"/api/answers/{index}", {"ratings": lower, "heard_seconds": 3.0}, token)


def check_report(folder: Path, out: Path) -> None:
    """Check that the report has means with intervals and says what two listeners cannot show."""
    ran = CliRunner().invoke(cli, ["study", "report", str(folder), "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    assert "2 listeners began, 2 finished, 0 of these failed" in ran.stdout
    assert "no difference can be significant" in ran.stdout
    figures = json.loads((out / "report.json").read_text(encoding="utf-8"))
    blue = figures["means"]["complexity"]["blue"]
    assert (blue["mean"], blue["n"]) == (3.5, 2)
    assert blue["low"] < 3.5 < blue["high"]
    files = {"report.md", "report.json", "means.png", "means.svg", "order.png", "order.svg"}
    assert {path.name for path in out.iterdir()} == files


def test_a_whole_study(visit: Visit, server: Server, study: Study, tmp_path: Path) -> None:
    page = visit(locale="en-GB")
    assert page.inner_text("h1") == "How does this music sound to you?"
    assert "12 short pieces" in page.inner_text("main")
    page.select_option("select[name=playing]", "some")
    begin(page)
    count = study.clips + 1
    for index in range(count):
        assert (place(page), page.inner_text("#place")) == (index, f"{index + 1} of {count}")
        wanted = ratings_of(study, 0, index)
        if screens(study, 0)[index].is_check:
            assert page.locator("#play").count() == 0
            assert told_numbers(page) == wanted
        else:
            hear(page)
        rate(page, wanted)
        if index == 5:
            # The server dies while the listener rates: the page says so, and sends the answer when it is back.
            server.kill()
            page.click("#next")
            until(lambda: "cannot be reached" in page.inner_text("#trouble"), "the trouble is told")
            server.start()
            until(lambda: place(page) == 6, "the answer is stored after all", 30)
            assert page.inner_text("#trouble") == ""
        elif index == 8:
            # The browser loads the page again before the answer is sent.
            page.reload()
            page.wait_for_selector("fieldset")
            assert place(page) == 8
            assert page.locator("input:checked").count() == len(SCALES), "the choices are kept"
            go_on(page)
        elif index < count - 1:
            go_on(page)
        else:
            page.click("#next")
    page.wait_for_selector(".code")
    assert page.inner_text("h1") == "Thank you!"
    assert re.fullmatch("[0-9A-F]{10}", page.inner_text(".code"))
    page.reload()
    page.wait_for_selector(".code")
    check_stored(server.folder, study)
    answer_as_second(server, study)
    check_report(server.folder, tmp_path / "report")


def test_the_keyboard_is_enough(visit: Visit, server: Server, study: Study) -> None:
    page = visit(locale="de-DE")
    assert page.inner_text("h1") == "Wie klingt diese Musik für Sie?"
    page.focus("button.main")
    page.keyboard.press("Enter")
    page.wait_for_selector("#play:not([aria-disabled])")
    assert page.evaluate("document.activeElement.tagName") == "H1", "a new screen is read from its head"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "play"
    page.keyboard.press("Space")
    until(lambda: page.inner_text("#play") == "Noch einmal", "the clip is heard")
    for step, scale in enumerate(SCALES):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        for _ in range(step):
            page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.name") == scale
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "next"
    page.keyboard.press("Enter")
    until(lambda: place(page) == 1, "the next screen comes")
    with Store(server.folder, study.id) as store:
        assert [each.ratings for each in next(iter(store.answers().values()))] == [(1, 2, 3, 4)]


def test_next_says_what_is_missing(visit: Visit) -> None:
    page = visit(locale="en-GB")
    begin(page)
    assert page.get_attribute("#next", "aria-disabled") == "true"
    page.click("#next", force=True)
    until(lambda: "listen to at least 3 seconds" in page.inner_text("#trouble"), "it has to be heard")
    hear(page)
    rate(page, {"complexity": 3, "emotion": 4})
    page.click("#next", force=True)
    until(
        lambda: "Still without a rating: Creativity, Enjoyment." in page.inner_text("#trouble"),
        "two are missing",
    )
    rate(page, {"creativity": 3, "enjoyment": 4})
    assert page.inner_text("#trouble") == ""
    go_on(page)


def test_the_language_changes_in_the_middle(visit: Visit) -> None:
    page = visit(locale="fr-FR")
    assert page.evaluate("document.documentElement.lang") == "en"
    begin(page)
    rate(page, {"complexity": 3})
    page.click("[data-language=de]")
    until(lambda: page.inner_text("h1") == "Hören, dann bewerten", "the page is German")
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.is_checked("#complexity input[value='3']")
    page.reload()
    page.wait_for_selector("fieldset")
    assert page.inner_text("#place") == "1 von 13"


def test_another_person_may_follow_on_the_same_device(visit: Visit, server: Server, study: Study) -> None:
    page = visit(locale="en-GB")
    begin(page)
    token = page.evaluate("location.hash.slice(1)")
    for index in range(study.clips + 1):
        server.ask("PUT", f"/api/answers/{index}", {"ratings": [4] * 4, "heard_seconds": 3.0}, token)
    page.reload()
    page.wait_for_selector("#another")
    assert Axe().run(page).response["violations"] == []
    page.click("#another")
    page.wait_for_selector("select")
    begin(page)
    assert place(page) == 0
    assert page.evaluate("location.hash.slice(1)") != token


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (360, 740)])
def test_axe_finds_nothing_and_nothing_sticks_out(width: int, height: int, scheme: str, visit: Visit) -> None:
    page = visit(width, height, color_scheme=scheme, locale="de-DE")

    def look() -> None:
        assert [
            (each["id"], each["nodes"][0]["html"]) for each in Axe().run(page).response["violations"]
        ] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    look()
    begin(page)
    page.wait_for_selector("#play:not([aria-disabled])")
    page.click("#next", force=True)
    rate(page, {"complexity": 3})
    look()
    small = page.evaluate(
        "[...document.querySelectorAll('button, .numbers label')]"
        ".filter((each) => Math.min(each.offsetWidth, each.offsetHeight) < 40).map((each) => each.outerHTML)"
    )
    assert small == []
