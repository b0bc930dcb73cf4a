"""The piano roll: bars as people count, what was before the page was opened, what comes, zoom, picture and score."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]


def test_the_first_bar_is_bar_1(visit: Visit, client: Client) -> None:
    page = visit()
    client.transport("play")
    until(lambda: page.inner_text("#place-bar") == "1", "the first bar is shown as bar 1", 5.0)
    drawn = client.reseed(at="phrase")
    page.wait_for_selector(f"#coming:has-text('at bar {drawn['effective_bar'] + 1}')")
