"""Files of maps: the learned one as TOML that a person can read and edit, and the ready ones that come with edmd."""

import logging
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import tomli_w

from daemon.mapping.bindings import Binding, BindingError, read_map
from daemon.mapping.controls import Control, read_control
from daemon.parameters import shown
from exporters.kept import read_kept
from models.reading.limits import RefusedError

VERSION: Final = 1
LARGEST_BYTES: Final = 256 * 1024
_log: Final = logging.getLogger(__name__)
_BOXES: Final = Path(__file__).resolve().parent / "boxes"


class Learned(NamedTuple):
    """What was learned: bindings, and controls of other maps that were unassigned."""

    bindings: tuple[Binding, ...] = ()
    unassigned: tuple[Control, ...] = ()


def text_of(learned: Learned) -> str:
    """Return the text of the file."""
    tables: dict[str, Any] = {}
    for binding in learned.bindings:
        tables.setdefault(binding.target, []).append(binding.table())
    head = "# What `edmd learn` has bound. You may edit it; edmd reads it at its start.\n\n"
    parts: dict[str, Any] = {"version": VERSION, "unassigned": [each.words() for each in learned.unassigned]}
    return head + tomli_w.dumps({**parts, "map": tables})


def read_text(text: str) -> Learned:
    """Return what a file says. Raises BindingError if it is wrong."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BindingError(f"it is not TOML: {error}") from None
    if table.get("version") != VERSION:
        raise BindingError(f"its version is {shown(table.get('version'))}; this edmd reads {VERSION}")
    controls = [read_control(words) if isinstance(words, str) else None for words in _list(table)]
    tables = table.get("map", {})
    if None in controls or not isinstance(tables, dict):
        raise BindingError('"unassigned" is a list of controls such as "cc 20 ch 1", and [map] a table')
    return Learned(tuple(read_map(tables, "learned")), tuple(each for each in controls if each is not None))


def _list(table: dict[str, Any]) -> list[Any]:
    given = table.get("unassigned", [])
    return given if isinstance(given, list) else [None]


def read_learned(path: Path) -> Learned:
    """Return what was learned before; nothing if there is no file. Raises BindingError."""
    if not path.exists():
        return Learned()
    try:
        kept = read_kept(path, LARGEST_BYTES)
        if kept.note:
            _log.warning("%s", kept.note)
        return read_text(kept.text.decode())
    except (RefusedError, UnicodeDecodeError) as error:
        raise BindingError(f"it cannot be read: {error}") from None


def boxes() -> list[str]:
    """Return the names of the ready maps."""
    return sorted(path.stem for path in _BOXES.glob("*.toml"))


def read_boxes(names: Sequence[str]) -> list[Binding]:
    """Return the bindings of ready maps."""
    bindings: list[Binding] = []
    for name in names:
        table = tomllib.loads((_BOXES / f"{name}.toml").read_text(encoding="utf-8"))
        bindings += read_map(table["map"], name, table["port"])
    return bindings
