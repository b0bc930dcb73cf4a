"""MIDI learn on the page: what is bound lies over each control; Escape ends it."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from daemon.client import Client
from daemon.control.actions import ACTIONS
from tests.panel.browser.conftest import is_so, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]
TEMPO = "#groups .learn-bind[data-param='tempo']"
STAGE = {
    *("next", "scene_next", "fade", "capture", "undo", "redo"),
    *("call", "answer", "harmony", "accompany", "listen_off"),
}


def test_a_click_learns_a_control_and_the_page_shows_what_is_bound(visit: Visit, client: Client) -> None:
    page = visit("#stage")
    page.click("#learn")
    page.click("nav [data-page=mix]")
    page.wait_for_selector(TEMPO)
    assert "nanoKONTROL2" in page.inner_text(TEMPO)
    assert page.locator("#strips .learn-bind[data-param='lead.mute']").count() == 1, "mutes are reached too"
    places = "[...document.querySelectorAll('.learn-bind')].map((each) => each.dataset.param)"
    params = {*client.describe()["params"]}
    is_so(page, f"new Set({places}).size > {len(params)}")
    others = {*page.evaluate(places)} - params
    assert others == STAGE, "actions of the stage are learned too"
    assert others <= ACTIONS.keys()
    page.click(TEMPO)
    until(lambda: client.request("learn", action="list")["learning"] == "tempo", "the daemon learns")
    until(lambda: "Move a knob" in page.inner_text("#learn-words"), "the page says what to do")
    assert page.get_attribute(TEMPO, "aria-pressed") == "true"
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    page.keyboard.press("Escape")
    until(lambda: client.request("learn", action="list")["learning"] is None, "Escape cancels it")
    assert page.locator(".learn-cover").count() == 0


def test_what_is_bound_is_unassigned(visit: Visit, client: Client) -> None:
    page = visit("#stage")
    page.click("#learn")
    page.click("nav [data-page=mix]")
    page.click("#groups [aria-label='Unassign tempo']")
    until(lambda: page.inner_text(TEMPO) == "not bound", "nothing is bound")
    listed = client.request("learn", action="list")["bindings"]
    assert "tempo" not in {each["param"] for each in listed}


def test_a_button_learns_its_action(visit: Visit, client: Client) -> None:
    page = visit("#stage")
    page.click("#learn")
    page.click(".learn-bind[data-param='fade']")
    until(lambda: client.request("learn", action="list")["learning"] == "fade", "the daemon learns")
    page.keyboard.press("Escape")
    page.click("#fade", trial=True)
