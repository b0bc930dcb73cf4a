"""Presets: the live parameters under a name, each a TOML file that a person can read."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomli_w

from daemon.parameters import SPECS, ParameterError, Value, check_all, shown
from exporters.writing import replace_bytes
from models.reading.files import read_bytes
from models.reading.limits import RefusedError

LONGEST_NAME: Final = 64
MOST: Final = 500
_NAME: Final = re.compile(rf"[^\W_](?:[\w .-]{{0,{LONGEST_NAME - 2}}}[\w-])?")
# File systems count bytes, of which a letter may have four.
_MOST_NAME_BYTES: Final = 200
_SUFFIX: Final = ".toml"
_LARGEST_BYTES: Final = 64 * 1024


class PresetError(Exception):
    """A preset cannot be kept or had; the text says why."""


class PresetNameError(PresetError):
    """A name that no preset may have."""


class NoPresetError(PresetError):
    """There is no preset of that name."""


class Presets:
    """The presets in `folder`, which need not exist yet; `changes` counts what was saved and deleted."""

    def __init__(self, folder: Path) -> None:
        self.changes = 0
        self._folder = folder

    def names(self) -> list[str]:
        """Every preset there is, in the order of the alphabet."""
        found = (path.stem for path in self._folder.glob(f"*{_SUFFIX}") if path.is_file())
        return sorted((name for name in found if not name_problem(name)), key=str.casefold)

    def save(self, name: str, values: Mapping[str, Value]) -> Path:
        """Write a preset, whole or not at all; one of that name is replaced. PresetError when it cannot be."""
        path = self._path(name)
        if not path.exists() and len(self.names()) >= MOST:
            raise PresetError(f"there are {MOST} presets; delete one first")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_bytes(path, tomli_w.dumps({"parameters": _nested(values)}).encode())
        except OSError as error:
            raise PresetError(f"cannot save the preset in {path}: {error.strerror or error}") from error
        self.changes += 1
        return path

    def load(self, name: str) -> dict[str, Value]:
        """The values of a preset, by contract name, each checked; PresetError when it is absent or damaged."""
        path = self._path(name)
        if not path.exists():
            known = ", ".join(self.names()) or "none"
            raise NoPresetError(f"no preset is named {name}; there is: {known}")
        try:
            table = tomllib.loads(read_bytes(path, _LARGEST_BYTES).decode("utf-8-sig"))
        except RefusedError as refusal:
            raise PresetError(f"{path} {refusal}") from None
        except UnicodeDecodeError:
            raise PresetError(f"{path}: it is not text in UTF-8; save it as UTF-8") from None
        except ValueError as error:
            raise PresetError(f"{path}: it cannot be read: {error}") from error
        except RecursionError:
            raise PresetError(f"{path}: it cannot be read: it is nested too deep") from None
        if not isinstance(table.get("parameters"), dict):
            raise PresetError(f"{path}: it has no [parameters]; write that line above the parameters")
        try:
            return check_all(dict(_flat(table["parameters"])))
        except ParameterError as error:
            raise PresetError("\n".join(f"{path}: {line}" for line in error.message.split("\n"))) from error

    def delete(self, name: str) -> None:
        """Remove a preset; PresetError when it is absent or stays."""
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            raise NoPresetError(f"no preset is named {name}") from None
        except OSError as error:
            raise PresetError(f"cannot delete {path}: {error.strerror or error}") from error
        self.changes += 1

    def _path(self, name: str) -> Path:
        if problem := name_problem(name):
            raise PresetNameError(f"the name of a preset {problem}; got {shown(name)}")
        return self._folder / f"{name}{_SUFFIX}"


def name_problem(name: str) -> str:
    """What a name is that is no name of a preset, in the words of what it should be; "" for one that is."""
    if len(name) > LONGEST_NAME:
        return f"has at most {LONGEST_NAME} characters, this one has {len(name)}"
    if len(name.encode(errors="replace")) > _MOST_NAME_BYTES:
        return f"has at most {_MOST_NAME_BYTES} bytes, this one has {len(name.encode(errors='replace'))}"
    if _NAME.fullmatch(name):
        return ""
    strange = next((c for c in name if not re.fullmatch(r"[\w .-]", c)), None)
    if strange is not None:
        told = shown(strange) if strange.isprintable() else f"U+{ord(strange):04X}"
        return f"has letters, digits, spaces and _ - . alone, no {told}"
    return "begins with a letter or a digit, and ends with neither a space nor a dot"


def _nested(values: Mapping[str, Value]) -> dict[str, Any]:
    """Tables as in a configuration: what has no dot comes first, `lead.mute` and its like in tables of their own."""
    tables: dict[str, Any] = {name: value for name, value in values.items() if "." not in name}
    for name, value in values.items():
        section, dot, key = name.partition(".")
        if dot:
            tables.setdefault(section, {})[key] = value
    return tables


def _flat(table: Any) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in (table if isinstance(table, dict) else {}).items():
        if isinstance(value, dict) and name not in SPECS:
            pairs += [(f"{name}.{key}", each) for key, each in value.items()]
        else:
            pairs.append((name, value))
    return pairs
