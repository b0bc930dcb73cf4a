"""The songs page, and a daemon that goes and comes back."""

from collections.abc import Callable
from pathlib import Path

import mido
import pytest
from playwright.sync_api import Browser, Page

from daemon.client import Client
from exporters.midi import write_midi
from models.notes import Note
from models.take import Take
from tests.panel.browser.conftest import Stage, is_so, staged, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
Visit = Callable[..., Page]


def test_a_song_is_made_seen_played_and_taken_home(visit: Visit, tmp_path: Path) -> None:
    page = visit("#songs")
    page.fill("[name=bars]", "8")
    page.fill("[name=seed]", "7")
    page.click("#song-form button[type=submit]")
    page.click("li[data-state=ready] .open", timeout=60_000)
    page.wait_for_selector("#song:not([hidden]) .song-roll")
    assert page.locator("#song .pictures canvas").count() in {0, 4}
    page.click("text=Play here")
    until(
        lambda: page.evaluate("edmd.ears.desk.peak('chords') + edmd.ears.desk.peak('drums')") > 0.02,
        "it sounds",
    )
    page.click("#song >> text=Stop")
    with page.expect_download() as download:
        page.click("#files a:has-text('.mid')")
    download.value.save_as(tmp_path / "song.mid")
    assert mido.MidiFile(tmp_path / "song.mid").length > 10
    page.click("li[data-state=ready] [aria-label^=Delete]")
    page.wait_for_selector("li[data-song]", state="detached")


def test_an_upload_primes_the_models_and_is_heard_in_what_follows(
    visit: Visit, client: Client, stage: Stage, tmp_path: Path
) -> None:
    """Four pitches of the bass that were heard are what the bass then plays, where copying is asked for."""
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
    page.click("li[data-state=ready] [aria-label='Delete loop.mid']")


def test_a_daemon_that_goes_is_told_and_one_that_comes_back_is_found(
    browser: Browser, tmp_path: Path
) -> None:
    with staged(tmp_path) as stage:
        page = browser.new_page()
        page.goto(stage.url)
        page.wait_for_selector(".dial")
        assert page.is_hidden("#link")
        assert stage.daemon is not None
        stage.daemon.terminate()
        stage.daemon.wait(20)
        page.wait_for_selector("#link:not([hidden])")
        stage.begin()
        page.wait_for_selector("#link", state="hidden")
        page.locator('[data-name="swing"] input').fill("0.25")
        with Client(stage.control, timeout_seconds=10.0) as client:
            until(lambda: client.get("swing")["swing"] == 0.25, "the page reaches the new one")
        before = page.evaluate("edmd.clock.anchor?.beat ?? 0")
        is_so(page, f"(edmd.clock.anchor?.beat ?? 0) !== {before}")
        page.close()


def test_a_panel_that_died_is_found_again(browser: Browser, tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        page = browser.new_page()
        page.goto(stage.url)
        page.wait_for_selector(".dial")
        assert stage.panel is not None
        stage.panel.kill()
        stage.panel.wait(20)
        stage.open()
        page.wait_for_timeout(1500)
        page.wait_for_selector("#link", state="hidden")
        # The new panel knows no old token: the page loads itself anew at the first change, and then it holds.
        page.locator('[data-name="swing"] input').fill("0.25")
        page.wait_for_timeout(1500)
        page.wait_for_selector(".dial")
        page.locator('[data-name="swing"] input').fill("0.5")
        with Client(stage.control, timeout_seconds=10.0) as client:
            until(lambda: client.get("swing")["swing"] == 0.5, "the page is in step again")
        page.close()
