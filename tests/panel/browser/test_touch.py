"""The panel with fingers: a swipe scrolls; a drag along a control and a tap on it change its value."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from daemon.parameters import SPECS
from tests.panel.browser.conftest import until
from tests.panel.browser.fingers import SIZES, Spot, centre, scrolled, spot, swipe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
Visit = Callable[..., Page]
SLIDER = '#page-mix [data-name="{}"] input[type=range]'
# The values of all controls on the page that can be dragged.
VALUES = """() => [...document.querySelectorAll("input[type=range]")].map((each) => each.value)
  .concat([...document.querySelectorAll(".thumb")].map((each) => each.getAttribute("aria-valuetext")))"""


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_swipe_that_begins_on_any_slider_scrolls_and_changes_nothing(
    width: int, height: int, visit: Visit, client: Client
) -> None:
    page = visit("#mix", width, height, has_touch=True)
    before, values = client.get(), page.evaluate(VALUES)
    sliders = page.locator("#page-mix input[type=range]")
    assert sliders.count() > 15
    for index in range(0, sliders.count(), 3 if width > 1024 else 2):
        at = spot(centre(sliders.nth(index)), 0.8)
        place = scrolled(page)
        up = -1 if place < 300 else 1
        swipe(page, at, Spot(at.x + 12, at.y + up * 150))
        assert (scrolled(page) - place) * -up > 60, sliders.nth(index).get_attribute("aria-label")
    page.wait_for_timeout(300)
    assert page.evaluate(VALUES) == values
    assert client.get() == before


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_drag_along_a_slider_moves_it_to_the_finger(
    width: int, height: int, visit: Visit, client: Client
) -> None:
    page = visit("#mix", width, height, has_touch=True)
    slider = page.locator(SLIDER.format("velocity"))
    start = spot(centre(slider), 0.9)
    end = spot(slider, 0.25)
    swipe(page, start, Spot(end.x, end.y + 30))
    until(lambda: client.get("velocity")["velocity"] == pytest.approx(0.5, abs=0.1), "it is at the finger")
    # Content above may change its height meanwhile; the browser then scrolls to keep the visible part in place.
    assert spot(slider).y == pytest.approx(end.y, abs=2), "nothing moves under the finger"


def test_a_thumb_that_is_dragged_does_not_jump(visit: Visit, client: Client) -> None:
    """Grabbed beside its middle, the thumb moves as far as the finger."""
    page = visit("#mix", 360, 740, has_touch=True)
    slider = page.locator(SLIDER.format("velocity"))
    start = spot(centre(slider))
    slider.evaluate(
        "(each) => each.addEventListener('input', () => (globalThis.seen ??= []).push(+each.value))"
    )
    swipe(page, Spot(start.x + 12, start.y), Spot(start.x + 42, start.y))
    values = page.evaluate("globalThis.seen")
    assert values[0] == pytest.approx(1.0, abs=0.03), "the drag starts from the current value"
    assert values == sorted(values)
    assert float(client.get("velocity")["velocity"]) < 1.25


def test_less_than_a_threshold_is_no_drag(visit: Visit, client: Client) -> None:
    page = visit("#mix", 360, 740, has_touch=True)
    before = client.get("velocity", "tempo")
    at = spot(centre(page.locator(SLIDER.format("velocity"))))
    swipe(page, at, Spot(at.x - 8, at.y))
    page.wait_for_timeout(300)
    assert client.get("velocity", "tempo") == before


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_tap_on_the_track_moves_a_slider_there(
    width: int, height: int, visit: Visit, client: Client
) -> None:
    page = visit("#mix", width, height, has_touch=True)
    page.touchscreen.tap(*spot(centre(page.locator(SLIDER.format("humanize"))), 0.75))
    until(lambda: client.get("humanize")["humanize"] == pytest.approx(0.75, abs=0.05), "it is there")
    level = page.locator('[data-level="bass"]')
    page.touchscreen.tap(*spot(centre(level), 0.2))
    until(lambda: float(level.input_value()) == pytest.approx(0.2 * 1.5, abs=0.15), "a level too")


def test_a_press_that_is_held_is_no_tap(visit: Visit, client: Client) -> None:
    page = visit("#mix", 360, 740, has_touch=True)
    before = client.get("humanize")
    at = spot(centre(page.locator(SLIDER.format("humanize"))), 0.75)
    swipe(page, at, at, lambda: page.wait_for_timeout(900))
    page.wait_for_timeout(300)
    assert client.get("humanize") == before


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_pad_scrolls_under_a_swipe_and_moves_under_a_drag(
    width: int, height: int, visit: Visit, client: Client
) -> None:
    page = visit("#mix", width, height, has_touch=True)
    pad = page.locator(".pads .pad").first
    before = client.get("energy", "density")
    at = spot(centre(pad), 0.2, 0.6)
    place = scrolled(page)
    swipe(page, at, Spot(at.x + 10, at.y - 160))
    assert scrolled(page) > place + 60
    page.wait_for_timeout(300)
    assert client.get("energy", "density") == before
    start, top = spot(centre(pad).locator(".thumb")), spot(pad, 0.8, 0.1)
    place = scrolled(page)
    swipe(page, start, Spot(start.x, top.y))
    until(lambda: client.get("density")["density"] == pytest.approx(0.87, abs=0.06), "by its thumb, upwards")
    assert client.get("energy")["energy"] == pytest.approx(0.8, abs=0.02)
    swipe(page, spot(pad, 0.3, 0.5), spot(pad, 0.6, 0.7))
    until(lambda: client.get("energy")["energy"] == pytest.approx(0.6, abs=0.04), "by a drag sideways")
    assert client.get("density")["density"] == pytest.approx(0.3, abs=0.04)
    page.touchscreen.tap(*spot(pad, 0.25, 0.5))
    until(lambda: client.get("energy")["energy"] == pytest.approx(0.25, abs=0.03), "by a tap")
    assert scrolled(page) == place


def test_the_sliders_of_a_song_scroll_as_well(visit: Visit) -> None:
    page = visit("#songs", 360, 740, has_touch=True)
    values = page.evaluate(VALUES)
    at = spot(centre(page.locator("[name=temperature]")), 0.9)
    place = scrolled(page)
    swipe(page, at, Spot(at.x, at.y + (150 if place > 150 else -150)))
    assert scrolled(page) != place
    assert page.evaluate(VALUES) == values


def test_two_fingers_hold_two_sliders(visit: Visit, client: Client) -> None:
    page = visit("#mix", 360, 740, has_touch=True)
    first, second = (page.locator(SLIDER.format(name)) for name in ("swing", "humanize"))
    centre(second)
    boxes = [each.bounding_box() for each in (first, second)]
    session = page.context.new_cdp_session(page)

    def touch(kind: str, part: float) -> None:
        points = [
            {"x": box["x"] + part * box["width"], "y": box["y"] + box["height"] / 2, "id": index}
            for index, box in enumerate(boxes)
            if box is not None
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.3)
    for step in range(1, 11):
        touch("touchMove", 0.3 + 0.05 * step)
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(lambda: client.get("swing")["swing"] == pytest.approx(0.75 * 0.8, abs=0.05), "one")
    until(lambda: client.get("humanize")["humanize"] == pytest.approx(0.8, abs=0.06), "and the other")


def test_everything_is_done_by_touch_alone(visit: Visit, client: Client) -> None:
    page = visit("#mix", 360, 740, has_touch=True)
    page.locator("#toggle").tap()
    until(lambda: client.state()["transport"]["state"] == "stopped", "it stops")
    page.locator("#play").tap()
    until(lambda: client.state()["transport"]["state"] == "playing", "it plays")
    page.locator('.strip[data-voice="drums"] .mute').tap()
    until(lambda: client.get("drums.mute")["drums.mute"], "a voice is muted")
    page.locator('#page-mix [data-name="tempo"] .value').tap()
    page.locator(".typed").fill("131.5")
    page.keyboard.press("Enter")
    until(lambda: client.get("tempo")["tempo"] == 131.5, "a number is written")
    page.locator('#page-mix [data-name="tempo"] .reset').tap()
    until(lambda: client.get("tempo")["tempo"] == SPECS["tempo"].default, "and taken back")
    page.locator("#when-at >> text=phrase").tap()
    page.locator('#page-mix [data-name="director"] .switch').tap()
    page.wait_for_selector('#page-mix [data-name="director"].pending')
    page.locator("#menu-open").tap()
    page.locator("#keys").tap()
    page.wait_for_selector("#keys-list[open]")
    page.locator("#keys-close").tap()
    page.wait_for_selector("#keys-list[open]", state="detached")
    page.locator("a[data-page=songs]").tap()
    page.wait_for_selector("#page-songs:not([hidden])")
    panic = page.locator("#panic").bounding_box()
    assert panic is not None
    assert panic["width"] >= 100
    assert panic["height"] >= 56
    page.locator("#panic").tap()
