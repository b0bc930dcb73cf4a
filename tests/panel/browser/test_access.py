"""Usable with only the keyboard, on a small screen, and with a screen reader."""

from collections.abc import Callable
from typing import Any

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


PAGES = ("perform", "mix", "stage", "songs", "health")


def _findings(page: Page) -> list[tuple[str, str]]:
    """Return what axe finds, of any impact."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("page_name", PAGES)
def test_axe_finds_nothing(page_name: str, width: int, visit: Visit, client: Client) -> None:
    client.request("preset", action="save", name="opener", slot=1)
    client.record("start")
    client.set({"gate": 0.3}, "phrase")
    page = visit(f"#{page_name}", width)
    page.wait_for_selector("#recording:not([hidden])")
    if page_name == "stage":
        page.click("[aria-label^='Delete preset opener']")
    page.wait_for_timeout(1200)
    found = _findings(page)
    client.record("stop")
    client.preset("delete", "opener")
    assert found == []


@pytest.mark.parametrize("media", [{}, {"forced_colors": "active"}, {"reduced_motion": "reduce"}])
def test_axe_finds_nothing_in_any_theme_and_orientation(
    media: dict[str, Any], visit: Visit, client: Client
) -> None:
    """Both orientations of a phone, with something queued, muted and held."""
    client.set({"lead.mute": True, "director": True, "section": "drop"})
    page = visit("", 360, 740)
    page.emulate_media(**media)
    page.wait_for_selector("#hold[aria-pressed=true]")
    page.evaluate("document.querySelector('[data-section=break] .tile-phrase').click()")
    page.wait_for_selector(".queued")
    if media.get("reduced_motion"):
        assert page.evaluate("getComputedStyle(document.querySelector('.queued')).animationName") == "none"
    found = []
    for theme in ("dark", "light", "stage"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        for width, height in ((360, 740), (740, 360)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(200)
            found += _findings(page)
        for name in PAGES:
            page.evaluate(f"location.hash = '{name}'")
            page.wait_for_timeout(100)
            found += _findings(page) if name != "perform" else []
        page.evaluate("location.hash = 'perform'")
    assert found == []


def test_forced_colours_tell_what_is_on(visit: Visit, client: Client) -> None:
    page = visit("")
    page.emulate_media(forced_colors="active")
    client.set({"lead.mute": True})
    page.wait_for_selector(".voice[data-voice=lead] .mute[aria-pressed=true]")
    colours = [
        page.evaluate(
            f"getComputedStyle(document.querySelector('.voice[data-voice={voice}] .mute')).backgroundColor"
        )
        for voice in ("lead", "bass")
    ]
    assert colours[0] != colours[1]


@pytest.mark.parametrize("page_name", PAGES)
def test_nothing_sticks_out_of_a_small_screen(page_name: str, visit: Visit) -> None:
    page = visit(f"#{page_name}", 360, 760)
    page.wait_for_timeout(600)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_targets_are_large_enough_for_a_finger(visit: Visit) -> None:
    page = visit("#mix", 360, 760)
    small = page.evaluate(
        SMALL, "#page-mix button, #page-mix select, #page-mix input, header button, header a"
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
    page.locator('#page-mix [data-name="energy"] input').focus()
    page.keyboard.press("Enter")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    until(lambda: client.get("energy")["energy"] == 0.0, "a number is written at a slider")
    page.locator(".pads .thumb").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    until(lambda: client.get("energy")["energy"] == 0.2, "a pad is moved by arrows")
    page.locator('#when-at [aria-checked="true"]').focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("edmd.store.at") == "beat"
    page.keyboard.press("ArrowLeft")
    page.locator('.strip[data-voice="lead"] .mute').focus()
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
