"""A mouse that is let go elsewhere, fine steps of whole numbers, and stored choices of the browser that are damaged."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import until
from tests.panel.browser.fingers import centre, spot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]


def _press_and_leave(page: Page, selector: str, milliseconds: int = 0) -> None:
    """Press a button with the mouse, hold it, and let go above it, at the figures."""
    page.mouse.move(*spot(centre(page.locator(selector))))
    page.mouse.down()
    page.wait_for_timeout(milliseconds)
    page.mouse.move(*spot(centre(page.locator("#place-section"))), steps=4)
    page.mouse.up()


def test_a_solo_that_the_mouse_slips_off_is_not_held(visit: Visit, client: Client) -> None:
    client.set({f"{voice}.mute": False for voice in ("lead", "chords", "bass", "drums")})
    page = visit("#perform")
    page.wait_for_timeout(500)
    _press_and_leave(page, ".voice[data-voice=bass] .solo")
    page.click(".voice[data-voice=chords] .solo")
    until(lambda: client.get("lead.mute")["lead.mute"], "the solo acts")
    assert client.get("bass.mute", "chords.mute") == {"bass.mute": True, "chords.mute": False}
    page.click(".voice[data-voice=chords] .solo")


def test_a_button_that_was_held_and_let_go_elsewhere_acts_at_its_next_press(
    visit: Visit, client: Client
) -> None:
    assert client.get("tempo")
    page = visit("#perform")
    slot = ".slot-button[data-slot='5']"
    _press_and_leave(page, slot, 900)
    page.wait_for_selector(".toast:has-text('What plays is kept in slot 5.')")
    page.wait_for_selector(f"{slot}:has-text('snap 5')")
    page.wait_for_timeout(300)
    page.click(slot)
    page.wait_for_selector(".toast:has-text('Loaded snap 5')")


@pytest.mark.parametrize("name", ["transpose", "chords.octave"])
def test_shift_moves_a_whole_number_by_one(name: str, visit: Visit, client: Client) -> None:
    before = int(client.get(name)[name])
    page = visit()
    slider = page.locator(f'#page-mix [data-name="{name}"] input[type=range]')
    slider.focus()
    page.keyboard.press("Shift+ArrowUp")
    until(lambda: client.get(name)[name] == before + 1, "one up")
    page.keyboard.press("Shift+ArrowDown")
    until(lambda: client.get(name)[name] == before, "one down")


@pytest.mark.parametrize(
    ("pad", "levels"),
    [
        ("null", "null"),
        ("{", "{"),
        ('{"across": 3, "other": "tempo"}', '{"lead": "x", "bass": null, "drums": 9}'),
    ],
)
def test_a_page_begins_in_spite_of_damaged_choices(pad: str, levels: str, visit: Visit) -> None:
    page = visit("#perform")
    page.evaluate(
        "([pad, levels]) => { localStorage['edmd-pad'] = pad; localStorage['edmd-levels'] = levels; }",
        [pad, levels],
    )
    page.reload()
    page.wait_for_selector("select[data-axis=across]", state="attached")
    assert page.input_value("select[data-axis=across]") == "energy"
    assert {page.input_value(f"[data-level={voice}]") for voice in ("lead", "bass", "drums")} == {"1"}
    page.click("#listen")
    until(lambda: page.evaluate("edmd.ears.isLive"), "the ears are open")
