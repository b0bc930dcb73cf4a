"""Folders of music to token arrays: read once, cached, split by whole songs, with a report of what was used and why not."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.codecs import melody
from models.codecs.base import STYLES, Floats, Tokens
from models.notes import TICKS_PER_BAR
from training.recipe import CorpusRules, Recipe, Source
from training.roles import melody_tokens, percussion_tokens
from training.songs import RefusedError, is_music, read_song

_CACHE_VERSION: Final = 3
_MAXIMUM_TICKS: Final = 16 * 600


@dataclass(frozen=True)
class Piece:
    """One song as tokens: `melody` (T, 10), `percussion` (T, 9); `key` is its path within its corpus."""

    key: str
    source: str
    style: str
    teaches: tuple[str, ...]
    melody: Tokens
    percussion: Tokens

    @property
    def ticks(self) -> int:
        """Length."""
        return len(self.melody)

    @property
    def split(self) -> str:
        """`test`, `validation` or `train`, by the MD5 of the path within the corpus."""
        return split_of(self.key)

    def style_vector(self) -> Floats:
        """(2,): one hot, or zeros for a style that is neither."""
        return np.array([self.style == style for style in STYLES], dtype=np.float32)

    def four_on_the_floor(self) -> bool:
        """Whether most bars have a kick on every beat."""
        bars = self.ticks // TICKS_PER_BAR
        kicks = self.percussion[: bars * TICKS_PER_BAR, 0].reshape(bars, TICKS_PER_BAR) > 0
        return bool(bars and kicks[:, ::4].all(axis=1).mean() > 0.5)


@dataclass
class Report:
    """What became of every file."""

    used: Counter[str] = field(default_factory=Counter)
    ticks: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        reasons = Counter(reason.split(" (")[0] for _, reason in self.refused)
        return {
            "songs": dict(self.used),
            "ticks": dict(self.ticks),
            "synthetic_ticks": 0,
            "refused": dict(reasons),
            "refused_files": [f"{name}: {reason}" for name, reason in self.refused],
        }


def split_of(key: str) -> str:
    """MD5 of the path relative to its corpus, modulo 20: 0 is test, 1 is validation, the rest trains."""
    number = int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % 20
    return {0: "test", 1: "validation"}.get(number, "train")


def find_sources(folders: Sequence[tuple[Path, str | None]], recipe: Recipe) -> list[tuple[Path, Source]]:
    """Each folder with its source; a folder that holds folders the recipe names stands for those."""
    found: list[tuple[Path, Source]] = []
    known = {source.name for source in recipe.sources}
    for folder, style in folders:
        inner = sorted(child for child in folder.iterdir() if child.is_dir() and child.name in known)
        if inner and folder.name not in known:
            found += [(child, recipe.source_for(child.name, style)) for child in inner]
        else:
            found.append((folder, recipe.source_for(folder.name, style)))
    return found


def load_corpus(
    sources: Iterable[tuple[Path, Source]],
    rules: CorpusRules,
    cache: Path,
    progress: Callable[[int, int], None],
) -> tuple[list[Piece], Report]:
    """Read every file of every source, from the cache where it was read before."""
    files = [(path, root, source) for root, source in sources for path in sorted(root.rglob("*")) if is_music(path)]
    pieces: list[Piece] = []
    report = Report()
    for count, (path, root, source) in enumerate(files, start=1):
        key = path.relative_to(root).as_posix()
        try:
            piece = _load(path, key, source, rules, cache)
        except RefusedError as refusal:
            report.refused.append((f"{source.name}/{key}", str(refusal)))
        else:
            pieces.append(piece)
            report.used[source.name] += 1
            report.ticks[source.style] += piece.ticks
        progress(count, len(files))
    return pieces, report


def _load(path: Path, key: str, source: Source, rules: CorpusRules, cache: Path) -> Piece:
    stat = path.stat()
    stamp = json.dumps([_CACHE_VERSION, str(path.resolve()), stat.st_size, stat.st_mtime_ns, source.teaches, vars(rules)], default=str)
    entry = cache / f"{hashlib.sha256(stamp.encode()).hexdigest()[:32]}.npz"
    if not entry.is_file():
        tokens = _read(path, source, rules)
        cache.mkdir(parents=True, exist_ok=True)
        partial = entry.with_suffix(".tmp.npz")
        np.savez_compressed(partial, melody=tokens[0].astype(np.uint8), percussion=tokens[1].astype(np.uint8))
        partial.replace(entry)
    with np.load(entry) as arrays:
        return Piece(
            key, source.name, source.style, source.teaches, arrays["melody"].astype(np.int64), arrays["percussion"].astype(np.int64)
        )


def _read(path: Path, source: Source, rules: CorpusRules) -> tuple[Tokens, Tokens]:
    song = read_song(path)
    if "melody" in source.teaches and song.on_grid < rules.minimum_on_grid:
        raise RefusedError(f"is off the sixteenth grid ({song.on_grid:.0%} on it)")
    bars = -(-min(song.ticks, _MAXIMUM_TICKS) // TICKS_PER_BAR)
    ticks = bars * TICKS_PER_BAR
    tunes, beats = melody_tokens(song, ticks), percussion_tokens(song, ticks)
    sounding = (tunes[:, [start for start, _ in melody.LAYOUT.part_ranges]] > 0).any(axis=1) | (beats > 0).any(axis=1)
    bars_sounding = sounding.reshape(bars, TICKS_PER_BAR).any(axis=1)
    keep = np.repeat(_without_long_rests(bars_sounding), TICKS_PER_BAR)
    tunes, beats = tunes[keep], beats[keep]
    if len(tunes) < rules.minimum_ticks:
        raise RefusedError(f"is shorter than {rules.minimum_ticks // TICKS_PER_BAR} bars")
    return tunes, beats


def _without_long_rests(sounding: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which bars to keep: none before the first note, at most two silent ones in a row."""
    keep = np.zeros(len(sounding), dtype=bool)
    silent = 3
    for bar, sounds in enumerate(sounding):
        silent = 0 if sounds else silent + 1
        keep[bar] = silent <= 2
    return keep


def teaches(piece: Piece, part: str) -> bool:
    """Whether a piece has something to teach the melody or the percussion network."""
    tokens = piece.melody if part == "melody" else piece.percussion
    return part in piece.teaches and float((tokens > 0).any(axis=1).mean()) > 0.02


