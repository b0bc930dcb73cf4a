"""Loudness of exported audio by voice and sound font: `python -m tests.benchmarks.loudness --seeds 10 FONT...`."""

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from daemon.composer.assembly import start
from daemon.composer.offline.offline import perform
from daemon.config import Config, load_config
from exporters.audio import write_audio
from exporters.formats import stems
from exporters.music import of_take
from exporters.playing import Sounding
from models.music import Music
from models.notes import CHANNELS
from tests.exporters.hearing import LoudnessFigures, heard, read
from tests.imports import ROOT

Found = Mapping[str, list[LoudnessFigures]]
_BUILT_IN: Final = "built-in"


@click.command()
@click.option("--seeds", default=10, show_default=True, help="Number of sets; the first seed is 1.")
@click.option("--bars", default=64, show_default=True, help="Bars of each set.")
@click.argument("fonts", nargs=-1)
def main(seeds: int, bars: int, fonts: Sequence[str]) -> None:
    """Print stems and mix of each sound font as Markdown; `built-in` is the synthesiser without a sound font."""
    config = load_config(ROOT / "config.toml")
    pieces = [composed(config, seed, bars) for seed in range(1, seeds + 1)]
    click.echo("| played by | sound | LUFS | true peak dBTP | mono loss dB | left/right correlation |")
    click.echo("|---|---|---|---|---|---|")
    for font in fonts:
        began = time.process_time()
        found = measured(pieces, None if font == _BUILT_IN else Path(font))
        for row in rows(Path(font).stem, found):
            click.echo(row)
        click.echo(f"{font}: {time.process_time() - began:.0f} s of processor time", err=True)


def composed(config: Config, seed: int, bars: int) -> Music:
    """Return a set as `edmd render` composes it."""
    return of_take(perform(start(config, seed).deck(config.parameters), bars, CHANNELS))


def measured(pieces: Iterable[Music], font: Path | None) -> Found:
    """Return the loudness figures of the mix and of each voice, for all pieces."""
    found: dict[str, list[LoudnessFigures]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for piece in pieces:
            path = Path(folder) / "mix.wav"
            alone = list(stems(piece, path))
            write_audio(piece, path, Sounding(font), alone)
            for name, file in zip(("mix", *(part.name for part in piece.parts)), (path, *alone), strict=True):
                found[name].append(heard(read(file)))
    return found


def rows(font: str, found: Found) -> list[str]:
    """Return a row for each sound: the mean loudness and its range, and the worst value of each other figure."""
    return [
        f"| {font} | {name} | {statistics.mean(h.lufs for h in all_heard):.1f} "
        f"({min(h.lufs for h in all_heard):.1f} to {max(h.lufs for h in all_heard):.1f}) "
        f"| {max(h.true_peak for h in all_heard):.2f} | {max(h.mono_loss for h in all_heard):.2f} "
        f"| {min(h.correlation for h in all_heard):.2f} |"
        for name, all_heard in found.items()
    ]


if __name__ == "__main__":
    main()
