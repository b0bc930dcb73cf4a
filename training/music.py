"""All music of one training, from folders or from one packed file, which needs no readers of music."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
import numpy as np

from exporters.writing import replacing
from models.manifest import PARTS
from training.corpus import find_sources, load_corpus
from training.errors import TrainingError
from training.microtiming import grooves_of
from training.piece import Piece
from training.recipe import ALL_STYLES, Recipe, Source
from training.report import counted
from training.synthetic.pieces import SOURCE, generated

SUFFIX: Final = ".npz"
_FORMAT: Final = 2
_CONTENTS: Final = "told"
Data = Sequence[tuple[Path, str | None]]
P = TypeVar("P")
Gather = Callable[[Data, Any, Path, Callable[[int, int], None]], "Corpus[Any]"]
"""Reads the data of a recipe with a cache; reports (done, total)."""


class Corpus(NamedTuple, Generic[P]):
    """All usable songs, their sources, and the report on every file.

    `groove` is the drummers' timing, measured before notes move to the grid; None without human drumming.
    """

    sources: tuple[Source, ...]
    pieces: list[P]
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


def gather(data: Data, recipe: Recipe, cache: Path, progress: Callable[[int, int], None]) -> Corpus[Piece]:
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
    if recipe.synthetic.songs and pieces:
        for piece in generated(recipe.synthetic):
            report.add(piece)
            pieces.append(piece)
        sources = (*sources, SOURCE)
    return Corpus(sources, pieces, report.as_dict(), grooves_of(found))


def check_music(corpus: Corpus[Any], data: Data) -> None:
    """Raise TrainingError, with the reasons for refused files, if a corpus has no songs."""
    if not corpus.pieces:
        folders = ", ".join(str(folder) for folder, _ in data)
        why = "; ".join(counted(corpus.report)) or "there are no MIDI files or scores"
        raise TrainingError(f"no music to train on in {folders}: {why}")


class _Extent(msgspec.Struct):
    rows: int


class _Row(msgspec.Struct):
    """A piece without its tokens, which are the next rows of the two arrays."""

    key: str
    source: str
    style: str
    teaches: tuple[str, ...]
    melody: _Extent
    genre: str


class _Contents(msgspec.Struct):
    format: int
    sources: tuple[Source, ...]
    report: dict[str, Any]
    groove: dict[str, Any] | None
    pieces: list[_Row]


def pack(corpus: Corpus[Piece], path: Path) -> None:
    """Write a corpus to one file atomically: the tokens of all pieces concatenated, the rest as JSON."""
    rows = [
        _Row(each.key, each.source, each.style, each.teaches, _Extent(each.ticks), each.genre)
        for each in corpus.pieces
    ]
    contents = {**corpus._asdict(), "format": _FORMAT, "pieces": rows}
    nothing = np.zeros((0, 1), np.int64)
    arrays = {
        part: np.concatenate([each.tokens(part) for each in corpus.pieces] or [nothing]).astype(np.uint8)
        for part in PARTS
    }
    arrays[_CONTENTS] = np.frombuffer(msgspec.json.encode(contents), np.uint8)
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def unpack(path: Path) -> Corpus[Piece]:
    """Read a file that `pack` wrote. Raises TrainingError for any other file."""
    try:
        # NumPy leaves a damaged file open that it opened itself.
        with path.open("rb") as file, np.load(file) as arrays:
            contents = msgspec.json.decode(arrays[_CONTENTS].tobytes(), type=_Contents)
            columns = [arrays[part].astype(np.int64) for part in PARTS]
        if contents.format != _FORMAT:
            raise ValueError("another version")
        ends = np.cumsum([row.melody.rows for row in contents.pieces], dtype=np.int64)
        songs = [np.split(each, ends)[:-1] for each in columns]
        pieces = [
            Piece(row.key, row.source, row.style, row.teaches, tunes, beats, row.genre)
            for row, tunes, beats in zip(contents.pieces, *songs, strict=True)
        ]
    except Exception as error:  # damaged bytes can raise any exception
        raise TrainingError(f"{path} is not a packed corpus of this version; pack the music again") from error
    return Corpus(contents.sources, pieces, contents.report, contents.groove)
