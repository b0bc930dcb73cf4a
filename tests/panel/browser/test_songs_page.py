"""The songs page: composing, uploading, playing, downloading and deleting songs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest
from playwright.sync_api import Page

from daemon.client import Client
from exporters.midi import write_midi
from models.notes import Note
from models.take import Take
from tests.panel.browser.conftest import Stage, delete, is_so, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
Visit = Callable[..., Page]
LOUD = "(edmd.ears.desk?.peak('chords') ?? 0) + (edmd.ears.desk?.peak('drums') ?? 0) > 0.02"
SCHEDULED = "edmd.stats.scheduled.length"


@pytest.fixture
def opened(visit: Visit) -> Iterator[Page]:
    """The songs page with an opened song of eight bars, which is deleted at the end."""
    page = visit("#songs")
    page.fill("[name=bars]", "8")
    page.fill("[name=seed]", "7")
    page.click("#song-form button[type=submit]")
    page.click("li[data-state=ready] .open", timeout=60_000)
    page.wait_for_selector("#song:not([hidden]) .song-roll")
    yield page
    delete(page, "li[data-state=ready] .drop")
    page.wait_for_selector("li[data-song]", state="detached")


@pytest.fixture
def stopped(client: Client) -> Iterator[None]:
    """Only what this browser plays can be heard."""
    client.transport("stop")
    until(lambda: client.state()["transport"]["state"] == "stopped", "it stops")
    yield
    client.transport("continue")


def test_a_song_is_seen_and_taken_home(opened: Page, tmp_path: Path) -> None:
    assert opened.locator("#song .pictures canvas").count() == 4
    with opened.expect_download() as download:
        opened.click("#files a:has-text('.mid')")
    download.value.save_as(tmp_path / "song.mid")
    assert mido.MidiFile(tmp_path / "song.mid").length > 10


@pytest.mark.usefixtures("stopped")
def test_a_song_is_heard_until_it_is_stopped(opened: Page) -> None:
    ends: list[Callable[[], None]] = [
        lambda: opened.click("#song >> text=Stop"),
        lambda: opened.keyboard.press("Escape"),
    ]
    for end in ends:
        opened.click("text=Play here")
        until(lambda: opened.evaluate(LOUD), "it sounds")
        end()
        until(lambda: opened.is_visible("#song >> text=Play here"), "it has ended", 1.0)
        until(lambda: not opened.evaluate("edmd.ears.isOpen"), "it is silent", 1.0)


def test_a_song_has_the_ears_to_itself(opened: Page) -> None:
    opened.click("text=Play here")
    opened.wait_for_timeout(2000)
    assert opened.evaluate(SCHEDULED) == 0, "the live music was not turned on"
    opened.click("#listen")
    opened.wait_for_selector("#song >> text=Play here")
    is_so(opened, f"{SCHEDULED} > 5")
    opened.click("text=Play here")
    before = opened.evaluate(SCHEDULED)
    opened.wait_for_timeout(2000)
    assert opened.evaluate(SCHEDULED) == before, "the live music is silent until the song is over"
    opened.click("#song >> text=Stop")
    is_so(opened, f"{SCHEDULED} > {before} + 5")
    opened.click("a[data-page=mix]")
    opened.click("a[data-page=songs]")


def test_a_song_goes_only_when_it_is_meant(opened: Page) -> None:
    opened.click("li[data-state=ready] .drop")
    assert opened.inner_text("li[data-state=ready] .drop") == "Delete?"
    opened.locator("#song").click(position={"x": 5, "y": 5})
    opened.wait_for_selector("li[data-state=ready] .drop:not(.asking)")
    assert opened.locator("li[data-song]").count() == 1


def test_a_score_that_cannot_be_made_says_why(opened: Page, stage: Stage) -> None:
    song = opened.get_attribute("li[data-song]", "data-song")
    (stage.folder / "recordings" / "panel" / f"{song}" / "song.mid").write_bytes(b"MThd, and no more")
    opened.click("text=Make score")
    opened.wait_for_selector("#files .without small:has-text('it has no tracks')", timeout=60_000)
    assert opened.is_enabled("text=Make score")


def test_an_upload_primes_the_models_and_is_heard_in_what_follows(
    visit: Visit, client: Client, stage: Stage, tmp_path: Path
) -> None:
    """With `repetition` at 1, the bass then plays the pitches of the primed bass."""
    bass = [Note(480 * beat, 400, "bass", (36, 43)[beat % 2], 100) for beat in range(32)]
    pads = [Note(1920 * bar, 1900, "chords", pitch, 80) for bar in range(8) for pitch in (60, 64, 67)]
    write_midi(
        Take(tuple(sorted(bass + pads)), ((0, 128.0),), (), {"bass": 3, "chords": 2}), tmp_path / "loop.mid"
    )
    client.set({"repetition": 1.0, "tempo": 240.0, "melody.temperature": 0.2})
    page = visit("#songs")
    page.set_input_files("[name=file]", tmp_path / "loop.mid")
    page.click("#upload-form button[type=submit]")
    page.click("li[data-state=ready] .open:has-text('loop.mid')", timeout=60_000)
    page.click("text=Prime the models")
    page.wait_for_selector(".toast:has-text('The models heard 8 bars')")
    bars: dict[int, set[int]] = {}
    for _, note in client.watch(["note"], stage.telemetry, timeout_seconds=10):
        if note["voice"] == "bass" and note["type"] == "on":
            bars.setdefault(int(note["beat"] // 4), set()).add(note["pitch"] % 12)
        if len(bars) > 12:
            break
    assert [played for played in bars.values() if played == {0, 7}], bars
    delete(page, "li[data-state=ready] .drop")
