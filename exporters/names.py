"""Names of the files that an export writes, settled and checked before any of them is written."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from exporters.writing import WriteError, check_writable

# What file systems allow a name, and what a part's name may take of it.
_NAME_BYTES: Final = 255
_PART_BYTES: Final = 100
# A part's name that is cut shorter tells nothing.
_LEAST_PART_BYTES: Final = 8
_SHOWN: Final = 3


def stem_paths(path: Path, parts: Sequence[str]) -> list[Path]:
    """Return a path beside `path` for each part: set.wav gives set-lead.wav, set-bass.wav, ...

    All differ, also where a file system tells no case. WriteError when `path` leaves them no room.
    """
    room = min(_NAME_BYTES - len(os.fsencode(f"{path.stem}-{path.suffix}")), _PART_BYTES)
    if parts and room < _LEAST_PART_BYTES:
        raise WriteError(
            f"cannot write stems beside {path}: its name leaves no room for theirs; choose a shorter one"
        )
    used: set[str] = set()
    made = []
    for part in parts:
        name = next(each for each in _numbered(_plain(part), room) if each not in used)
        used.add(name)
        made.append(path.with_stem(f"{path.stem}-{name}"))
    return made


def check_outputs(paths: Iterable[Path], *, replace: bool) -> None:
    """Raise WriteError if a file could not be written in the end, or, unless `replace`, is there already."""
    paths = list(paths)
    for path in paths:
        check_writable(path)
    there = [path for path in paths if os.path.lexists(path)]
    if there and not replace:
        shown = ", ".join(map(str, there[:_SHOWN]))
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        verb, what = ("are", "them") if len(there) > 1 else ("is", "it")
        raise WriteError(f"{shown}{more} {verb} there already; --force replaces {what}")


def _plain(name: str) -> str:
    """A name of letters, digits and hyphens, in small letters as every file system keeps them."""
    return re.sub(r"\W+", "-", unicodedata.normalize("NFC", name.casefold())).strip("-") or "part"


def _numbered(name: str, room: int) -> Iterator[str]:
    """The name itself, then with numbers, in at most `room` bytes."""
    for number in count(1):
        end = f"-{number}" if number > 1 else ""
        yield name.encode()[: room - len(end)].decode(errors="ignore").rstrip("-") + end
