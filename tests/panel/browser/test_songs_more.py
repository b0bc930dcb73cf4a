"""More of the songs page: names, order, playing from a bar, waveforms, two songs compared, and sharing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from daemon.client import Client
from tests.panel.browser.conftest import delete, until
from tests.panel.browser.findings import findings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
Visit = Callable[..., Page]
# The share of the waveform's columns that are higher than a line.
HIGH = """(index) => {
  const canvas = document.querySelectorAll(".song-wave")[index];
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, Math.round(height * 0.3), width, 1).data;
  let count = 0;
  for (let at = 0; at < pixels.length; at += 4) if (pixels[at] > 140) count += 1;
  return count / width;
}"""

# From now on the sound takes a second to open, and the timers of songs are counted.
SLOW = """() => {
  const { resume } = AudioContext.prototype;
  AudioContext.prototype.resume = async function () {
    await new Promise((done) => { setTimeout(done, 1000); });
    return resume.call(this);
  };
  const [begin, end] = [setInterval, clearInterval];
  globalThis.timers = new Set();
  globalThis.setInterval = (act, ms) => {
    const timer = begin(act, ms);
    if (ms === 90) timers.add(timer);
    return timer;
  };
  globalThis.clearInterval = (timer) => {
    timers.delete(timer);
    end(timer);
  };
}"""


def compose(page: Page, bars: int, seed: int, energy: float = 0.5) -> None:
    """Compose a song and wait until it is finished."""
    count = page.locator("li[data-state=ready]").count()
    page.fill("[name=bars]", str(bars))
    page.fill("[name=seed]", str(seed))
    page.fill("#song-form [name=energy]", str(energy))
    page.click("#song-form button[type=submit]")
    until(lambda: page.locator("li[data-state=ready]").count() > count, "the song is made", 60.0)


@pytest.fixture
def songs(visit: Visit, client: Client) -> Iterator[Page]:
    """The songs page with a song of eight bars and a louder one of four, which the first test composes for all."""
    client.transport("stop")
    page = visit("#songs")
    page.wait_for_timeout(500)
    if page.locator("li[data-song]").count() == 0:
        compose(page, 8, 7)
        compose(page, 4, 8, 1.0)
    yield page
    client.transport("continue")


def titles(page: Page) -> list[str]:
    return [each.split()[0] for each in page.locator("#song-list .open").all_inner_texts()]


def rename(page: Page, title: str) -> None:
    page.click("#song .pen")
    page.keyboard.type(title)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#song h2:has-text('{title}')")


def test_songs_are_renamed_and_sorted(songs: Page) -> None:
    assert titles(songs) == ["4", "8"]
    songs.click(".open:has-text('4 bars')")
    rename(songs, "zebra")
    until(lambda: titles(songs) == ["zebra", "8"], "the list has the new name")
    songs.select_option("#song-order", "name")
    assert titles(songs) == ["8", "zebra"]
    songs.select_option("#song-order", "longest")
    assert titles(songs) == ["8", "zebra"]
    songs.reload()
    until(lambda: titles(songs) == ["8", "zebra"], "name and order are kept")
    songs.click(".open:has-text('zebra')")
    rename(songs, "4 bars")


def test_a_song_plays_from_the_bar_that_is_chosen(songs: Page) -> None:
    songs.click(".open:has-text('8 bars')")
    songs.wait_for_selector(".song-roll")
    box = songs.locator(".song-roll").bounding_box()
    assert box is not None
    songs.mouse.click(box["x"] + box["width"] * 5.5 / 8, box["y"] + 30)
    assert songs.input_value(".from-bar") == "6"
    songs.fill(".from-bar", "9")
    songs.click("text=Play here")
    songs.wait_for_selector(".toast:has-text('The bar is 1 to 8; got 9.')")
    songs.fill(".from-bar", "8")
    songs.keyboard.press("Enter")
    songs.wait_for_selector("#song >> text=Stop")
    # One bar and four beats of echo at 128 BPM are four seconds; all eight bars are seventeen.
    until(lambda: songs.is_visible("text=Play here"), "only the last bar is played", 8.0)


def test_a_song_that_is_stopped_and_played_while_the_sound_opens_has_one_timer(songs: Page) -> None:
    songs.click(".open:has-text('8 bars')")
    songs.evaluate(SLOW)
    for words in ("Play here", "Stop", "Play here"):
        songs.click(f"#song button.primary:has-text('{words}')")
    until(lambda: songs.evaluate("timers.size"), "it plays")
    songs.wait_for_timeout(1500)
    assert songs.evaluate("timers.size") == 1
    songs.click("#song button.primary:has-text('Stop')")
    assert songs.evaluate("timers.size") == 0


def test_a_song_without_sound_says_so(songs: Page) -> None:
    songs.click(".open:has-text('8 bars')")
    songs.evaluate(
        "() => { globalThis.AudioContext = class { constructor() { throw new Error('no device'); } }; }"
    )
    songs.click("text=Play here")
    songs.wait_for_selector(".toast.bad:has-text('The sound was not turned on: no device')")
    assert songs.is_visible("#song button.primary:has-text('Play here')")


def test_a_waveform_is_drawn(songs: Page) -> None:
    songs.click(".open:has-text('8 bars')")
    songs.wait_for_selector(".song-wave")
    until(lambda: songs.evaluate(HIGH, 0) > 0.1, "the waveform is seen", 60.0)


def test_two_songs_are_compared_at_one_place_and_one_loudness(songs: Page) -> None:
    songs.click(".open:has-text('8 bars')")
    songs.select_option(".song-compare select", label="4 bars, seed 8")
    songs.wait_for_selector(".song-compare .quiet:has-text('is lowered by as much')", timeout=60_000)
    assert songs.evaluate(HIGH, 1) > 0.02
    assert findings(songs) == []
    songs.click("text=Play here")
    until(lambda: songs.evaluate("edmd.ears.isOpen"), "it plays")
    assert songs.get_attribute("[aria-label='Hear song A']", "aria-pressed") == "true"
    songs.keyboard.press("x")
    assert songs.get_attribute("[aria-label='Hear song B']", "aria-pressed") == "true"
    songs.keyboard.press("x")
    assert songs.get_attribute("[aria-label='Hear song A']", "aria-pressed") == "true"
    songs.keyboard.press("Escape")


def test_past_the_end_of_a_shorter_song_its_last_bar_is_heard(songs: Page) -> None:
    songs.click(".open:has-text('8 bars')")
    songs.select_option(".song-compare select", label="4 bars, seed 8")
    songs.wait_for_selector("[aria-label='Hear song B']")
    songs.fill(".from-bar", "7")
    songs.keyboard.press("Enter")
    until(lambda: songs.evaluate("edmd.ears.isOpen"), "it plays")
    songs.click("[aria-label='Hear song B']")
    songs.wait_for_timeout(800)
    assert songs.is_visible("#song button.primary:has-text('Stop')")
    assert songs.input_value(".from-bar") == "4"
    songs.keyboard.press("Escape")


def test_a_song_is_shared_and_made_again(songs: Page, tmp_path: Path) -> None:
    songs.click(".open:has-text('4 bars')")
    with songs.expect_download() as download:
        songs.click("#files >> text=Share")
    download.value.save_as(tmp_path / "gift.json")
    told = json.loads((tmp_path / "gift.json").read_bytes())
    assert (told["seed"], told["bars"], told["parameters"]["energy"]) == (8, 4, 1.0)
    (tmp_path / "gift.json").write_text(json.dumps({**told, "title": "a gift"}), encoding="utf-8")
    songs.set_input_files("[name=file]", tmp_path / "gift.json")
    songs.click("#upload-form button[type=submit]")
    songs.click("li[data-state=ready] .open:has-text('a gift')", timeout=60_000)
    songs.wait_for_selector("#song h2:has-text('a gift')")
    (tmp_path / "bad.json").write_text(json.dumps({**told, "bars": 0}), encoding="utf-8")
    songs.set_input_files("[name=file]", tmp_path / "bad.json")
    songs.click("#upload-form button[type=submit]")
    songs.wait_for_selector(".toast.bad:has-text('Bad.json cannot be used: bars is a whole number')")
    delete(songs, "li:has(.open:has-text('a gift')) .drop")
    songs.wait_for_selector(".open:has-text('a gift')", state="detached")


def test_what_is_dragged_out_is_a_file(songs: Page) -> None:
    songs.click(".open:has-text('4 bars')")
    songs.wait_for_selector("#files a")
    dragged = songs.evaluate(
        """() => [...document.querySelectorAll("#files a")].map((link) => {
          const dataTransfer = new DataTransfer();
          link.dispatchEvent(new DragEvent("dragstart", { dataTransfer }));
          return [link.draggable, dataTransfer.getData("DownloadURL").split("/api/")[0]];
        })"""
    )
    origin = songs.url.partition("#")[0].rstrip("/")
    song = songs.get_attribute("li:has(.open:has-text('4 bars'))", "data-song")
    assert dragged == [
        [True, f"audio/midi:edmd-{song}.mid:{origin}"],
        [True, f"application/json:edmd-{song}.json:{origin}"],
    ]
