"""The panel's buttons for listening, and its controls of the time."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import is_so, shows, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]


def listening(client: Client) -> dict[str, object]:
    return dict(client.state()["listening"])


def test_the_buttons_listen_in_each_way_and_off_ends_it(visit: Visit, client: Client) -> None:
    page = visit("#stage")
    page.select_option("#listen-bars", "4")
    page.click("#listen-call")
    until(
        lambda: (listening(client)["mode"], listening(client)["bars"]) == ("call", 4), "it listens to calls"
    )
    page.click("#listen-answer")
    is_so(page, "document.querySelector('#toasts').textContent.includes('Nothing was played in yet')")
    page.click("#listen-accompany")
    until(lambda: listening(client)["mode"] == "accompany", "it accompanies")
    page.click("#listen-harmony")
    until(lambda: client.get("chord_loop")["chord_loop"] == "played", "chords lead")
    is_so(page, "!document.querySelector('#listen-off').disabled")
    page.click("#listen-off")
    until(lambda: listening(client)["mode"] == "off", "it listens no more")
    until(lambda: client.get("chord_loop")["chord_loop"] == "auto", "the director leads again")
    is_so(page, "document.querySelector('#listen-off').disabled")


def test_the_time_is_led_moved_and_shown(visit: Visit, client: Client) -> None:
    page, other = visit("#stage"), visit("#stage")
    page.fill("#delays label:has-text('lead') input", "-20")
    page.keyboard.press("Enter")
    page.fill("#delays label:has-text('all') input", "900")
    page.keyboard.press("Enter")
    until(lambda: client.request("clock", action="state")["delays"]["lead"] == -20.0, "the lead is earlier")
    until(lambda: client.request("clock", action="state")["offset"] == 250.0, "the most that is allowed")
    shows(other, "#delays label:nth-of-type(2) input", "-20")
    page.click("nav [data-page=perform]")
    page.click("#nudge-later")
    page.click("nav [data-page=stage]")
    page.select_option("#clock-source", "midi")
    until(lambda: client.request("clock", action="state")["source"] == "midi", "a MIDI clock is followed")
    shows(other, "#clock-source", "midi")
    client.request("clock", action="source", source="internal")
    shows(page, "#clock-source", "internal")
    client.request("clock", action="offset", ms=0)
    client.request("clock", action="delay", voice="lead", ms=0)
