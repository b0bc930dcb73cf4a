"""A Humdrum text as records of its spines, which split, join, change places, begin and end on the way."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from models.reading.limits import RefusedError

_MOST_SPINES = 200


@dataclass(eq=False, slots=True)
class Path:
    """A column: `kind` is what it holds, such as `**kern`, `track` the spine that it belongs to, from the left.

    `lane` tells the paths of one track apart; `end` is when its last note ends, in pulses.
    """

    kind: str
    track: int
    lane: int = 0
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """A line of data, a bar line or an interpretation: a sign for each path."""

    line: int
    tokens: list[str]
    paths: list[Path]


def records(text: str) -> Iterator[Record | str]:
    """All records in order; a reference record (`!!!`) is its text. RefusedError where columns do not fit."""
    paths: list[Path] = []
    tracks = 0
    for line, ended in enumerate(io.StringIO(text), 1):
        content = ended.rstrip("\n")
        if content.startswith("!!!"):
            yield content[3:]
        if not content or content.startswith("!"):
            continue
        tokens = content.split("\t")
        if len(tokens) > len(paths) > 0:
            tokens = content.rstrip("\t ").split("\t")
        if not paths:
            paths = _begun(tokens, tracks, line)
            tracks += len(tokens)
        elif len(tokens) != len(paths):
            raise RefusedError(f"has {len(tokens)} columns where there should be {len(paths)} (line {line})")
        else:
            yield Record(line, tokens, paths)
            if content.startswith("*"):
                paths, tracks = _changed(tokens, paths, tracks)
        if len(paths) > _MOST_SPINES:
            raise RefusedError(f"has more than {_MOST_SPINES} columns (line {line})")


def _begun(tokens: list[str], tracks: int, line: int) -> list[Path]:
    """Paths of what a line of `**kern` and the like begins."""
    if not all(sign.startswith("**") for sign in tokens):
        raise RefusedError(f"has columns before it says what they hold (line {line})")
    return [Path(sign, tracks + number) for number, sign in enumerate(tokens)]


def _changed(tokens: list[str], paths: list[Path], tracks: int) -> tuple[list[Path], int]:
    """The paths after an interpretation."""
    changed: list[Path] = []
    at = 0
    while at < len(paths):
        sign, path = tokens[at], paths[at]
        if sign.startswith("**"):
            path.kind = sign
        if sign == "*^":
            lanes = max(each.lane for each in (*paths, *changed) if each.track == path.track)
            changed += [path, Path(path.kind, path.track, lanes + 1, path.end)]
        elif sign == "*v":
            last = at
            while last + 1 < len(paths) and tokens[last + 1] == "*v" and paths[last + 1].track == path.track:
                last += 1
            path.end = max(each.end for each in paths[at : last + 1])
            changed.append(path)
            at = last
        elif sign == "*x" and at + 1 < len(paths) and tokens[at + 1] == "*x":
            changed += [paths[at + 1], path]
            at += 1
        elif sign == "*+":
            changed += [path, Path("", tracks, 0, path.end)]
            tracks += 1
        elif sign != "*-":
            changed.append(path)
        at += 1
    return changed, tracks
