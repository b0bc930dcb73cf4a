"""The live sound of a page: its instruments, filters and risers, whatever others and other parts of the page do."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import Stage, is_so, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Visit = Callable[..., Page]
# Plays two players of effects on the page's desk, cuts the first, and returns the filters of the lead and of the bass in Hz.
CUT_BEFORE_A_SWEEP = """async () => {
  const { EffectsPlayer } = await import("/static/js/audio/effects.js");
  const { Layer } = await import("/static/js/audio/layer.js");
  const { desk, context } = edmd.ears;
  const [live, song] = [new EffectsPlayer(new Layer(desk)), new EffectsPlayer(new Layer(desk))];
  const effects = { riser: 0, impact: 0 };
  live.play({ ...effects, filters: { lead: 40 } }, context.currentTime);
  live.play({ ...effects, filters: { lead: 20 } }, context.currentTime + 0.1);
  song.play({ ...effects, filters: { bass: 20 } }, context.currentTime);
  live.cut();
  await new Promise((done) => { setTimeout(done, 800); });
  return [desk.strips.lead.sweep.frequency.value, desk.strips.bass.sweep.frequency.value];
}"""

# Records which genre's instruments are wanted from now on.
NAMED = """() => {
  globalThis.named = new Set();
  setInterval(() => { named.add(edmd.ears.genre).add(edmd.ears.desk.genre).add(edmd.ears.desk.wanted); }, 4);
}"""


def listening(visit: Visit, hash_: str = "#mix") -> Page:
    page = visit(hash_)
    page.click("#listen")
    until(lambda: page.evaluate("edmd.ears.isLive"), "the ears are open")
    return page


def test_a_slider_leaves_the_instruments(visit: Visit, client: Client) -> None:
    client.set({"genre": "techno"})
    page = listening(visit)
    is_so(page, "edmd.ears.desk.genre === 'techno'")
    slider = page.locator('#page-mix [data-name="energy"] input[type=range]')
    slider.focus()
    page.evaluate(NAMED)
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(2000)
    assert page.evaluate("[...named]") == ["techno"]


@pytest.fixture
def stopped(client: Client) -> Iterator[None]:
    client.transport("stop")
    yield
    client.transport("continue")


@pytest.mark.usefixtures("stopped")
def test_a_cut_opens_the_filters_that_it_moved_and_no_others(visit: Visit) -> None:
    page = listening(visit)
    lead, bass = page.evaluate(CUT_BEFORE_A_SWEEP)
    assert lead > 17_000
    assert bass < 1_000


def test_a_riser_ends_when_another_user_stops_the_music(visit: Visit, client: Client, stage: Stage) -> None:
    client.set({"director": True, "tempo": 180.0})
    page = listening(visit)
    news = client.watch(["tick"], stage.telemetry, timeout_seconds=20)
    asked = -1
    for _, tick in news:
        if (tick.get("effects") or {}).get("riser", 0) > 60:
            break
        if tick["section"] != "build" and tick["bar"] > asked + 2:
            client.next_section()
            asked = tick["bar"]
    until(lambda: page.evaluate("edmd.ears.desk.peak('effects')") > 0.01, "the riser is heard")
    client.transport("stop")
    page.wait_for_timeout(2500)
    peaks = []
    for _ in range(10):
        peaks.append(page.evaluate("edmd.ears.desk.peak('effects')"))
        page.wait_for_timeout(40)
    assert max(peaks) < 0.001
    client.transport("continue")


def test_sound_that_cannot_be_opened_is_told_and_can_be_tried_again(visit: Visit) -> None:
    page = visit()
    page.route("**/sounds.json", lambda route: route.abort())
    page.click("#listen")
    page.wait_for_selector(".toast.bad:has-text('The sound was not turned on: the panel does not answer')")
    assert page.inner_text("#listen") == "Listen here"
    assert page.get_attribute("#listen", "aria-pressed") == "false"
    page.unroute("**/sounds.json")
    page.click("#listen")
    until(lambda: page.evaluate("edmd.ears.isLive"), "the ears are open")
    assert page.inner_text("#listen") == "Listening"
