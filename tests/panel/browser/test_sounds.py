"""The panel's scripts and the exporters make the same sound of `models/sounds.json`."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from exporters.loudness import RATE
from exporters.studio.sounds import sounds
from exporters.studio.sources import hit, loop, room
from tests.panel.browser.passage import SongStore, served
from tests.panel.browser.produced import as_file, drop, figures, in_browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# So many samples of each side, evenly spread.
MADE = """async ([what, name, pitch, rate]) => {
  const made = await import("/static/js/audio/sources.js");
  const specs = await (await fetch("/sounds.json")).json();
  const works = {
    loop: () => made.loop(specs.tones[name], pitch, rate).samples,
    hit: () => made.hit(specs.hits[name], rate),
    room: () => made.room(specs.space[name], pitch, rate),
  };
  return works[what]().map((side) => Array.from(side.filter((_, index) => index % 7 === 0)));
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with served() as origin:
        page = browser.new_page()
        page.goto(origin)
        yield page
        page.close()


@pytest.mark.parametrize(
    ("what", "name", "pitch"),
    [
        ("loop", "supersaw lead", 66),
        ("loop", "neon bass", 42),
        ("loop", "crystal lead", 78),
        ("hit", "kick", 0),
        ("hit", "clap", 0),
        ("hit", "ride", 0),
        ("room", "hall", 31),
    ],
)
def test_both_make_the_same_samples(what: str, name: str, pitch: int, page: Page) -> None:
    made, space = sounds(), sounds().space
    works: dict[str, Any] = {
        "loop": lambda: loop(made.tones[name], pitch)[0],
        "hit": lambda: hit(made.hits[name]),
        "room": lambda: room(*getattr(space, name), pitch),
    }
    expected = works[what]()[:, ::7]
    got = np.array(page.evaluate(MADE, [what, name, pitch, RATE]))
    assert np.abs(got - expected).max() < 2e-3 * np.abs(expected).max()


def test_a_drop_sounds_the_same_in_the_browser_and_in_a_file(browser: Browser) -> None:
    music = drop("house", 1)
    with SongStore.opened(browser) as song_store:
        page, file = in_browser(music, "house", song_store), as_file(music)
    both = [figures(page), figures(file)]
    assert all(-15.5 < each.lufs < -12.5 and each.true_peak <= -1 and each.mono_loss < 1 for each in both)
    assert all(7.5 < each.crest < 11.5 for each in both)
    spectra = [_bands(sound) for sound in (page, file)]
    assert np.abs(spectra[0] - spectra[1]).max() < 1.5


def _bands(sound: Any) -> Any:
    """Return the power in each octave in dB, relative to the whole."""
    spectrum = np.square(np.abs(np.fft.rfft(sound.mean(axis=1))))
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    powers = [
        spectrum[(hertz >= low) & (hertz < 2 * low)].sum()
        for low in (40, 80, 160, 320, 640, 1280, 2560, 5120)
    ]
    return 10 * np.log10(np.array(powers) / sum(powers))
