"""The produced sound in figures: `python -m tests.panel.browser.produced` prints the table of docs/sound.md."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import click
import numpy as np
from playwright.sync_api import sync_playwright

from exporters.audio import write_audio
from exporters.loudness import FRAME, RATE, Meter, integrated, true_peaks
from exporters.music import of_take
from exporters.playing import Sounding
from exporters.studio.drums import root_of
from exporters.synthesiser import Samples
from models.genres import GENRES
from models.instruments import instruments_of
from models.music import Music
from models.notes import VOICES, Note, Voice
from tests import needs
from tests.panel.browser.passage import TEMPO, SongStore, decibels, rendered_take

soundfile = needs.library("soundfile")

BARS: Final = 8
NAMES: Final = ("auto", *(genre.name for genre in GENRES))


class Figures(NamedTuple):
    """What is measured of sound: LUFS, true peak in dBTP, peak over mean power in dB, loss in mono in dB."""

    lufs: float
    true_peak: float
    crest: float
    mono_loss: float


def figures(sound: Samples) -> Figures:
    """Measure sound of (samples, 2)."""
    meter = Meter()
    meter.hear(sound[: len(sound) // FRAME * FRAME])
    measure, nothing = meter.measure(), np.zeros((0, 2), np.float32)
    peak, power = float(np.abs(sound).max()), float(np.square(sound).mean())
    return Figures(
        integrated(measure.power),
        decibels(float(true_peaks(sound, nothing, nothing).max())),
        decibels(peak) - 10 * float(np.log10(power)),
        10 * float(np.log10((measure.mid_power + measure.side_power) / measure.mid_power)),
    )


def drop(genre: str, seed: int) -> Music:
    """Return eight bars of a drop of a genre at its tempo."""
    tempo = next((each.tempo for each in GENRES if each.name == genre), TEMPO)
    take = rendered_take(seed, BARS, genre=genre, tempo=float(tempo), section="drop")
    programs: dict[Voice, int] = {voice: instruments_of(genre)[voice].program for voice in VOICES}
    return of_take(replace(take, programs=programs))


def as_file(music: Music) -> Samples:
    """Return the music as `edmd render --out set.wav` writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drop.wav"
        write_audio(music, path, Sounding(None, is_produced=True))
        sound: Samples = soundfile.read(path, dtype="float32")[0]
        return sound


def in_browser(music: Music, genre: str, song_store: SongStore) -> Samples:
    """Return the music as the page plays it."""
    notes = [
        Note(note.pulse, note.length, voice, note.pitch, note.velocity)
        for part in music.parts
        for voice in VOICES
        if part.name == voice
        for note in part.notes
    ]
    root, tempo = root_of(music.keys[0][1]), music.tempos[0][1]
    passage = song_store.render(notes, genre=genre, root=root, tempo=tempo)
    return passage.out[round(0.05 * RATE) : round((0.05 + music.seconds) * RATE)]


def rows(genres: Sequence[str], seeds: int, song_store: SongStore) -> Iterator[str]:
    """Yield rows of Markdown: the mean of the loudness with its range, and the worst or the range of the others."""
    for genre in genres:
        pieces = [drop(genre, seed) for seed in range(1, seeds + 1)]
        yield _row(genre, "browser", [figures(in_browser(piece, genre, song_store)) for piece in pieces])
        yield _row(genre, "file", [figures(as_file(piece)) for piece in pieces])


def _row(genre: str, where: str, all_: Sequence[Figures]) -> str:
    lufs, peaks, crests, losses = (np.array(each) for each in zip(*all_, strict=True))
    return (
        f"| {genre} | {where} | {lufs.mean():.1f} ({lufs.min():.1f} to {lufs.max():.1f}) | {peaks.max():.1f} "
        f"| {crests.mean():.1f} ({crests.min():.1f} to {crests.max():.1f}) | {losses.max():.2f} |"
    )


@click.command()
@click.option("--seeds", default=10, help="How many seeds of each genre.")
@click.argument("genres", nargs=-1, type=click.Choice(NAMES))
def main(seeds: int, genres: tuple[str, ...]) -> None:
    """Measure drops of GENRES, or of all."""
    sys.stdout.write(
        "| genre | where | LUFS | true peak dBTP | crest dB | mono loss dB |\n|---|---|---|---|---|---|\n"
    )
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=needs.program("chromium"), args=["--no-sandbox"])
        with SongStore.opened(browser) as song_store:
            for row in rows(genres or NAMES, seeds, song_store):
                sys.stdout.write(f"{row}\n")
                sys.stdout.flush()
        browser.close()


if __name__ == "__main__":
    main()
