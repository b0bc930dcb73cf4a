"""The loudness of each voice in the browser: `python -m tests.panel.browser.levels` prints the table of docs/panel.md."""

import sys
from collections.abc import Iterable
from typing import Final

from playwright.sync_api import sync_playwright

from models.notes import VOICES
from tests import needs
from tests.panel.browser.passage import Passage, SongStore, loudness, played

SEEDS: Final = (1, 2, 3, 5)
ENERGIES: Final = (0.5, 1.0)
BARS: Final = 16
# The highest position of a fader.
TOP: Final = 1.5


def passages(song_store: SongStore, level: float) -> list[Passage]:
    """Measure with every fader at `level`."""
    return [
        song_store.render(played(seed, BARS, energy=energy, director=False), level)
        for seed in SEEDS
        for energy in ENERGIES
    ]


def table(usual: list[Passage], loud: list[Passage]) -> str:
    """Return rows of Markdown: the mean and the range of each figure."""
    rows: list[tuple[str, str, list[float]]] = [
        *((voice, "LUFS", [each.loudness(voice) for each in usual]) for voice in VOICES),
        ("chords over lead", "LU", [each.loudness("chords") - each.loudness("lead") for each in usual]),
        ("kick over bass, 30 to 160 Hz", "dB", [each.kick_over_bass_db for each in usual]),
        ("all that leaves the page", "LUFS", [loudness(each.out) for each in usual]),
        ("the same, faders at the top", "LUFS", [loudness(each.out) for each in loud]),
        ("its peak", "dBFS", [each.peak_db for each in loud]),
        ("its true peak", "dBTP", [each.true_peak_db for each in loud]),
    ]
    lines = [f"| {what} | {_mean(values):.1f} {unit} | {_range(values)} |" for what, unit, values in rows]
    return "\n".join(["| what | mean | range |", "|---|---|---|", *lines])


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)


def _range(values: Iterable[float]) -> str:
    values = list(values)
    return f"{min(values):.1f} to {max(values):.1f}"


if __name__ == "__main__":
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=needs.program("chromium"), args=["--no-sandbox"])
        with SongStore.opened(browser) as song_store:
            sys.stdout.write(f"{table(passages(song_store, 1.0), passages(song_store, TOP))}\n")
        browser.close()
