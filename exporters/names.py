"""Choose and check the names of all files of an export, before any of them is written."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from exporters.writing import WriteError, check_writable

# The longest name that file systems allow, and the longest part's name in it.
_NAME_BYTES: Final = 255
_PART_BYTES: Final = 100
# A part's name that is cut shorter than this is useless.
_LEAST_PART_BYTES: Final = 8
_SHOWN: Final = 3


def stem_paths(path: Path, parts: Sequence[str]) -> list[Path]:
    """Return a path next to `path` for each part: set.wav gives set-lead.wav, set-bass.wav, ...

    All differ, even on file systems that ignore case. Raises WriteError if the name of `path` is too long.
    """
    room = min(_NAME_BYTES - len(os.fsencode(f"{path.stem}-{path.suffix}")), _PART_BYTES)
    if parts and room < _LEAST_PART_BYTES:
        raise WriteError(
            f"cannot write stems next to {path}: its name is too long for theirs; choose a shorter name"
        )
    used: set[str] = set()
    made = []
    for part in parts:
        name = next(each for each in _numbered(_plain(part), room) if each not in used)
        used.add(name)
        made.append(path.with_stem(f"{path.stem}-{name}"))
    return made


def check_outputs(paths: Iterable[Path], *, replace: bool) -> None:
    """Raise WriteError if a file cannot be written, or if it exists and `replace` is false."""
    paths = list(paths)
    for path in paths:
        check_writable(path)
    existing = [path for path in paths if os.path.lexists(path)]
    if existing and not replace:
        shown = ", ".join(map(str, existing[:_SHOWN]))
        more = f" and {len(existing) - _SHOWN} more" if len(existing) > _SHOWN else ""
        verb, what = ("exist", "them") if len(existing) > 1 else ("exists", "it")
        raise WriteError(f"{shown}{more} already {verb}; --force replaces {what}")


def _plain(name: str) -> str:
    """Return a name of letters, digits and hyphens, in lower case, which every file system preserves."""
    return re.sub(r"\W+", "-", unicodedata.normalize("NFC", name.casefold())).strip("-") or "part"


def _numbered(name: str, room: int) -> Iterator[str]:
    """Yield the name, then the name with numbers, each in at most `room` bytes."""
    for number in count(1):
        end = f"-{number}" if number > 1 else ""
        yield name.encode()[: room - len(end)].decode(errors="ignore").rstrip("-") + end
