"""Several decks on one page: tabs, parameters, transport, display and sound of the chosen one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.client import Client
from tests import needs
from tests.panel.browser.conftest import Stage, delete, is_so, shows, staged, until

needs.library("playwright.sync_api")
needs.library("axe_playwright_python.sync_playwright")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.panel.browser.test_access import SMALL

pytestmark = pytest.mark.browser
TEMPO = '#page-mix .dial[data-name="tempo"] input'
NONE = "\N{EN DASH}"
OTHER = '[data-deck="deck2"]'


@pytest.fixture(scope="module")
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("decks")
    with staged(folder) as running:
        yield running


@pytest.fixture
def client(stage: Stage) -> Iterator[Client]:
    with Client(stage.control, timeout_seconds=10.0) as client:
        yield client
        if len(client.request("deck", action="list")["decks"]) > 1:
            client.request("deck", action="remove", name="deck2")


@pytest.fixture
def both(client: Client, visit: Callable[..., Page]) -> Page:
    """A page that shows the first of two decks."""
    client.request("deck", action="add", name="deck2")
    for deck, tempo in (("main", 120), ("deck2", 90)):
        client.request("set", params={"tempo": tempo, "lead.mute": False}, deck=deck)
        client.request("transport", action="play", deck=deck)
    page = visit()
    page.wait_for_selector(OTHER)
    return page


def value(client: Client, deck: str, name: str) -> object:
    return client.request("get", names=[name], deck=deck)["params"][name]


def test_with_one_deck_there_are_no_tabs_but_a_button_to_add_one(
    visit: Callable[..., Page], client: Client
) -> None:
    page = visit("#stage")
    page.wait_for_selector("#add-deck")
    assert not page.is_visible("#decks")
    page.click("#add-deck")
    page.wait_for_selector(f'{OTHER}[aria-selected="true"]')
    assert [tab.inner_text() for tab in page.locator("#deck-tabs button").all()] == ["main", "deck2"]
    assert not page.is_visible("#add-deck")
    delete(page, "#remove-deck")
    until(lambda: not page.is_visible("#decks"), "the row of tabs goes with the second deck")
    assert [deck["name"] for deck in client.request("deck", action="list")["decks"]] == ["main"]


def test_the_page_shows_and_changes_the_chosen_deck_alone(both: Page, client: Client) -> None:
    shows(both, TEMPO, "120")
    both.click(OTHER)
    shows(both, TEMPO, "90")
    both.click('.strip[data-voice="lead"] .mute')
    until(lambda: value(client, "deck2", "lead.mute"), "the second deck's lead is muted")
    assert value(client, "main", "lead.mute") is False
    both.click("#toggle")
    until(lambda: client.request("state", deck="deck2")["transport"]["state"] == "stopped", "it stops")
    assert client.request("state", deck="main")["transport"]["state"] == "playing"
    is_so(both, "document.body.dataset.state === 'stopped'")
    both.click('[data-deck="main"]')
    shows(both, TEMPO, "120")
    is_so(both, "document.body.dataset.state === 'playing'")
    is_so(both, """document.querySelector('.strip[data-voice="lead"]').dataset.muted === 'false'""")


def test_a_tab_tells_which_deck_plays(both: Page, client: Client) -> None:
    for deck in ("main", "deck2"):
        is_so(both, f"""document.querySelector('[data-deck="{deck}"]').dataset.plays === 'true'""")
    client.request("transport", action="stop", deck="deck2")
    is_so(both, """document.querySelector('[data-deck="deck2"]').dataset.plays === 'false'""")
    assert both.get_attribute('[data-deck="main"]', "aria-label") == "main, plays"


def test_only_the_shown_deck_is_heard_and_drawn(both: Page, client: Client) -> None:
    both.click("#listen")
    is_so(both, "edmd.stats.scheduled.length > 10")
    client.request("transport", action="stop", deck="main")
    is_so(both, "document.body.dataset.state === 'stopped'")
    both.evaluate("edmd.stats.scheduled.length = 0")
    is_so(both, """document.querySelector('[data-deck="deck2"]').dataset.plays === 'true'""")
    both.wait_for_timeout(1500)
    assert both.evaluate("edmd.stats.scheduled.length") == 0
    both.click(OTHER)
    is_so(both, "edmd.stats.scheduled.length > 10")
    assert both.evaluate("edmd.clock.anchor.tempo") == 90


def test_a_change_made_just_before_another_deck_is_shown_reaches_its_own(both: Page, client: Client) -> None:
    both.evaluate(
        """() => {
            const slider = document.querySelector('#page-mix .dial[data-name="swing"] input');
            slider.value = "0.5";
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            document.querySelector('[data-deck="deck2"]').click();
        }"""
    )
    until(lambda: value(client, "main", "swing") == 0.5, "the first deck has the swing")
    assert value(client, "deck2", "swing") == 0.0
    shows(both, '#page-mix .dial[data-name="swing"] input', "0")
    client.request("set", params={"swing": 0.0}, deck="main")


def test_arrow_keys_move_between_tabs_and_a_reload_shows_the_same_deck(both: Page) -> None:
    both.focus('[data-deck="main"]')
    both.keyboard.press("ArrowRight")
    shows(both, TEMPO, "90")
    assert both.evaluate("document.activeElement.dataset.deck") == "deck2"
    both.reload()
    both.wait_for_selector(f'{OTHER}[aria-selected="true"]')
    shows(both, TEMPO, "90")


def test_a_deck_that_another_user_removes_is_shown_no_more(both: Page, client: Client) -> None:
    both.click(OTHER)
    shows(both, TEMPO, "90")
    client.request("deck", action="remove", name="deck2")
    until(lambda: not both.is_visible("#decks"), "the row of tabs goes")
    shows(both, TEMPO, "120")


def test_a_deck_that_another_user_adds_gets_a_tab(visit: Callable[..., Page], client: Client) -> None:
    page = visit("#stage")
    page.wait_for_selector("#add-deck")
    client.request("deck", action="add", name="deck2")
    page.wait_for_selector(OTHER)
    assert page.get_attribute('[data-deck="main"]', "aria-selected") == "true"


def test_readings_of_the_gauge_are_those_of_the_deck(both: Page, client: Client) -> None:
    is_so(both, "document.getElementById('gauge-words').textContent.includes('EDM')")
    client.request("transport", action="stop", deck="deck2")
    both.click(OTHER)
    shows(both, TEMPO, "90")
    past = both.evaluate("fetch('/api/history?deck=deck2').then((r) => r.json())")["result"]["gauge"]
    first = both.evaluate("fetch('/api/history').then((r) => r.json())")["result"]["gauge"]
    assert all(reading.get("deck", "deck2") == "deck2" for reading in past)
    assert all(reading.get("deck", "main") == "main" for reading in first)
    assert len(first) > 0


@pytest.mark.parametrize("width", [1440, 360])
def test_tabs_are_usable_on_any_screen_and_by_a_screen_reader(
    both: Page, client: Client, visit: Callable[..., Page], width: int
) -> None:
    page = visit("#mix", width, 760)
    page.wait_for_selector(OTHER)
    page.wait_for_timeout(600)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL, ".decks button") == []
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []


def test_what_the_other_deck_plays_is_not_shown_for_one_that_has_stopped(both: Page, client: Client) -> None:
    until(lambda: both.text_content("#place-section") != NONE, "the first deck's section is shown")
    client.request("transport", action="stop", deck="deck2")
    until(lambda: client.request("state", deck="deck2")["transport"]["state"] == "stopped", "it has stopped")
    both.click(OTHER)
    shows(both, TEMPO, "90")
    both.wait_for_timeout(500)
    assert both.text_content("#place-section") == NONE
    assert both.locator("#sections [aria-current=true]").count() == 0
