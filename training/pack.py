"""A whole corpus as one small file, so that a machine can train without the music files and their readers."""

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
_CONTENTS: Final = "told"
Data = Sequence[tuple[Path, str | None]]


class Corpus(NamedTuple):
    """All usable songs, their sources, and the report on every file.

    `groove` is the drummers' timing, measured before notes move to the grid; None without human drumming.
    """

    sources: tuple[Source, ...]
    pieces: list[Piece]
    report: Mapping[str, Any]
    groove: Mapping[str, Any] | None = None


def place(words: str) -> tuple[Path, str | None]:
    """Parse DIR, DIR=STYLE or a packed file; raises ValueError for anything else. A folder name may contain =."""
    path, _, style = words.rpartition("=")
    if Path(words).is_dir() or (Path(words).is_file() and Path(words).suffix == SUFFIX):
        return Path(words), None
    if path and style not in ALL_STYLES and Path(path).is_dir():
        raise ValueError(f"{words}: the style must be one of {', '.join(ALL_STYLES)}; got {style!r}")
    if not path or not Path(path).is_dir():
        raise ValueError(f"{words}: there is no such folder or packed file (*{SUFFIX})")
    return Path(path), style


def is_packed(data: Data) -> bool:
    """Return whether the data is a packed file, which needs no reader of music."""
    return any(path.is_file() for path, _ in data)


def gather(data: Data, recipe: Catalogue, cache: Path, progress: Callable[[int, int], None]) -> Corpus:
    """Read folders of music or one packed file. Raises TrainingError if the file is damaged or not the only data."""
    if is_packed(data):
        if len(data) > 1:
            packed = next(path for path, _ in data if path.is_file())
            raise TrainingError(
                f"{packed} is a packed file and must be the only --data; leave out the others"
            )
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
    """Write a corpus to one file atomically: each array field of all pieces concatenated, the rest as JSON."""
    columns: dict[str, list[NDArray[Any]]] = {}
    rows = [_row(piece, columns) for piece in corpus.pieces]
    contents = {
        "format": _FORMAT,
        "sources": [asdict(source) for source in corpus.sources],
        "report": corpus.report,
        "groove": corpus.groove,
        "pieces": rows,
    }
    joined = {name: _narrow(np.concatenate(arrays)) for name, arrays in columns.items()}
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **joined, **{_CONTENTS: _bytes(contents)})  # type: ignore[arg-type]


def unpack(path: Path) -> Corpus:
    """Read a file that `pack` wrote. Raises TrainingError for any other file."""
    try:
        # NumPy leaves a damaged file open that it opened itself.
        with path.open("rb") as file, np.load(file) as arrays:
            columns = {name: arrays[name] for name in arrays.files}
        contents = json.loads(columns.pop(_CONTENTS).tobytes())
        if contents["format"] != _FORMAT:
            raise ValueError("another version")
        ends = dict.fromkeys(columns, 0)
        pieces = [Piece(**_fields(row, columns, ends)) for row in contents["pieces"]]
        sources = tuple(Source(**_plain(source)) for source in contents["sources"])
    except Exception as error:  # damaged bytes can raise any exception
        raise TrainingError(f"{path} is not a packed corpus of this version; pack the music again") from error
    return Corpus(sources, pieces, contents["report"], contents.get("groove"))


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
    """Return one piece's fields. Its arrays begin where the last piece's ended; this advances `ends`."""
    values = _plain(row)
    for name, column in columns.items():
        if isinstance(row[name], dict):
            start, ends[name] = ends[name], ends[name] + row[name]["rows"]
            values[name] = column[start : ends[name]].astype(row[name]["kind"])
    return values


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers in the smallest type that can store them."""
    if array.dtype.kind not in "iu" or not array.size:
        return array
    return array.astype(np.result_type(np.min_scalar_type(array.min()), np.min_scalar_type(array.max())))


def _bytes(values: Mapping[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(values, ensure_ascii=False).encode(), np.uint8)


@click.command()
@click.option("--data", multiple=True, required=True, metavar="DIR[=STYLE]", help="A folder of music.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file.")
@click.option(
    "--recipe", default="edm", show_default=True, help="The recipe that names the collections of music."
)
@click.option("--cache", type=click.Path(path_type=Path), help="Folder that stores music once it is read.")
def main(data: tuple[str, ...], out: Path, recipe: str, cache: Path | None) -> None:
    """Pack folders of music into one file that `edmd train` and the ablations take as --data."""
    try:
        folders = [place(words) for words in data]
        wanted = load(recipe)
    except (ValueError, RecipeError) as error:
        raise click.UsageError(str(error)) from None
    try:
        with counting(Console(), "reading music") as progress:
            cache_folder = cache or platformdirs.user_cache_path("edmd") / "corpus"
            corpus = gather(folders, wanted, cache_folder, progress)
        pack(corpus, out)
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{len(corpus.pieces)} songs in {out}, {out.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
