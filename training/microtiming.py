"""Human drum timing: each drum's distance from the grid and its loudness, by place in the bar."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from exporters.writing import replace_bytes
from models.codecs.percussion import DRUMS, drum_of
from models.grid import Song
from models.groove import FORMAT
from models.notes import TICKS_PER_BAR
from models.reading.limits import RefusedError
from training.corpus import files_of, music_in
from training.piece import key_of, split_of
from training.recipe import Source
from training.songs import read_song

# A place with fewer strokes than this gets the drum's overall figures.
_LEAST: Final = 20
# Onsets farther from a sixteenth are triplets and flams, not timing.
_FARTHEST_TICKS: Final = 0.35
# Drums closer to the grid on average (in ticks) were programmed.
_LEAST_RESIDUAL: Final = 0.01


class Strokes(NamedTuple):
    """Drum strokes as arrays of equal length.

    `drum` is an index into DRUMS, `place` 0..15 in the bar, `late` in ticks after the grid, `accent` the velocity
    divided by the median of that drum in that song.
    """

    drum: NDArray[np.int64]
    place: NDArray[np.int64]
    late: NDArray[np.float64]
    accent: NDArray[np.float64]


def strokes_of(song: Song) -> Strokes:
    """Return every drum stroke near the grid, of a song that has drums.

    The song's median lateness is subtracted, because it only says where the recording begins.
    """
    tracks = [track for track in song.tracks if track.is_drum]
    onset, pitch, velocity, late = (
        np.concatenate([getattr(track, name) for track in tracks])
        for name in ("onset", "pitch", "velocity", "late")
    )
    drum = np.array([drum_of(int(each)) for each in pitch], dtype=np.int64)
    late = late - np.median(late)
    near = np.abs(late) <= _FARTHEST_TICKS
    return Strokes(drum[near], onset[near] % TICKS_PER_BAR, late[near], _accents(drum, velocity)[near])


def _accents(drum: NDArray[np.int64], velocity: NDArray[np.int64]) -> NDArray[np.float64]:
    usual = np.ones(len(DRUMS))
    for each in np.unique(drum):
        usual[each] = max(float(np.median(velocity[drum == each])), 1.0)
    accents: NDArray[np.float64] = velocity / usual[drum]
    return accents


def groove_table(songs: Iterable[Song]) -> dict[str, Any]:
    """Return, as plain values for JSON, means and spreads of lateness and accent for each drum (9) and place (16).

    `late_ticks` and `accent` are {"mean": 9 x 16, "spread": 9 x 16}, `strokes` is 9 x 16 counts. A place with few
    strokes has the figures of its drum; a drum with few strokes has those of all drums.
    """
    parts = [strokes_of(song) for song in songs]
    every = Strokes(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    cells = [
        [(every.drum == drum) & (every.place == place) for place in range(TICKS_PER_BAR)]
        for drum in range(len(DRUMS))
    ]
    return {
        "format": FORMAT,
        "drums": list(DRUMS),
        "songs": len(parts),
        "strokes": [[int(cell.sum()) for cell in row] for row in cells],
        "late_ticks": _summary(every.late, every.drum, cells),
        "accent": _summary(every.accent, every.drum, cells),
    }


def _summary(
    values: NDArray[np.float64], drum: NDArray[np.int64], cells: list[list[NDArray[np.bool_]]]
) -> dict[str, list[list[float]]]:
    """Return means and standard deviations by drum and place."""
    rows = []
    for index, row in enumerate(cells):
        own = values[drum == index] if (drum == index).sum() >= _LEAST else values
        rows.append([values[cell] if cell.sum() >= _LEAST else own for cell in row])
    return {
        "mean": [[_rounded(np.mean, each) for each in row] for row in rows],
        "spread": [[_rounded(np.std, each) for each in row] for row in rows],
    }


def _rounded(figure: Any, values: NDArray[np.float64]) -> float:
    return round(float(figure(values)), 4) if len(values) else 0.0


def grooves_of(sources: Sequence[tuple[Path, Source]]) -> dict[str, Any] | None:
    """Return the groove table of the sources that teach only drums; None if none has human drumming."""
    songs = list(drummed((path, root) for path, root, source in files_of(sources) if source.drums_alone))
    return groove_table(songs) if songs else None


def drummed(files: Iterable[tuple[Path, Path]]) -> Iterable[Song]:
    """Yield the readable training songs that have human drumming. `files` have their folders with them."""
    for path, folder in files:
        if split_of(key_of(path, folder)) == "train":
            try:
                song = read_song(path)
            except (RefusedError, OSError):
                continue
            if _is_drummed(song):
                yield song


def _is_drummed(song: Song) -> bool:
    late = [track.late for track in song.tracks if track.is_drum]
    return bool(late) and float(np.abs(np.concatenate(late)).mean()) >= _LEAST_RESIDUAL


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The JSON file.")
def main(folder: Path, out: Path) -> None:
    """Measure human drum timing in the training songs of FOLDER. Held-out songs are not used."""
    songs = list(drummed((path, folder) for path in music_in(folder)))
    if not songs:
        raise click.ClickException(f"{folder} has no human drumming in 4/4 on MIDI channel 10")
    table = groove_table(songs)
    replace_bytes(out, json.dumps(table).encode())
    click.echo(f"{sum(map(sum, table['strokes']))} strokes of {table['songs']} songs in {out}")


if __name__ == "__main__":
    main()
