"""Several users of one daemon: all pages show the same."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import shows, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]
DENSITY = '#page-mix [data-name="density"] input'


def mutes(client: Client) -> set[str]:
    return {name for name, value in client.get().items() if name.endswith(".mute") and value}


def test_two_windows_show_the_same(visit: Visit, client: Client) -> None:
    one, other = visit(), visit()
    one.locator(DENSITY).fill("0.9")
    shows(other, DENSITY, "0.9")
    one.click('.strip[data-voice="bass"] .solo')
    other.wait_for_selector('.strip[data-voice="bass"] .solo[aria-pressed="true"]')
    assert mutes(client) == {"lead.mute", "chords.mute", "drums.mute"}
    other.click('.strip[data-voice="bass"] .solo')
    one.wait_for_selector('.strip[data-voice="drums"] .mute[aria-pressed="false"]')


def test_two_hands_at_one_knob_end_with_the_same_value(visit: Visit, client: Client) -> None:
    """A change from elsewhere is shown as soon as this user releases the slider."""
    one, other = visit(), visit()
    one.locator(DENSITY).fill("0.9")
    other.locator(DENSITY).fill("0.3")
    until(lambda: client.get("density")["density"] == 0.3, "the last one wins")
    shows(one, DENSITY, "0.3")
    shows(other, DENSITY, "0.3")


def test_mutes_and_solos_wait_for_nothing(visit: Visit, client: Client) -> None:
    client.set({"tempo": 40.0})  # a phrase lasts 48 s
    page = visit()
    page.click("#when-at >> text=phrase")
    page.click("#when-over >> text=16")
    page.locator(DENSITY).fill("0.9")
    page.click('.strip[data-voice="lead"] .mute')
    assert page.get_attribute('.strip[data-voice="lead"] .mute', "aria-pressed") == "true"
    until(lambda: mutes(client) == {"lead.mute"}, "it is muted")
    until(lambda: client.state()["pending"].keys() == {"density"}, "long before the phrase ends", 10.0)


def test_a_second_press_takes_the_first_one_back(visit: Visit, client: Client) -> None:
    page = visit()
    page.evaluate("""() => {
      const mute = document.querySelector('.strip[data-voice="lead"] .mute');
      mute.click();
      setTimeout(() => mute.click(), 60);
    }""")
    page.wait_for_timeout(1000)
    assert client.get("lead.mute")["lead.mute"] is False
    assert page.get_attribute('.strip[data-voice="lead"] .mute', "aria-pressed") == "false"


def test_the_mutes_before_a_solo_come_back(visit: Visit, client: Client) -> None:
    page, other = visit(), visit()
    page.click('.strip[data-voice="chords"] .mute')
    other.wait_for_selector('.strip[data-voice="chords"] .mute[aria-pressed="true"]')
    page.click('.strip[data-voice="bass"] .solo')
    other.wait_for_selector('.strip[data-voice="bass"] .solo[aria-pressed="true"]')
    other.click('.strip[data-voice="drums"] .solo')
    page.wait_for_selector('.strip[data-voice="drums"] .solo[aria-pressed="true"]')
    page.click('.strip[data-voice="drums"] .solo')
    until(lambda: mutes(client) == {"chords.mute"}, "as it was before")


def test_what_others_begin_is_shown_without_a_reload(visit: Visit, client: Client) -> None:
    """Changes of seed, model, presets and recordings are shown like changes of parameters."""
    live, health = visit("#stage"), visit("#health")
    health.wait_for_selector("#facts tr:has-text('seed')")
    client.reseed(99)
    shows(live, "#seed", "99")
    health.wait_for_selector("#facts tr:has-text('seed') td:text-is('99')")
    client.preset("save", "from elsewhere")
    live.wait_for_selector(".load:has-text('from elsewhere')")
    client.preset("delete", "from elsewhere")
    live.wait_for_selector(".load:has-text('from elsewhere')", state="detached")
    path = client.record("start", "set.mid")["path"]
    health.wait_for_selector(f"#facts tr:has-text('recording') td:text-is('{path}')")
    live.wait_for_selector(f"#recording:has-text('{path}')")
    client.record("stop")
    live.wait_for_selector("#recording", state="hidden")


def test_a_recording_is_begun_here_and_ended_there(visit: Visit, client: Client) -> None:
    page, other = visit(), visit()
    page.click("#record")
    other.wait_for_selector('#record[aria-pressed="true"]')
    path = client.state()["recording"]["path"]
    other.wait_for_selector("#record:has-text('0:02')")
    late = visit()
    late.wait_for_selector("#recording:has-text('0:')")
    assert late.inner_text("#recording-path") == path
    assert late.inner_text("#recording-time") >= "0:02"
    other.click("#record")
    page.wait_for_selector('#record[aria-pressed="false"]:has-text("Record")')
    assert client.state()["recording"]["path"] is None


def test_what_is_pending_is_marked_for_everybody_until_it_is_no_more(visit: Visit, client: Client) -> None:
    client.set({"tempo": 40.0})
    page, other = visit(), visit()
    client.set({"gate": 0.3}, "phrase", 16)
    for each in (page, other):
        each.wait_for_selector('#page-mix [data-name="gate"].pending:has-text("→ 0.3")')
    page.reload()
    page.wait_for_selector('#page-mix [data-name="gate"].pending:has-text("→ 0.3")')
    client.set({"gate": 0.7})
    for each in (page, other):
        each.wait_for_selector('#page-mix [data-name="gate"]:not(.pending)')
        shows(each, '#page-mix [data-name="gate"] input', "0.7")
