"""What a listener does on the page."""

from playwright.sync_api import Page

from tests.panel.browser.conftest import until


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
