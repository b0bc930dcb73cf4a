"""Split a Humdrum text into records. Spines may split, join, change places, begin and end between records."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from models.reading.limits import RefusedError

_MOST_SPINES = 200


@dataclass(eq=False, slots=True)
class Path:
    """A column: `kind` is the type of its data, such as `**kern`; `track` is the number of its spine, from the left.

    `lane` numbers the columns of one spine; `end` is the end of the last note, in pulses.
    """

    kind: str
    track: int
    lane: int = 0
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """A line of data, a bar line or an interpretation, with one token for each column."""

    line: int
    tokens: list[str]
    paths: list[Path]


def records(text: str) -> Iterator[Record | str]:
    """Yield all records in order; a reference record (`!!!`) as its text.

    Raises RefusedError for a wrong number of columns, or more than 200.
    """
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
            raise RefusedError(f"has {len(tokens)} columns in line {line}, where {len(paths)} are expected")
        else:
            yield Record(line, tokens, paths)
            if content.startswith("*"):
                paths, tracks = _changed(tokens, paths, tracks)
        if len(paths) > _MOST_SPINES:
            raise RefusedError(f"has more than {_MOST_SPINES} columns in line {line}")


def _begun(tokens: list[str], tracks: int, line: int) -> list[Path]:
    """Return the columns that begin at a line of exclusive interpretations, such as `**kern`."""
    if not all(sign.startswith("**") for sign in tokens):
        raise RefusedError(f"has data in line {line} before a line that names the types of its columns")
    return [Path(sign, tracks + number) for number, sign in enumerate(tokens)]


def _changed(tokens: list[str], paths: list[Path], tracks: int) -> tuple[list[Path], int]:
    """Return the columns, and the number of spines, after an interpretation."""
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
