"""The music stops coming: the page is silent within a second and says so, and goes on by itself without a burst."""

import signal
import subprocess
import time
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Browser

from daemon.client import Client
from tests.panel.browser.cable import Cable, laid
from tests.panel.browser.conftest import Stage, is_so, until
from tests.panel.browser.hearing import Hearing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
WITHIN_SECONDS = 1.0
AWAY_SECONDS = 3.0
# In beats. At 128 BPM sixteenths are 117 ms apart; a busy machine can move two of them together, but never three.
TWO_SIXTEENTHS = 0.3
# Of about fifty in three seconds. A note that comes up to 60 ms too late is played at once, as always.
FEW_LATE = 12
# Oscillators, three for each note: a chord of six notes, lead and bass have 24, all notes of three seconds over a hundred.
MOST_AT_ONCE = 40
FROZEN = f"() => {{ const end = Date.now() + {1000 * AWAY_SECONDS}; while (Date.now() < end); }}"
DAEMON = "The daemon does not answer"
PANEL = "The panel does not answer"
SILENT = "Silent: no music comes"


@pytest.fixture
def cable(stage: Stage) -> Iterator[Cable]:
    with laid(stage.port) as cable:
        yield cable


@pytest.fixture
def hearing(browser: Browser, cable: Cable) -> Iterator[Hearing]:
    with Hearing.opened(browser, f"http://127.0.0.1:{cable.port}/") as hearing:
        yield hearing


class Losses:
    """A fault, and how it ends."""

    def __init__(self, stage: Stage, cable: Cable, hearing: Hearing) -> None:
        self._stage, self._cable, self._context = stage, cable, hearing.page.context

    def lose(self, what: str) -> None:
        match what.split():
            case ["network", _]:
                self._cable.pull()
                self._context.set_offline(True)
            case [who, "killed"]:
                process = self._process(who)
                process.kill()
                process.wait(20)
            case [who, _]:
                self._signal(who, signal.SIGSTOP)

    def find(self, what: str) -> None:
        match what.split():
            case ["network", _]:
                self._cable.plug()
                self._context.set_offline(False)
            case ["daemon", "killed"]:
                self._stage.begin()
            case ["panel", "killed"]:
                self._stage.open()
            case [who, _]:
                self._signal(who, signal.SIGCONT)

    def _signal(self, who: str, number: int) -> None:
        """Signal a process and all that it has started: the roles of a daemon go on without its supervisor."""
        process = psutil.Process(self._process(who).pid)
        for each in (process, *process.children(recursive=True)):
            each.send_signal(number)

    def _process(self, who: str) -> "subprocess.Popen[str]":
        process: subprocess.Popen[str] | None = getattr(self._stage, who)
        assert process is not None
        return process


@pytest.fixture
def losses(stage: Stage, cable: Cable, hearing: Hearing) -> Losses:
    return Losses(stage, cable, hearing)


@pytest.mark.parametrize(
    ("loss", "blamed"),
    [
        ("daemon killed", DAEMON),
        ("daemon stopped", DAEMON),
        ("panel killed", PANEL),
        ("panel stopped", PANEL),
        ("network gone", PANEL),
    ],
)
def test_music_that_is_not_told_any_more_is_not_heard(
    loss: str, blamed: str, hearing: Hearing, losses: Losses
) -> None:
    hearing.listen()
    lost = time.time()
    losses.lose(loss)
    try:
        hearing.page.wait_for_timeout(1000 * AWAY_SECONDS)
        heard, said = hearing.last_heard(lost), hearing.said(lost)
        until(lambda: any(blamed in banner for _, banner, _ in hearing.said(lost)), f"it says: {blamed}")
        hearing.forget()
    finally:
        losses.find(loss)
    assert heard < WITHIN_SECONDS
    assert min(at for at, banner, button in said if banner and button == SILENT) < WITHIN_SECONDS
    _comes_back_as_it_was(hearing, lost)


def _comes_back_as_it_was(hearing: Hearing, lost: float) -> None:
    """The user touches nothing, and notes from the time of the fault are not played late in a burst."""
    hearing.sounds()
    until(lambda: len(hearing.notes) > 40, "it goes on")
    is_so(hearing.page, "document.querySelector('#link').hidden")
    assert hearing.page.inner_text("#listen") == "Listening"
    assert hearing.beats_at_once < TWO_SIXTEENTHS
    assert hearing.page.evaluate("edmd.stats.late") <= FEW_LATE
    assert 0 < hearing.busiest(lost + WITHIN_SECONDS) < MOST_AT_ONCE


@pytest.mark.parametrize("loss", ["daemon stopped", "panel stopped", "network gone"])
def test_a_note_that_is_held_ends_where_a_tick_takes_long(
    loss: str, hearing: Hearing, losses: Losses, client: Client
) -> None:
    """The slowest tempo, and only chords, held until the next chord: nothing else would end them."""
    client.set({"tempo": 20.0, "gate": 1.0, "humanize": 0.0})
    client.set({f"{voice}.mute": True for voice in ("lead", "bass", "drums")})
    hearing.page.click("#listen")
    until(lambda: hearing.page.evaluate("edmd.ears.isLive"), "the ears are open")
    hearing.watch()
    is_so(hearing.page, "edmd.store.params.tempo === 20")
    hearing.page.wait_for_timeout(2000)  # until the earlier notes are over
    hearing.holds()
    lost = time.time()
    losses.lose(loss)
    try:
        hearing.page.wait_for_timeout(1000 * AWAY_SECONDS)
        heard = hearing.last_heard(lost)
    finally:
        losses.find(loss)
    assert 0.0 < heard < WITHIN_SECONDS
    hearing.sounds(60)


def test_a_page_in_which_nothing_runs_is_silent(hearing: Hearing) -> None:
    """A dialogue of the browser stops all scripts of the page, so the page can neither show a message nor end a note."""
    hearing.listen()
    hearing.forget()
    frozen = time.time()
    hearing.page.evaluate(FROZEN)
    assert hearing.last_heard(frozen, frozen + AWAY_SECONDS) < WITHIN_SECONDS
    _comes_back_as_it_was(hearing, frozen)


def test_sound_that_the_browser_holds_up_is_told_and_comes_back(hearing: Hearing) -> None:
    hearing.listen()
    hearing.forget()
    held = time.time()
    hearing.page.evaluate("edmd.ears.desk.context.suspend()")
    until(lambda: hearing.said(held), "it says so", WITHIN_SECONDS)
    _, banner, button = hearing.said(held)[-1]
    assert (button, "plays no sound" in banner) == ("Silent: sound is paused", True)
    _comes_back_as_it_was(hearing, held)
    assert hearing.last_heard(held) > 0.0


def test_music_that_stops_is_no_loss(hearing: Hearing, client: Client) -> None:
    hearing.listen()
    stopped = time.time()
    client.transport("stop")
    hearing.page.wait_for_timeout(1000 * AWAY_SECONDS)
    assert {banner for _, banner, _ in hearing.said(stopped)} <= {""}
    assert hearing.page.inner_text("#listen") == "Listening"
    client.transport("continue")
    hearing.sounds()


@pytest.fixture
def song(hearing: Hearing) -> None:
    """A song of eight bars that plays in the page."""
    page = hearing.page
    page.click("a[data-page=songs]")
    page.fill("[name=bars]", "8")
    page.click("#song-form button[type=submit]")
    page.click("li[data-state=ready] .open", timeout=60_000)
    page.click("text=Play here")
    hearing.watch()
    hearing.sounds()
    page.wait_for_timeout(3000)


@pytest.mark.usefixtures("song")
def test_a_song_is_silent_while_nothing_runs_and_goes_on_where_it_would_be(hearing: Hearing) -> None:
    frozen = time.time()
    hearing.page.evaluate(FROZEN)
    woken = time.time()
    assert hearing.last_heard(frozen, frozen + AWAY_SECONDS) < WITHIN_SECONDS
    hearing.sounds()
    hearing.page.wait_for_timeout(2000)
    assert 0 < hearing.busiest(woken) < MOST_AT_ONCE


@pytest.mark.usefixtures("song")
def test_a_song_needs_nobody(hearing: Hearing, losses: Losses) -> None:
    """The page has all notes of the song, so it plays on and ends without panel and daemon."""
    losses.lose("network gone")
    try:
        hearing.page.wait_for_timeout(1000 * AWAY_SECONDS)
        hearing.sounds()
        hearing.page.wait_for_selector("#song >> text=Play here", timeout=30_000)
        ended = time.time()
        hearing.page.wait_for_timeout(2000)
        assert hearing.last_heard(ended) < WITHIN_SECONDS
    finally:
        losses.find("network gone")
