"""Presets have numbered slots, and can be renamed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]


def test_a_preset_is_saved_in_a_slot(visit: Visit, client: Client) -> None:
    page = visit("#stage")
    page.fill(".preset-new [aria-label='Name of a new preset']", "peak")
    page.fill(".slot-field", "129")
    page.keyboard.press("Enter")
    page.wait_for_selector("#presets .wrong:has-text('1 to 128')")
    page.fill(".slot-field", "3")
    page.keyboard.press("Enter")
    page.wait_for_selector(".load:has(.slot:text-is('3')):has-text('peak')")
    assert client.preset("list")["slots"] == {"3": "peak"}
    client.preset("delete", "peak")
    until(lambda: page.locator(".load:has-text('peak')").count() == 0, "it is gone here too")


def test_a_preset_is_renamed(visit: Visit, client: Client) -> None:
    client.preset("save", "draft", slot=5)
    page = visit("#stage")
    page.click("[aria-label='Rename preset draft']")
    page.keyboard.press("Escape")
    assert page.locator(".renamed").count() == 0
    page.click("[aria-label='Rename preset draft']")
    page.keyboard.type("final")
    page.keyboard.press("Enter")
    page.wait_for_selector(".load:has(.slot:text-is('5')):has-text('final')")
    until(lambda: "final" in page.evaluate("document.activeElement.textContent"), "the focus stays")
    listed = client.preset("list")
    assert ("final" in listed["presets"], "draft" in listed["presets"]) == (True, False)
    assert listed["slots"] == {"5": "final"}
    client.preset("delete", "final")


def test_a_snapshot_spares_a_preset_that_lost_its_slot(visit: Visit, client: Client) -> None:
    page = visit("#perform")
    page.keyboard.press("Shift+7")
    until(lambda: client.preset("list")["slots"].get("7") == "snap 7", "it is kept")
    client.preset("save", "mine", slot=7)
    page.wait_for_selector(".slot-button[data-slot='7']:has-text('mine')")
    page.keyboard.press("Shift+7")
    until(lambda: client.preset("list")["slots"].get("7") == "snap 7-2", "it has a name of its own")
    assert {"snap 7", "mine"} <= set(client.preset("list")["presets"])
    for name in ("snap 7", "snap 7-2", "mine"):
        client.preset("delete", name)
