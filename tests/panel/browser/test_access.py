"""Usable with only the keyboard, on a small screen, and with a screen reader."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]
SEEN = "(each) => each.offsetParent !== null && getComputedStyle(each).visibility !== 'hidden'"
# The visible controls that are too small for a finger.
SMALL = f"""(which) => [...document.querySelectorAll(which)].filter({SEEN})
  .filter((each) => Math.min(each.offsetWidth, each.offsetHeight) < 24).map((each) => each.outerHTML.slice(0, 80))"""
# Numbers every control that Tab reaches, and returns how many there are.
NUMBERED = f"""(which) => {{
  const all = [...document.querySelectorAll(which)].filter({SEEN}).filter((each) => each.tabIndex >= 0 && !each.disabled);
  all.forEach((each, index) => {{ each.dataset.walk = index; }});
  return all.length;
}}"""


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("page_name", ["live", "songs", "health"])
def test_axe_finds_nothing_serious(page_name: str, width: int, visit: Visit, client: Client) -> None:
    client.preset("save", "opener")
    client.record("start")
    client.set({"gate": 0.3}, "phrase")
    page = visit(f"#{page_name}", width)
    page.wait_for_selector("#recording:not([hidden])")
    if page_name == "live":
        page.click("[aria-label^='Delete preset opener']")
    page.wait_for_timeout(1200)
    found = Axe().run(page).response["violations"]
    client.record("stop")
    client.preset("delete", "opener")
    assert [
        (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}
    ] == []


@pytest.mark.parametrize("page_name", ["live", "songs", "health"])
def test_nothing_sticks_out_of_a_small_screen(page_name: str, visit: Visit) -> None:
    page = visit(f"#{page_name}", 360, 760)
    page.wait_for_timeout(600)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_targets_are_large_enough_for_a_finger(visit: Visit) -> None:
    page = visit("#live", 360, 760)
    small = page.evaluate(
        SMALL, "#page-live button, #page-live select, #page-live input, header button, header a"
    )
    assert small == []


def test_every_control_is_reached_by_tab(visit: Visit) -> None:
    page = visit()
    controls = page.evaluate(NUMBERED, "a[href], button, input, select")
    assert controls > 50
    reached = set()
    for _ in range(controls + 5):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.walk ?? null"))
    assert len(reached - {None}) == controls


def test_a_walk_by_keyboard_alone(visit: Visit, client: Client) -> None:
    page = visit()
    page.locator('[data-name="energy"] input').focus()
    page.keyboard.press("Enter")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    until(lambda: client.get("energy")["energy"] == 0.0, "a number is written at a slider")
    page.locator(".thumb").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    until(lambda: client.get("energy")["energy"] == 0.2, "a pad is moved by arrows")
    page.locator('#when-at [aria-checked="true"]').focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("edmd.store.at") == "beat"
    page.keyboard.press("ArrowLeft")
    page.locator('[data-voice="lead"] .mute').focus()
    page.keyboard.press("Enter")
    until(lambda: client.get("lead.mute")["lead.mute"], "a voice is muted")
    page.locator("#main").focus()
    page.keyboard.press("Space")
    until(lambda: client.state()["transport"]["state"] == "stopped", "space stops")
    page.keyboard.press("Space")
    until(lambda: client.state()["transport"]["state"] == "playing", "and goes on")


def test_focus_is_seen(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
