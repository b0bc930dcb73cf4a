"""Read folders of music as notes, with a cache and a report of every file."""

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import to_builtins

from exporters.writing import replacing
from models.reading.files import read_bytes
from models.reading.limits import LIMITS, RefusedError
from training.corpus import files_of, find_sources
from training.errors import TrainingError
from training.music import Corpus, Data, is_packed
from training.piece import key_of
from training.recipe import Source
from training.report import by_cause
from training.systems.sequences.recipe import MusicRules, SequenceRecipe
from training.systems.sequences.songs import NotePiece, NoteSong, read

_CACHE_VERSION: Final = 4


def gather(
    data: Data, recipe: SequenceRecipe, cache: Path, progress: Callable[[int, int], None]
) -> Corpus[NotePiece]:
    """Read every file of every folder, from the cache if possible; `progress` is called with (done, total)."""
    if is_packed(data):
        raise TrainingError(f"{recipe.name} needs folders of music; a packed file has no notes")
    found = find_sources(data, recipe)
    files = list(files_of(found))
    pieces: list[NotePiece] = []
    refused: list[tuple[str, str]] = []
    heard: set[bytes] = set()
    for count, (path, root, source) in enumerate(files, start=1):
        key = key_of(path, root)
        try:
            song = _load(path, source, recipe.music, cache)
            # Repeated music must not be both trained on and held out.
            digest = hashlib.sha256(song.rows[:, :4].tobytes()).digest()
            if digest in heard:
                raise RefusedError("is the same music as an earlier file")
            heard.add(digest)
        except RefusedError as refusal:
            refused.append((f"{source.name}/{key}", str(refusal)))
        else:
            pieces.append(NotePiece(key, source.name, source.style, song))
        progress(count, len(files))
    return Corpus(tuple(source for _, source in found), pieces, _report(pieces, refused))


def _report(pieces: list[NotePiece], refused: list[tuple[str, str]]) -> dict[str, Any]:
    songs = Counter(piece.source for piece in pieces)
    notes = Counter[str]()
    for piece in pieces:
        notes[piece.source] += len(piece.song.rows)
    return {
        "songs": dict(songs),
        "notes": dict(notes),
        "refused": dict(by_cause(refused)),
        "refused_files": [f"{name}: {reason}" for name, reason in refused],
        "lines": [f"{source}: {songs[source]} songs, {notes[source]} notes" for source in songs],
    }


def _load(path: Path, source: Source, rules: MusicRules, cache: Path) -> NoteSong:
    """Read a file, or take the cached result for the same bytes and rules."""
    beats = path.parent / source.beats
    contents = [_digest(path), _digest(beats) if source.beats and beats.is_file() else ""]
    wanted = {name: value for name, value in to_builtins(rules).items() if name in _READING}
    stamp = [_CACHE_VERSION, path.suffix.lower(), *contents, source.beats, wanted]
    name = hashlib.sha256(json.dumps(stamp, sort_keys=True).encode()).hexdigest()[:32]
    entry = cache / f"{name}.notes.npz"
    return _cached(entry) or _read_into(entry, path, source, rules)


_READING: Final = ("voices", "least_notes", "exact", "any_metre")


def _digest(path: Path) -> str:
    return hashlib.sha256(read_bytes(path, LIMITS.file_bytes)).hexdigest()


def _cached(entry: Path) -> NoteSong | None:
    """Return the cached result, None if there is none. Raises RefusedError if the file was refused."""
    refusal = entry.with_suffix(".refused")
    if refusal.is_file():
        raise RefusedError(refusal.read_text(encoding="utf-8"))
    try:
        with entry.open("rb") as file, np.load(file) as arrays:
            return NoteSong(arrays["rows"].astype(np.int32), int(arrays["bar_pulses"]))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _read_into(entry: Path, path: Path, source: Source, rules: MusicRules) -> NoteSong:
    entry.parent.mkdir(parents=True, exist_ok=True)
    try:
        song = read(path, source, rules)
    except RefusedError as refusal:
        if not refusal.may_pass:
            entry.with_suffix(".refused").write_text(str(refusal), encoding="utf-8")
        raise
    with replacing(entry) as partial, partial.open("wb") as file:
        np.savez_compressed(file, rows=song.rows, bar_pulses=np.array(song.bar_pulses))
    return song
