"""`python -m tests.roundtrip FOLDER... --out FILE`: every song there and back, counted, kept as JSON."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

from models.reading.reader import is_music
from tests.roundtrip.trips import Effort, Tally, trip

_LIBRARIES: Final = ("mido", "music21", "partitura", "pretty_midi", "symusic", "verovio")
_LOT: Final = 100


@click.command()
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The JSON file.")
@click.option(
    "--scores", default=1, show_default=True, type=click.IntRange(1), help="One song of so many is a score."
)
@click.option(
    "--slow",
    default=10,
    show_default=True,
    type=click.IntRange(1),
    help="music21 and partitura read one song of so many.",
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="How many processes.")
def main(folders: Sequence[Path], out: Path, scores: int, slow: int, workers: int) -> None:
    """Write each song as MIDI and as a score, and read it back; each folder is counted by itself."""
    effort = Effort(scores, slow)
    counted: dict[str, dict[str, int]] = {}
    told: list[str] = []
    for folder in folders:
        tally: Tally = Counter()
        for song, differences in _trips(folder, effort, workers):
            tally.update(song)
            told += differences
            for line in differences:
                click.echo(line)
        counted[folder.name] = dict(sorted(tally.items()))
        click.echo(json.dumps({folder.name: counted[folder.name]}, indent=1))
        libraries = {name: version(name) for name in _LIBRARIES}
        kept = {"one song of so many": effort._asdict(), "versions": libraries, "songs": counted}
        out.write_text(
            json.dumps({**kept, "differences": told}, indent=1, ensure_ascii=False), encoding="utf-8"
        )


def _trips(folder: Path, effort: Effort, workers: int) -> Iterator[tuple[Tally, list[str]]]:
    songs = [path for path in sorted(folder.rglob("*")) if path.is_file() and is_music(path)]
    names = [path.relative_to(folder).as_posix() for path in songs]
    # Processes grow large when they read many scores, so each batch of songs gets new ones.
    for first in range(0, len(songs), _LOT):
        lot = slice(first, first + _LOT)
        with ProcessPoolExecutor(workers) as pool:
            yield from pool.map(trip, songs[lot], names[lot], [effort] * len(songs[lot]))


if __name__ == "__main__":
    main()
