"""A whole study in a real browser: twelve clips, a server that dies in the middle, a page loaded again, the report."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

from daemon.cli import cli
from daemon.study.design import asked_numbers, screens
from daemon.study.store import Store
from daemon.study.study import SCALES, Study
from tests.panel.browser.conftest import until
from tests.study.browser.conftest import Visit
from tests.study.browser.listener import begin, go_on, hear, place, rate
from tests.study.process import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
# The ratings that the listener of these tests gives each source; every scale a step more.
LIKING = {"red": 1, "green": 2, "blue": 4}


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
