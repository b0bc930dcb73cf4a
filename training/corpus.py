"""Read folders of music as token arrays, with a cache and a report of every file."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from exporters.writing import replacing
from models.codecs import melody
from models.codecs.base import Tokens
from models.grid import Song
from models.notes import TICKS_PER_BAR
from models.reading.files import files_in, read_bytes
from models.reading.limits import LIMITS, RefusedError
from models.reading.reader import is_music
from models.voicing import melody_tokens, percussion_tokens
from training.errors import TrainingError
from training.piece import Piece, key_of, text_of
from training.recipe import CorpusRules, Recipe, Source
from training.report import RESIDUAL_STEPS, Report
from training.songs import read_song

_CACHE_VERSION: Final = 5
_MAXIMUM_TICKS: Final = 16 * 600
_SILENT_BARS_KEPT: Final = 2


class _Reading(NamedTuple):
    """The tokens of one file; `residual` counts onsets by distance from the grid in hundredths of a tick."""

    melody: Tokens
    percussion: Tokens
    residual: NDArray[np.int64]
    whole: NDArray[np.bool_]


def find_sources(folders: Sequence[tuple[Path, str | None]], recipe: Recipe) -> list[tuple[Path, Source]]:
    """Return each folder once, with its source. If a folder contains folders named in the recipe, these are used instead.

    Raises TrainingError if a folder is given twice with different styles.
    """
    found: dict[Path, tuple[Path, Source]] = {}
    known = {source.name for source in recipe.sources}
    for folder, style in folders:
        root = folder.absolute() if folder.name not in ("", "..") else folder.resolve()
        inner = sorted(child for child in root.iterdir() if child.is_dir() and child.name in known)
        for each in inner if inner and root.name not in known else [root]:
            taken = {source.name for _, source in found.values()}
            source = _named_apart(recipe.source_for(text_of(each.name), style), taken)
            _, given = found.setdefault(each.resolve(), (each, source))
            if source.style != given.style:
                raise TrainingError(
                    f"{each} is given twice, with the styles {given.style} and {source.style}; give it once"
                )
    return list(found.values())


def _named_apart(source: Source, taken: set[str]) -> Source:
    """Give a source a unique name, so that two folders are never reported as one."""
    number = 2
    name = source.name
    while name in taken:
        name, number = f"{source.name} {number}", number + 1
    return replace(source, name=name)


def load_corpus(
    sources: Sequence[tuple[Path, Source]],
    rules: CorpusRules,
    cache: Path,
    progress: Callable[[int, int], None],
) -> tuple[list[Piece], Report]:
    """Read every file of every source, from the cache if possible; `progress` is called with (done, total)."""
    files = list(files_of(sources))
    pieces: list[Piece] = []
    report = Report()
    heard: set[str] = set()
    for count, (path, root, source) in enumerate(files, start=1):
        key = key_of(path, root)
        try:
            reading = _load(path, source, rules, cache)
            _refuse_repeats(reading, heard)
        except RefusedError as refusal:
            report.refused.append((f"{source.name}/{key}", str(refusal)))
        else:
            pieces.append(Piece(key, source.name, source.style, source.teaches, *reading[:2]))
            report.add(pieces[-1], reading.residual, whole=bool(reading.whole))
        progress(count, len(files))
    return pieces, report


def files_of(sources: Sequence[tuple[Path, Source]]) -> Iterator[tuple[Path, Path, Source]]:
    """Yield each file once, with its folder and source. If folders contain one another, the innermost has the file."""
    roots = [root.resolve() for root, _ in sources]
    for (root, source), own in zip(sources, roots, strict=True):
        inner = [each for each in roots if own in each.parents]
        for path in music_in(root):
            if not any((own / path.relative_to(root)).is_relative_to(each) for each in inner):
                yield path, root, source


def music_in(root: Path) -> list[Path]:
    """Return the files of music in a folder, at any depth, in order.

    A name may end in spaces; its reader then reads the file as MIDI or refuses it by name.
    """
    return sorted(path for path in files_in(root) if is_music(Path(path.name.rstrip())))


def _refuse_repeats(piece: _Reading, heard: set[str]) -> None:
    """Refuse repeated music, because a song in two files must not be both trained on and held out."""
    digest = hashlib.sha256(piece.melody.tobytes() + piece.percussion.tobytes()).hexdigest()
    if digest in heard:
        raise RefusedError("is the same music as an earlier file")
    heard.add(digest)


def _load(path: Path, source: Source, rules: CorpusRules, cache: Path) -> _Reading:
    """Read a file, or take the cached result for the same bytes and rules."""
    contents = [_digest(path), _digest(path.parent / source.beats) if source.beats else ""]
    wanted = (rules.minimum_ticks, rules.minimum_on_grid)
    stamp = [
        _CACHE_VERSION,
        path.suffix.lower(),
        *contents,
        source.teaches,
        source.beats,
        source.upbeats,
        *wanted,
    ]
    name = hashlib.sha256(json.dumps(stamp, default=str).encode()).hexdigest()[:32]
    return _cached(cache / f"{name}.npz") or _read_into(cache, name, path, source, rules)


def _digest(path: Path) -> str:
    return hashlib.sha256(read_bytes(path, LIMITS.file_bytes)).hexdigest()


def _cached(entry: Path) -> _Reading | None:
    """Return the cached result, None if there is none. Raises RefusedError if the file was refused."""
    refusal = entry.with_suffix(".refused")
    if refusal.is_file():
        raise RefusedError(refusal.read_text(encoding="utf-8"))
    try:
        # NumPy leaves a damaged file open that it opened itself.
        with entry.open("rb") as file, np.load(file) as arrays:
            return _Reading(
                arrays["melody"].astype(np.int64),
                arrays["percussion"].astype(np.int64),
                arrays["residual"],
                arrays["whole"],
            )
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _read_into(cache: Path, name: str, path: Path, source: Source, rules: CorpusRules) -> _Reading:
    cache.mkdir(parents=True, exist_ok=True)
    try:
        reading = _read(path, source, rules)
    except RefusedError as refusal:
        if not refusal.may_pass:
            (cache / f"{name}.refused").write_text(str(refusal), encoding="utf-8")
        raise
    small = reading._replace(
        melody=reading.melody.astype(np.uint8), percussion=reading.percussion.astype(np.uint8)
    )
    with replacing(cache / f"{name}.npz") as partial, partial.open("wb") as file:
        np.savez_compressed(file, **small._asdict())
    return reading


def _read(path: Path, source: Source, rules: CorpusRules) -> _Reading:
    song = read_song(path, source.beats, upbeats=source.upbeats)
    if "melody" in source.teaches and song.on_grid < rules.minimum_on_grid:
        raise RefusedError(f"is off the sixteenth grid ({song.on_grid:.0%} on it)")
    tunes, beats = tokens_of(song)
    if len(tunes) < rules.minimum_ticks:
        raise RefusedError(f"is shorter than {rules.minimum_ticks // TICKS_PER_BAR} bars of 4/4")
    residual = np.bincount((song.residual * RESIDUAL_STEPS).astype(np.int64), minlength=RESIDUAL_STEPS)
    return _Reading(tunes, beats, residual[:RESIDUAL_STEPS], np.array(song.whole))


def tokens_of(song: Song) -> tuple[Tokens, Tokens]:
    """Return a song's melody and percussion tokens with long rests shortened."""
    bars = -(-min(song.ticks, _MAXIMUM_TICKS) // TICKS_PER_BAR)
    ticks = bars * TICKS_PER_BAR
    tunes, beats = melody_tokens(song, ticks), percussion_tokens(song, ticks)
    sounding = melody.onsets(tunes).any(axis=1) | np.any(beats > 0, axis=1)
    keep = np.repeat(_without_long_rests(sounding.reshape(bars, TICKS_PER_BAR).any(axis=1)), TICKS_PER_BAR)
    return tunes[keep], beats[keep]


def _without_long_rests(sounding: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which bars to keep: none before the first note, at most two silent bars in a row."""
    keep = np.zeros(len(sounding), dtype=bool)
    silent = _SILENT_BARS_KEPT + 1
    for bar, sounds in enumerate(sounding):
        silent = 0 if sounds else silent + 1
        keep[bar] = silent <= _SILENT_BARS_KEPT
    return keep
