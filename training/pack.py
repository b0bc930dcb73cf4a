"""A whole corpus as one small file, so that a machine can learn without the music's files and their readers."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import numpy as np
import platformdirs
from numpy.typing import NDArray
from rich.console import Console

from exporters.writing import replacing
from training.corpus import find_sources, load_corpus
from training.errors import TrainingError
from training.microtiming import grooves_of
from training.piece import Piece
from training.progress import counting
from training.recipe import ALL_STYLES, Catalogue, Recipe, RecipeError, Source, load
from training.synthetic.pieces import SOURCE, generated

SUFFIX: Final = ".npz"
_FORMAT: Final = 1
_TOLD: Final = "told"
Data = Sequence[tuple[Path, str | None]]


class Corpus(NamedTuple):
    """Every song that can be learned from, where it comes from, and what became of every file.

    `groove` is how its drummers play, from notes before they were moved to the grid; None where there are none.
    """

    sources: tuple[Source, ...]
    pieces: list[Piece]
    report: Mapping[str, Any]
    groove: Mapping[str, Any] | None = None


def place(words: str) -> tuple[Path, str | None]:
    """Read DIR, DIR=STYLE or a packed file; ValueError when it is none. A folder may have = in its name."""
    path, _, style = words.rpartition("=")
    if Path(words).is_dir() or (Path(words).is_file() and Path(words).suffix == SUFFIX):
        return Path(words), None
    if path and style not in ALL_STYLES and Path(path).is_dir():
        raise ValueError(f"{words}: the style is {', '.join(ALL_STYLES)}; got {style!r}")
    if not path or not Path(path).is_dir():
        raise ValueError(f"{words}: there is no such folder, nor a packed file (*{SUFFIX})")
    return Path(path), style


def is_packed(data: Data) -> bool:
    """Whether the music was packed before, so that no reader of music is needed."""
    return any(path.is_file() for path, _ in data)


def gather(data: Data, recipe: Catalogue, cache: Path, progress: Callable[[int, int], None]) -> Corpus:
    """Read folders of music, or one packed file; TrainingError when it is damaged or does not stand alone."""
    if is_packed(data):
        if len(data) > 1:
            raise TrainingError(f"{data[0][0]} is not the only --data; a packed file stands alone")
        return unpack(data[0][0])
    found = find_sources(data, recipe)
    pieces, report = load_corpus(found, recipe.corpus, cache, progress)
    sources = tuple(source for _, source in found)
    if isinstance(recipe, Recipe) and recipe.synthetic.songs and pieces:
        for piece in generated(recipe.synthetic):
            report.add(piece)
            pieces.append(piece)
        sources = (*sources, SOURCE)
    return Corpus(sources, pieces, report.as_dict(), grooves_of(found))


def pack(corpus: Corpus, path: Path) -> None:
    """Write a corpus to one file, all at once: each array field of all pieces in a row, the rest as JSON."""
    columns: dict[str, list[NDArray[Any]]] = {}
    rows = [_row(piece, columns) for piece in corpus.pieces]
    told = {
        "format": _FORMAT,
        "sources": [asdict(source) for source in corpus.sources],
        "report": corpus.report,
        "groove": corpus.groove,
        "pieces": rows,
    }
    joined = {name: _narrow(np.concatenate(arrays)) for name, arrays in columns.items()}
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **joined, **{_TOLD: _bytes(told)})  # type: ignore[arg-type]


def unpack(path: Path) -> Corpus:
    """Read what `pack` wrote; TrainingError when it is something else."""
    try:
        with np.load(path) as arrays:
            columns = {name: arrays[name] for name in arrays.files}
        told = json.loads(columns.pop(_TOLD).tobytes())
        if told["format"] != _FORMAT:
            raise ValueError("of another version")
        ends = dict.fromkeys(columns, 0)
        pieces = [Piece(**_fields(row, columns, ends)) for row in told["pieces"]]
        sources = tuple(Source(**_plain(source)) for source in told["sources"])
    except Exception as error:  # reading raises whatever damaged bytes happen to mean
        raise TrainingError(f"{path} is not a packed corpus of this version; pack the music again") from error
    return Corpus(sources, pieces, told["report"], told.get("groove"))


def _row(piece: Piece, columns: dict[str, list[NDArray[Any]]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in fields(piece):
        value = getattr(piece, field.name)
        if isinstance(value, np.ndarray):
            columns.setdefault(field.name, []).append(value)
            value = {"rows": len(value), "kind": value.dtype.str}
        row[field.name] = value
    return row


def _fields(row: Mapping[str, Any], columns: Mapping[str, Any], ends: dict[str, int]) -> dict[str, Any]:
    """One piece's fields, its arrays cut from where the last piece's ended; moves `ends` on."""
    values = _plain(row)
    for name, column in columns.items():
        if isinstance(row[name], dict):
            start, ends[name] = ends[name], ends[name] + row[name]["rows"]
            values[name] = column[start : ends[name]].astype(row[name]["kind"])
    return values


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers in as few bytes as hold them."""
    if array.dtype.kind not in "iu" or not array.size:
        return array
    return array.astype(np.result_type(np.min_scalar_type(array.min()), np.min_scalar_type(array.max())))


def _bytes(told: Mapping[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), np.uint8)


@click.command()
@click.option("--data", multiple=True, required=True, metavar="DIR[=STYLE]", help="A folder of music.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file.")
@click.option("--recipe", default="edm", show_default=True, help="Which music is known by name.")
@click.option("--cache", type=click.Path(path_type=Path), help="Where music that was read is kept.")
def main(data: tuple[str, ...], out: Path, recipe: str, cache: Path | None) -> None:
    """Pack folders of music into one file that `edmd train` and the ablations take as --data."""
    try:
        folders = [place(words) for words in data]
        wanted = load(recipe)
    except (ValueError, RecipeError) as error:
        raise click.UsageError(str(error)) from None
    try:
        with counting(Console(), "reading music") as progress:
            kept = cache or platformdirs.user_cache_path("edmd") / "corpus"
            corpus = gather(folders, wanted, kept, progress)
        pack(corpus, out)
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{len(corpus.pieces)} songs in {out}, {out.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
