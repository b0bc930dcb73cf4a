"""Shortcuts act wherever the focus is, except in text fields; Escape closes what is open; panic has its own key."""

import json
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import Stage, is_so, until
from tests.panel.browser.fingers import SIZES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
Visit = Callable[..., Page]
EVERYWHERE = "a[href], button, input, select, [tabindex='0']"
# Numbers every visible control that can have the focus.
NUMBERED = """(which) => {
  const all = [...document.querySelectorAll(which)].filter((each) =>
    each.offsetParent !== null && getComputedStyle(each).visibility !== "hidden" && each.tabIndex >= 0 && !each.disabled);
  all.forEach((each, index) => { each.dataset.walk = index; });
  return all.map((each) => [each.tagName, each.type ?? "", each.id || each.className]);
}"""
# Records the requests of the page to its panel, as [path, body].
ASKED = """() => {
  globalThis.asked = [];
  const { fetch } = globalThis;
  globalThis.fetch = (path, options = {}) => {
    if (options.method === "POST") asked.push([path, options.body]);
    return fetch(path, options);
  };
}"""


@pytest.fixture
def playing(client: Client) -> Iterator[Client]:
    """The music plays before and after."""
    client.transport("continue")
    until(lambda: _state(client) == "playing", "it plays")
    yield client
    client.transport("continue")
    until(lambda: _state(client) == "playing", "it plays again")


def _state(client: Client) -> str:
    return str(client.state()["transport"]["state"])


def _space(page: Page, client: Client, where: str) -> None:
    """Space stops the music, and starts it again; the focus does not change."""
    is_so(page, "edmd.store.transport.state === 'playing'")
    page.keyboard.press("Space")
    until(lambda: _state(client) == "stopped", f"space stops {where}")
    page.keyboard.press("Space")
    until(lambda: _state(client) == "playing", f"and goes on {where}")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_space_is_the_transport_wherever_the_focus_is(
    width: int, height: int, visit: Visit, playing: Client
) -> None:
    page = visit("#mix", width, height)
    page.click("#listen")
    _space(page, playing, "after Listen here was pressed")
    assert page.get_attribute("#listen", "aria-pressed") == "true"
    page.click('.strip[data-voice="lead"] .mute')
    until(lambda: playing.get("lead.mute")["lead.mute"], "it is muted")
    _space(page, playing, "after a mute was pressed")
    assert playing.get("lead.mute")["lead.mute"] is True
    for selector in (
        '#page-mix [data-name="tempo"] input',
        '#page-mix [data-name="scale"] select',
        ".thumb",
        "nav a",
    ):
        page.locator(selector).first.focus()
        _space(page, playing, f"on {selector}")
    assert page.evaluate("document.activeElement.matches('nav a')")
    assert playing.get("tempo", "scale") == {"tempo": 128.0, "scale": "free"}


@pytest.mark.parametrize(
    ("key", "actions"),
    [("Space", {"stop", "continue"}), ("t", {"tap"}), ("p", {"panic"}), ("Home", {"play"})],
)
def test_a_shortcut_does_the_same_on_every_control_and_nothing_else(
    key: str, actions: set[str], visit: Visit, playing: Client
) -> None:
    """No control reacts to the key itself: with the focus on any control, only the shortcut's request is sent."""
    page = visit()
    controls = page.evaluate(NUMBERED, EVERYWHERE)
    assert len(controls) > 50
    page.evaluate(ASKED)
    for index, control in enumerate(controls):
        if control[1] in ("text", "number"):
            continue
        page.evaluate("asked.length = 0")
        page.locator(f'[data-walk="{index}"]').focus()
        page.keyboard.press(key)
        is_so(page, "asked.length > 0")
        [(path, body)] = page.evaluate("asked")
        assert (path, json.loads(body)["action"] in actions) == ("/api/transport", True), control
        assert page.evaluate(f"document.activeElement.dataset.walk === '{index}'"), control
    page.wait_for_timeout(300)
    assert len(page.evaluate("asked")) == 1


def test_a_text_is_written_and_nothing_else_happens(visit: Visit, playing: Client) -> None:
    page = visit("#stage")
    page.evaluate(ASKED)
    page.locator(".preset-new input").first.focus()
    page.keyboard.type("top trap ?")
    page.keyboard.press("Home")
    page.keyboard.type("p t ")
    assert page.input_value(".preset-new input") == "p t top trap ?"
    page.click("nav [data-page=mix]")
    page.locator('#page-mix [data-name="tempo"] .value').click()
    page.keyboard.type(" tp?")
    assert page.input_value(".typed") == " tp?"
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert page.evaluate("asked") == []
    assert _state(playing) == "playing"


def test_buttons_are_pressed_and_choices_opened_with_enter(visit: Visit, playing: Client) -> None:
    page = visit()
    page.locator('.strip[data-voice="bass"] .mute').focus()
    page.keyboard.press("Enter")
    until(lambda: playing.get("bass.mute")["bass.mute"], "it is muted")
    page.locator('#page-mix [data-name="director"] .switch').focus()
    page.keyboard.press("Enter")
    until(lambda: playing.get("director")["director"], "it is on")
    choice = page.locator('#page-mix [data-name="section"] select')
    choice.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wanted = choice.locator("option").nth(1).get_attribute("value")
    until(lambda: playing.get("section")["section"] == wanted, "another section is chosen")


def test_keys_of_another_case_alphabet_or_layout_do_the_same(visit: Visit, playing: Client) -> None:
    page = visit()
    page.evaluate(ASKED)
    page.keyboard.press("Shift+T")
    page.keyboard.press("Shift+P")
    session = page.context.new_cdp_session(page)
    for kind in ("keyDown", "keyUp"):
        session.send(
            "Input.dispatchKeyEvent", {"type": kind, "key": "\u0435", "code": "KeyT", "text": "\u0435"}
        )
    is_so(page, "asked.length === 3")
    assert [body for _, body in page.evaluate("asked")] == [
        '{"action":"tap"}', '{"action":"panic"}', '{"action":"tap"}',
    ]  # fmt: skip


def test_a_key_that_is_held_acts_once_and_a_browsers_own_keys_are_left_alone(
    visit: Visit, playing: Client
) -> None:
    page = visit()
    page.evaluate(ASKED)
    page.keyboard.down("p")
    page.keyboard.down("p")
    page.keyboard.down("p")
    page.keyboard.up("p")
    for key in ("Control+t", "Alt+Home", "Control+Home"):
        page.evaluate(
            "(key) => document.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey: true, bubbles: true }))",
            key.partition("+")[2],
        )
    page.wait_for_timeout(300)
    assert [body for _, body in page.evaluate("asked")] == ['{"action":"panic"}']


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_panic_has_a_key_and_a_large_button(
    width: int, height: int, visit: Visit, playing: Client, stage: Stage
) -> None:
    page = visit("#mix", width, height)
    box = page.locator("#panic").bounding_box()
    assert box is not None
    assert box["width"] >= 100
    assert box["height"] >= 56
    assert box["width"] * box["height"] >= max(
        each["width"] * each["height"]
        for each in (page.locator(f"#{name}").bounding_box() for name in ("play", "toggle", "tap", "record"))
        if each is not None
    )
    page.evaluate(ASKED)
    page.click("#panic")
    page.keyboard.press("p")
    is_so(page, "asked.length === 2")
    assert {body for _, body in page.evaluate("asked")} == {'{"action":"panic"}'}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_escape_closes_the_last_thing_opened_and_never_panics(
    width: int, height: int, visit: Visit, playing: Client
) -> None:
    page = visit("#mix", width, height)
    page.evaluate(ASKED)
    page.keyboard.press("Escape")
    page.click("[aria-label='Explain Harmony']")
    page.locator('#page-mix [data-name="tempo"] input').focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".typed:focus")
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    page.wait_for_selector(".typed", state="detached")
    assert page.evaluate("document.activeElement.closest('.dial').dataset.name") == "tempo"
    assert page.is_visible('#page-mix [data-name="key"] .help')
    page.keyboard.press("?")
    page.wait_for_selector("#keys-list[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys-list:not([open])", state="attached")
    assert page.is_visible('#page-mix [data-name="key"] .help')
    page.keyboard.press("Escape")
    assert page.is_hidden('#page-mix [data-name="key"] .help')
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert page.evaluate("asked") == []
    assert _state(playing) == "playing"
    assert playing.get("tempo")["tempo"] == 128.0


def test_escape_takes_back_a_question_and_a_sentence(visit: Visit, playing: Client) -> None:
    playing.preset("save", "opener")
    page = visit("#stage")
    page.click("[aria-label='Delete preset opener']")
    page.wait_for_selector(".drop.asking")
    page.keyboard.press("Escape")
    page.wait_for_selector(".drop:not(.asking)")
    page.click(".load:has-text('opener')")
    page.wait_for_selector(".toast")
    page.keyboard.press("Escape")
    page.wait_for_selector(".toast", state="detached")
    assert "opener" in playing.preset("list")["presets"]
    playing.preset("delete", "opener")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_list_of_keys_is_usable_by_all(width: int, height: int, visit: Visit, playing: Client) -> None:
    page = visit("#mix", width, height)
    page.click("#menu-open")
    page.click("#keys")
    page.wait_for_selector("#keys-list[open]")
    told = page.inner_text("#keys-list")
    assert all(word in told for word in ("Space", "P", "T", "Home", "Escape", "Enter"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#keys-list").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    _space(page, playing, "while the list is open")


def test_the_keys_can_be_given_back_to_the_browser(visit: Visit, playing: Client) -> None:
    """For users of a screen reader or of voice input: the switch is remembered."""
    page = visit()
    page.keyboard.press("?")
    page.locator("#keys-on").focus()
    page.keyboard.press("Enter")
    assert page.get_attribute("#keys-on", "aria-checked") == "false"
    page.keyboard.press("Escape")
    page.evaluate(ASKED)
    page.keyboard.press("t")
    page.locator('.strip[data-voice="bass"] .mute').focus()
    page.keyboard.press("Space")
    until(lambda: playing.get("bass.mute")["bass.mute"], "space presses the button")
    assert [path for path, _ in page.evaluate("asked")] == ["/api/set"]
    page.reload()
    page.wait_for_selector(".dial", state="attached")
    assert page.get_attribute("#keys-on", "aria-checked") == "false"
