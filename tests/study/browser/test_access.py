"""The page with the keyboard alone, in both languages, for the next person, on small screens and for screen readers."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from daemon.study.store import Store
from daemon.study.study import SCALES, Study
from tests.panel.browser.conftest import until
from tests.study.browser.conftest import Visit
from tests.study.browser.listener import begin, go_on, hear, place, rate
from tests.study.process import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


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
