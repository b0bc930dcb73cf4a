"""The login page of a panel with a password, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.panel.browser.conftest import Stage, is_so, staged

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PASSWORD = "open sesame"


def locked_words(folder: Path) -> tuple[str, str]:
    return "-o", f"panel.password_file={folder / 'password'}"


@pytest.fixture(scope="module")
def locked(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("locked")
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    with staged(folder, *locked_words(folder)) as stage:
        yield stage


@pytest.fixture
def password_check(locked: Stage, browser: Browser) -> Iterator[Page]:
    """Return a browser without a session, on the login page."""
    page = browser.new_page()
    page.goto(locked.url)
    page.wait_for_url("**/login")
    yield page
    page.close()


def enter(page: Page, password: str) -> None:
    page.fill("#password", password)
    page.keyboard.press("Enter")


def reopened(stage: Stage) -> None:
    """Kill the panel, and start it again."""
    assert stage.panel is not None
    stage.panel.kill()
    stage.panel.wait(20)
    stage.open(*locked_words(stage.folder))


def test_the_password_opens_the_page(password_check: Page) -> None:
    enter(password_check, "open sesame")
    password_check.wait_for_selector(".dial", state="attached")
    is_so(password_check, "edmd.clock.anchor !== undefined")


def test_a_wrong_password_is_refused_in_words(password_check: Page) -> None:
    enter(password_check, "a guess")
    assert password_check.inner_text("[role=alert]") == "That is not the password."
    found = Axe().run(password_check).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    enter(password_check, "open sesame")
    password_check.wait_for_selector(".dial", state="attached")


def test_a_page_that_is_known_outlives_the_panel(password_check: Page, locked: Stage) -> None:
    enter(password_check, "open sesame")
    password_check.wait_for_selector(".dial", state="attached")
    password_check.evaluate("globalThis.isTheSame = true")
    reopened(locked)
    password_check.wait_for_selector("#link:not([hidden])")
    password_check.wait_for_selector("#link", state="hidden")
    password_check.click("a[data-page=mix]")
    password_check.locator('#page-mix [data-name="swing"] input').fill("0.25")
    is_so(password_check, "edmd.store.params.swing === 0.25")
    assert password_check.evaluate("globalThis.isTheSame")


def test_an_open_page_that_is_known_no_more_comes_to_the_door(password_check: Page, locked: Stage) -> None:
    """A refused event stream does not count as a daemon that does not answer."""
    enter(password_check, "open sesame")
    password_check.wait_for_selector(".dial", state="attached")
    password_check.context.clear_cookies()
    reopened(locked)
    password_check.wait_for_url("**/login")
    enter(password_check, "open sesame")
    password_check.wait_for_selector(".dial", state="attached")
