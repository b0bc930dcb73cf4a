"""The page to perform: every act of a performance is one touch or one key away, on three screens, without scrolling."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from daemon.parameters import Value
from models.notes import VOICES
from tests.panel.browser.conftest import Stage, is_so, until
from tests.panel.browser.fingers import SIZES, spot, swipe
from tests.panel.browser.test_shortcuts import ASKED

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
Visit = Callable[..., Page]
# The controls that cannot be pressed where they are: out of the window, too small, or covered.
OUT_OF_REACH = """(least) => [...document.querySelectorAll("body *:is(button, select, .thumb, input, a)")]
  .filter((each) => each.offsetParent !== null && getComputedStyle(each).visibility !== "hidden" && !each.closest(".skip"))
  .filter((each) => getComputedStyle(each.parentElement.parentElement).pointerEvents !== "none") // names that XY opens
  .filter((each) => {
    const { left, top, right, bottom, width, height } = each.getBoundingClientRect();
    const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const isReset = each.matches(".reset");
    return left < 0 || top < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5
      || !(each.contains(at) || at?.contains(each))
      || (!isReset && Math.min(width, height) < least);
  }).map((each) => each.id || each.outerHTML.slice(0, 90))"""


# The panels of both columns, in their order.
COLUMNS = """["left", "right"].map((side) => [...document.querySelectorAll(`[data-column=${side}] > [data-panel]`)]
  .filter((each) => !each.hidden).map((each) => each.dataset.panel).join(" "))"""
OVERFLOW = "[document.getElementById('main'), document.documentElement].map((each) => each.scrollHeight - each.clientHeight)"
BEAT = "[...document.querySelectorAll('#place-beat i')].findIndex((each) => each.classList.contains('on'))"


@dataclass(frozen=True)
class Act:
    """What a performer does: the place to touch, the key, what is there before, and what the daemon then has."""

    place: str
    key: str
    happened: Callable[[Page, Client], Any]
    before: Callable[[Client], Any] = lambda client: None
    across: float = 0.5


def _pending(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.state()["pending"].get("section", {})
    return found


def _drop_at_a_bar(page: Page, client: Client) -> bool:
    state = client.state()
    pending = state["pending"].get("section")
    soon = pending is not None and pending["from_beat"] - state["transport"]["beat"] <= 4
    return bool(soon or state["params"]["section"] == "drop")


def _drop_at_a_phrase(page: Page, client: Client) -> bool:
    pending = _pending(client)
    return bool(pending) and pending["target"] == "drop" and pending["from_beat"] % 32 == 0


def _asked(action: str) -> Callable[[Page, Client], Any]:
    return lambda page, client: any(
        path == "/api/transport" and json.loads(body)["action"] == action
        for path, body in page.evaluate("asked")
    )


def _two_presets(client: Client) -> None:
    client.set({"humanize": 0.0})
    client.request("preset", action="save", name="a", slot=1)
    client.set({"humanize": 1.0})
    client.request("preset", action="save", name="b", slot=2)
    client.set({"humanize": 0.5})


def _is(name: str, *values: Any) -> Callable[[Page, Client], Any]:
    return lambda page, client: client.get(name)[name] in values


ACTS = {
    "drop now": Act("[data-section=drop] .tile-bar", "Shift+D", _drop_at_a_bar),
    "drop at the next phrase": Act("[data-section=drop] .tile-phrase", "d", _drop_at_a_phrase),
    "mute": Act(".voice[data-voice=bass] .mute", "e", _is("bass.mute", True)),
    "solo": Act(".voice[data-voice=bass] .solo", "Shift+E", _is("lead.mute", True)),
    "morph": Act("#morph", ".", _is("humanize", *(each / 100 for each in range(1, 50))), _two_presets, 0.2),
    "preset": Act("[data-slot='2']", "2", _is("humanize", 1.0), _two_presets),
    "undo": Act("#undo", "u", _is("swing", 0.0), lambda client: client.set({"swing": 0.6})),
    "hold": Act("#hold", "h", lambda page, client: _pending(client) or client.get("section")["section"] != "auto"),
    "next": Act("#next-section", "n", lambda page, client: client.state()["coming"]),
    "panic": Act("#panic", "p", _asked("panic")),
    "tap": Act("#tap", "t", _asked("tap")),
}  # fmt: skip


USUAL: dict[str, Value] = {
    "section": "auto",
    "humanize": 0.5,
    "swing": 0.0,
    **{f"{voice}.mute": False for voice in VOICES},
}


@pytest.fixture
def set_up(client: Client) -> Iterator[Client]:
    """A set with sections that plays, and nothing that waits."""
    client.set({"director": True, "section": "auto"})
    client.transport("continue")
    yield client
    client.request("pending", action="cancel")
    for name in set(client.preset("list")["presets"]) - {"as it began"}:
        client.preset("delete", name)
    client.set({"director": False, "section": "auto"})


def _ready(visit: Visit, width: int, height: int) -> Page:
    page = visit("", width, height, has_touch=True)
    is_so(page, "edmd.store.transport.state === 'playing' && edmd.store.params.director === true")
    is_so(page, "document.getElementById('place-section').textContent.length > 1")
    page.evaluate(ASKED)
    return page


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_one_touch_and_one_key(
    name: str, width: int, height: int, visit: Visit, set_up: Client
) -> None:
    act = ACTS[name]
    act.before(set_up)
    page = _ready(visit, width, height)
    if act.before is _two_presets:
        is_so(page, "!document.getElementById('morph').disabled")
    assert not act.happened(page, set_up)
    page.touchscreen.tap(*spot(page.locator(act.place), act.across))
    until(lambda: act.happened(page, set_up), f"{name} by touch")
    set_up.request("pending", action="cancel")
    set_up.set(USUAL)
    # A key that switches is asked against what the page knows.
    until(
        lambda: all(
            page.evaluate("(name) => edmd.store.params[name]", each) == USUAL[each] for each in USUAL
        ),
        "it shows",
    )
    is_so(page, "document.querySelectorAll('.voice [aria-pressed=true]').length === 0")
    page.wait_for_timeout(
        1200
    )  # what is changed within a second is one gesture, which undo takes back as a whole
    act.before(set_up)
    page.evaluate("asked.length = 0")
    until(lambda: not act.happened(page, set_up), f"{name} is taken back")
    page.wait_for_timeout(300)
    page.keyboard.press(act.key)
    until(lambda: act.happened(page, set_up), f"{name} by key")


@pytest.mark.parametrize(("width", "height"), [*SIZES, (768, 1024), (740, 360)])
def test_all_of_it_is_on_the_screen_and_large_enough(
    width: int, height: int, visit: Visit, set_up: Client
) -> None:
    for slot in range(1, 10):
        set_up.request("preset", action="save", name=f"a long name of number {slot}", slot=slot)
    page = _ready(visit, width, height)
    is_so(page, "document.querySelectorAll('.slots .empty').length === 0")
    for theme in ("dark", "light", "stage"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if height > 480:  # a phone that lies may scroll
            assert page.evaluate(OVERFLOW) == [0, 0], theme
            assert page.evaluate(OUT_OF_REACH, 43.5) == [], theme


def test_the_figures_are_large_and_count_down(visit: Visit, set_up: Client) -> None:
    page = _ready(visit, 1440, 900)
    assert page.evaluate("parseFloat(getComputedStyle(document.getElementById('togo')).fontSize)") >= 48
    is_so(page, "document.getElementById('togo').textContent.match(/^\\d+$/) !== null")
    plan = set_up.state()["plan"]
    left = int(page.inner_text("#togo"))
    if "bars" in page.inner_text("#togo-words"):
        assert abs(left - (plan["bars_left"] + 1)) <= 1
    assert page.inner_text("#place-next") == f"→ {plan['next_section']}"
    seen = set()
    for _ in range(40):
        seen.add(page.evaluate(BEAT))
        page.wait_for_timeout(60)
    assert seen >= {0, 1, 2, 3}


def test_a_queued_section_blinks_with_bars_to_go_and_a_second_press_takes_it_back(
    visit: Visit, set_up: Client
) -> None:
    set_up.set({"tempo": 40.0})  # long bars: what waits for one is still there after some requests
    page = _ready(visit, 360, 740)
    tile = page.locator("[data-section=break] .tile-phrase")
    tile.tap()
    page.wait_for_selector("[data-section=break] .tile-phrase.queued small:has-text('bar')")
    assert page.evaluate("getComputedStyle(document.querySelector('.queued')).animationName") == "blink"
    tile.tap()
    page.wait_for_selector(".queued", state="detached")
    assert _pending(set_up) == {}
    assert set_up.get("section")["section"] == "auto"
    page.tap("#next-section")
    page.wait_for_selector("#next-section.queued")
    page.tap("#next-section")
    page.wait_for_selector("#next-section:not(.queued)")
    assert set_up.state()["coming"] == []


def test_a_section_turns_the_director_on(visit: Visit, client: Client) -> None:
    page = visit("")
    assert client.get("director")["director"] is False
    page.click("[data-section=drop] .tile-bar")
    until(lambda: client.get("director", "section") == {"director": True, "section": "drop"}, "it drops")


def test_solos_add_with_shift_and_with_a_second_finger(visit: Visit, client: Client) -> None:
    page = visit("", 1440, 900, has_touch=True)
    client.set({"lead.mute": True})
    is_so(page, "edmd.store.params['lead.mute'] === true")
    page.click(".voice[data-voice=bass] .solo")
    names = ("lead.mute", "chords.mute", "bass.mute", "drums.mute")
    until(lambda: [*client.get(*names).values()] == [True, True, False, True], "bass alone")
    page.click(".voice[data-voice=drums] .solo", modifiers=["Shift"])
    until(lambda: [*client.get(*names).values()] == [True, True, False, False], "and drums")
    assert page.get_attribute(".voice[data-voice=bass] .solo", "aria-pressed") == "true"
    page.click(".voice[data-voice=drums] .solo", modifiers=["Shift"])
    until(lambda: [*client.get(*names).values()] == [True, True, False, True], "bass alone again")
    page.click(".voice[data-voice=bass] .solo")
    until(lambda: [*client.get(*names).values()] == [True, False, False, False], "the earlier mute is back")
    session = page.context.new_cdp_session(page)
    first, second = (spot(page.locator(f".voice[data-voice={voice}] .solo")) for voice in ("bass", "chords"))
    press = [{"x": first.x, "y": first.y, "id": 0}]
    both = [*press, {"x": second.x, "y": second.y, "id": 1}]
    for kind, points in (
        ("touchStart", press),
        ("touchStart", both),
        ("touchEnd", both[1:]),
        ("touchEnd", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(80)
    until(lambda: [*client.get(*names).values()] == [True, False, False, True], "one is held, one is added")


def test_one_finger_holds_the_pad_while_another_mutes(visit: Visit, client: Client) -> None:
    page = visit("", 360, 740, has_touch=True)
    is_so(page, "edmd.store.beat > 0")
    page.wait_for_timeout(500)
    pad, mute = spot(page.locator(".xy .pad"), 0.2, 0.5), spot(page.locator(".voice[data-voice=drums] .mute"))
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": int((x, y) == mute)} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(30)

    touch("touchStart", pad)
    for step in range(1, 9):
        touch("touchMove", (pad.x + 10 * step, pad.y))
    here = (pad.x + 80, pad.y)
    touch("touchStart", here, mute)
    touch("touchEnd", mute)  # the finger that is lifted
    until(lambda: client.get("drums.mute")["drums.mute"], "the second finger mutes")
    touch("touchMove", (pad.x + 160, pad.y))
    touch("touchEnd")
    until(lambda: float(client.get("energy")["energy"]) > 0.6, "the first one still moves the pad")


def test_a_finger_that_slips_off_a_button_presses_nothing(visit: Visit, client: Client) -> None:
    page = visit("", 360, 740, has_touch=True)
    start = spot(page.locator(".voice[data-voice=lead] .mute"))
    swipe(page, start, spot(page.locator(".voice[data-voice=chords] .mute")))
    page.wait_for_timeout(400)
    assert client.get("lead.mute", "chords.mute") == {"lead.mute": False, "chords.mute": False}


def test_a_hold_keeps_a_snapshot_and_a_tap_brings_it_back(visit: Visit, set_up: Client) -> None:
    page = _ready(visit, 360, 740)
    set_up.set({"gate": 0.35})
    at = spot(page.locator("[data-slot='4']"))
    swipe(page, at, at, lambda: page.wait_for_timeout(900))
    page.wait_for_selector("[data-slot='4']:has-text('snap 4')")
    assert set_up.preset("list")["slots"]["4"] == "snap 4"
    set_up.set({"gate": 0.8})
    page.tap("[data-slot='4']")
    until(lambda: set_up.get("gate")["gate"] == 0.35, "it is back")
    page.keyboard.press("Shift+Digit5")
    page.wait_for_selector("[data-slot='5']:has-text('snap 5')")
    page.tap(".slots .store")
    page.tap("[data-slot='6']")
    page.wait_for_selector("[data-slot='6']:has-text('snap 6')")
    page.tap("[data-slot='7']")
    page.wait_for_selector(".toast:has-text('Slot 7 is empty')")


def test_the_pads_parameters_are_chosen_and_kept(visit: Visit, client: Client) -> None:
    page = visit("")
    page.select_option("[data-axis=across]", "density")
    page.reload()
    page.wait_for_selector("[data-axis=across]")
    assert page.input_value("[data-axis=across]") == "density"
    assert page.input_value("[data-axis=up]") == "classical_mix"
    pad = page.locator(".xy .pad")
    page.mouse.click(*spot(pad, 0.75, 0.5))
    there = {"density": pytest.approx(0.75, abs=0.02), "classical_mix": pytest.approx(0.5, abs=0.02)}
    until(lambda: client.get("density", "classical_mix") == there, "both move")
    page.mouse.dblclick(*spot(pad, 0.1, 0.9))
    until(
        lambda: client.get("density", "classical_mix") == {"density": 0.5, "classical_mix": 0.2},
        "and go home",
    )


def test_a_restart_and_a_new_seed_are_taken_back(visit: Visit, set_up: Client) -> None:
    page = _ready(visit, 1440, 900)
    set_up.request("next")
    until(lambda: not set_up.state()["coming"], "the next section plays")
    until(lambda: set_up.state()["section"] != "intro", "it is no intro")
    section, seed = set_up.state()["section"], set_up.state()["seed"]
    page.click("#play")
    until(lambda: set_up.state()["section"] == "intro", "it begins anew")
    page.click("#undo")
    until(lambda: set_up.state()["section"] == section, "it goes on where it was")
    page.click("nav [data-page=mix]")
    page.click("#reseed")
    until(lambda: set_up.state()["seed"] != seed, "another seed plays")
    page.wait_for_timeout(1100)
    page.click("#undo")
    until(lambda: set_up.state()["seed"] == seed, "the old seed plays")
    page.fill("#seed", "4242")
    page.keyboard.press("Enter")
    until(lambda: set_up.state()["seed"] == 4242, "a typed seed plays")
    page.fill("#seed", "a lot")
    page.keyboard.press("Enter")
    page.wait_for_selector(".wrong:has-text('The seed is a whole number')")
    page.keyboard.press("Control+z")  # in a text field it is the browser's
    assert set_up.state()["seed"] == 4242
    page.locator("#main").focus()
    page.wait_for_timeout(1100)
    page.keyboard.press("Control+z")
    until(lambda: set_up.state()["seed"] == seed, "control and Z take it back")
    page.keyboard.press("Control+Shift+Z")
    until(lambda: set_up.state()["seed"] == 4242, "and do it again")
    page.keyboard.press("u")
    until(lambda: set_up.state()["seed"] == seed, "U as well")


def test_the_lock_stops_stray_hands_but_not_panic(visit: Visit, client: Client) -> None:
    page = visit("", 360, 740, has_touch=True)
    page.evaluate(ASKED)
    page.tap("#lock")
    for selector in (".voice[data-voice=lead] .mute", "#toggle", "#undo", "[data-page=mix]"):
        page.touchscreen.tap(*spot(page.locator(selector)))
    for key in ("q", "Space", "d", "u"):
        page.keyboard.press(key)
    page.tap("#lock")
    page.wait_for_timeout(300)
    assert page.evaluate("asked") == []
    assert page.evaluate("document.body.dataset.page") == "perform"
    page.tap("#panic")
    page.keyboard.press("p")
    is_so(page, "asked.length === 2")
    at = spot(page.locator("#lock"))
    swipe(page, at, at, lambda: page.wait_for_timeout(900))
    page.tap(".voice[data-voice=lead] .mute")
    until(lambda: client.get("lead.mute")["lead.mute"], "it is open again")
    page.keyboard.press("l")
    page.keyboard.press("Enter")
    page.keyboard.press("q")
    until(lambda: not client.get("lead.mute")["lead.mute"], "opened by key")


def test_the_first_sound_is_one_click_from_a_fresh_page(visit: Visit, client: Client, stage: Stage) -> None:
    client.transport("continue")
    page = visit("", 360, 740)
    page.click("#listen")
    is_so(page, "edmd.stats.scheduled.length > 4 && edmd.ears.isLive")


def test_a_layout_is_arranged_and_kept(visit: Visit, client: Client) -> None:
    page = visit("")
    usual = ["sections pad", "voices slots morph style"]
    assert page.evaluate(COLUMNS) == usual
    page.click("#menu-open")
    page.click("#arrange")
    page.click("[data-arrange='voices down']")
    page.click("[data-arrange='morph take away']")
    page.click("[data-arrange='add scenes']")
    page.drag_and_drop("[data-panel=pad] .arrange-cover b", "[data-panel=sections] .arrange-cover b")
    page.click("[data-arrange=done]")
    arranged = ["pad sections", "slots voices style scenes"]
    assert page.evaluate(COLUMNS) == arranged
    page.reload()
    page.wait_for_selector(".voice")
    assert page.evaluate(COLUMNS) == arranged
    assert page.is_hidden("#morph")
    page.fill("#page-perform #scene-name", "opening")
    page.click("#menu-open")
    page.click("#arrange")
    page.click("[data-arrange=usual]")
    page.keyboard.press("Escape")
    assert page.evaluate(COLUMNS) == usual
    assert page.is_visible("#morph")
    page.click("nav [data-page=stage]")
    assert page.input_value("#page-stage #scene-name") == "opening"


def test_themes_are_chosen_and_kept_and_the_screen_stays_on(visit: Visit) -> None:
    page = visit("")
    grounds = set()
    page.click("#menu-open")
    for theme in ("light", "stage", "dark", "light"):
        page.click(f"[data-theme-name={theme}]")
        grounds.add(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert len(grounds) == 3
    assert page.get_attribute("#awake", "aria-checked") == "true"
    page.click("#awake")
    page.reload()
    page.wait_for_selector(".voice")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.get_attribute("#awake", "aria-checked") == "false"
    page.click("#menu-open")
    page.click("#fullscreen")
    is_so(page, "document.fullscreenElement !== null")
    page.click("#menu-close")
    page.keyboard.press("f")
    is_so(page, "document.fullscreenElement === null")
