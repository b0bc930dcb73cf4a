"""Sliders with keys and mouse, and typed numbers: nothing jumps to an end by accident."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from daemon.client import Client
from tests.panel.browser.conftest import until
from tests.panel.browser.fingers import SIZES, Spot, centre, spot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
Visit = Callable[..., Page]
TEMPO = '#page-mix [data-name="tempo"] input[type=range]'


def _value(slider: Locator) -> float:
    return float(slider.input_value())


@pytest.mark.parametrize("page_name", ["mix", "songs"])
def test_keys_move_every_slider_by_bounded_steps(page_name: str, visit: Visit) -> None:
    """Page up and Page down move a slider with many steps by at most a tenth; they stop at the ends."""
    page = visit(f"#{page_name}")
    page.keyboard.press("?")
    page.click("#keys-on")  # Home would play from the first bar
    page.keyboard.press("Escape")
    sliders = page.locator(f"#page-{page_name} input[type=range]:enabled")
    assert sliders.count() > (15 if page_name == "mix" else 2)
    for slider in (sliders.nth(index) for index in range(sliders.count())):
        low, high = (float(slider.get_attribute(end) or "") for end in ("min", "max"))
        named = slider.get_attribute("aria-label") or slider.get_attribute("name")
        before = _value(slider)
        slider.focus()
        for key in ("Home", "End"):
            page.keyboard.press(key)
            assert _value(slider) == before, f"{key} on {named}"
        page.keyboard.press("PageUp" if before < high else "PageDown")
        moved = abs(_value(slider) - before)
        assert 0 < moved <= max((high - low) / 4, 1.0), f"{named} moves by {moved}"
        page.keyboard.press("PageDown" if before < high else "PageUp")
        assert _value(slider) == pytest.approx(before, abs=moved / 2), named
        assert low <= _value(slider) <= high


def test_a_leap_of_the_tempo_is_five_bpm(visit: Visit, client: Client) -> None:
    page = visit()
    page.locator(TEMPO).focus()
    page.keyboard.press("PageUp")
    until(lambda: client.get("tempo")["tempo"] == 133.0, "five up")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    until(lambda: client.get("tempo")["tempo"] == 123.0, "five down, twice")
    page.keyboard.press("ArrowRight")
    until(lambda: client.get("tempo")["tempo"] == 124.0, "one up")
    page.keyboard.press("Home")
    until(lambda: client.state()["transport"]["bar"] < 2, "Home plays from the first bar")
    assert client.get("tempo")["tempo"] == 124.0


def test_a_leap_of_the_pitch_is_an_octave(visit: Visit, client: Client) -> None:
    page = visit()
    page.locator('#page-mix [data-name="transpose"] input').focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    until(lambda: client.get("transpose")["transpose"] == 24, "two octaves are the most")


def test_no_key_jumps_through_a_choice(visit: Visit, client: Client) -> None:
    page = visit()
    page.locator('#page-mix [data-name="scale"] select').focus()
    for key in ("End", "PageDown", "PageUp"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert client.get("scale")["scale"] == "free"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_mouse_drags_presses_and_is_precise(
    width: int, height: int, visit: Visit, client: Client
) -> None:
    page = visit("#mix", width, height)
    slider = centre(page.locator('#page-mix [data-name="velocity"] input'))
    middle = spot(slider)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(200)
    assert _value(slider) == 1.0, "a press on the thumb changes nothing"
    page.mouse.down()
    page.mouse.move(middle.x + 4, middle.y)
    page.mouse.move(middle.x + 6, middle.y + 60)
    page.mouse.up()
    assert 1.0 < _value(slider) < 1.1, "a drag of two pixels changes the value by only two pixels"
    page.mouse.click(*spot(slider, 0.25))
    until(lambda: client.get("velocity")["velocity"] == pytest.approx(0.5, abs=0.1), "a press on the track")
    start, far = spot(slider, 0.25), spot(slider, 0.9)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*Spot(far.x, far.y), steps=1)  # so fast that the pointer leaves the slider at once
    page.mouse.move(far.x, far.y + 200, steps=1)
    page.mouse.up()
    until(lambda: float(client.get("velocity")["velocity"]) > 1.7, "a drag")
    page.mouse.move(*start)
    page.wait_for_timeout(200)
    assert float(client.get("velocity")["velocity"]) > 1.7, "the pointer was released"


def test_a_right_button_let_go_elsewhere_takes_nothing_from_the_keys(visit: Visit) -> None:
    page = visit()
    slider = centre(page.locator('#page-mix [data-name="velocity"] input'))
    middle = spot(slider, 0.5)
    page.mouse.move(*middle)
    page.mouse.down(button="right")
    page.mouse.move(middle.x, middle.y + 300)
    page.mouse.up(button="right")
    slider.focus()
    before = _value(slider)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert _value(slider) > before


def test_a_press_on_a_label_moves_nothing(visit: Visit, client: Client) -> None:
    page = visit()
    before = client.get()
    page.click('#page-mix [data-name="velocity"] label')
    assert page.evaluate("document.activeElement.closest('.dial')?.dataset.name") == "velocity"
    page.click('.strip[data-voice="lead"] > label', position={"x": 4, "y": 4})
    page.wait_for_timeout(300)
    assert client.get() == before
    assert page.input_value('[data-level="lead"]') == "1"


@pytest.mark.parametrize(
    ("written", "number"),
    [(".5", 0.5), ("+0.1", 0.1), ("1,5", 1.5), ("0.125", 0.125), (" 2 ", 2.0), ("1.", 1.0), ("5e-1", 0.5)],
)
def test_a_number_is_read_as_it_is_written(written: str, number: float, visit: Visit, client: Client) -> None:
    page = visit()
    page.locator('#page-mix [data-name="velocity"] input').focus()
    page.keyboard.press("Enter")
    page.locator(".typed").fill(written)
    page.keyboard.press("Enter")
    until(lambda: client.get("velocity")["velocity"] == number, f"{written} is {number}")
    page.wait_for_selector(".typed", state="detached")


@pytest.mark.parametrize(
    ("name", "written", "sentence"),
    [
        ("tempo", "9000", "Tempo is 20 to 300 BPM; got 9000"),
        ("tempo", "fast", "Tempo is 20 to 300 BPM; got fast"),
        ("velocity", "1,000,000", "Velocity is 0 to 2; got 1,000,000"),
        ("velocity", "0x1", "Velocity is 0 to 2; got 0x1"),
        ("transpose", "1.5", "Transpose is a whole number, -24 to 24 semitones; got 1.5"),
    ],
)
def test_what_is_no_number_there_is_refused_in_a_sentence(
    name: str, written: str, sentence: str, visit: Visit, client: Client
) -> None:
    page = visit()
    before = client.get(name)
    page.locator(f'#page-mix [data-name="{name}"] input').focus()
    page.keyboard.press("Enter")
    page.locator(".typed").fill(written)
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#page-mix [data-name="{name}"] .wrong:text-is("{sentence}")')
    assert page.get_attribute(".typed", "aria-invalid") == "true"
    assert page.evaluate("document.activeElement.className") == "typed"
    page.locator(".typed").fill(str(before[name]))
    assert page.is_hidden(".wrong:not(:empty)")
    page.keyboard.press("Escape")
    page.wait_for_selector(".typed", state="detached")
    assert client.get(name) == before


def test_a_number_is_taken_when_it_is_left_with_its_unit_and_a_real_minus(
    visit: Visit, client: Client
) -> None:
    page = visit("#mix", 360, 740)
    page.click('#page-mix [data-name="tempo"] .value')
    page.locator(".typed").fill("140.25 bpm")
    page.click('#page-mix [data-name="transpose"] .value')
    until(lambda: client.get("tempo")["tempo"] == 140.25, "it is taken")
    page.locator(".typed").fill("\N{MINUS SIGN}5")
    page.keyboard.press("Enter")
    until(lambda: client.get("transpose")["transpose"] == -5, "a minus as it is printed")
