"""The job `presets`: live parameters saved under a name, each in a TOML file that a person can read and edit."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomli_w

from daemon.control.messages import Code, ControlError
from daemon.parameters import SPECS, ParameterError, Value, check_all, shown
from daemon.workers.jobs import PresetResult, PresetTask
from exporters.writing import replace_bytes
from models.reading.files import read_bytes
from models.reading.limits import RefusedError

LONGEST_NAME: Final = 64
MOST: Final = 500
_NAME: Final = re.compile(rf"[^\W_](?:[\w .-]{{0,{LONGEST_NAME - 2}}}[\w-])?")
# File systems limit the bytes of a name, and a letter may take four.
_MOST_NAME_BYTES: Final = 200
_SUFFIX: Final = ".toml"
_LARGEST_BYTES: Final = 64 * 1024


class PresetError(ControlError):
    """A preset cannot be saved, loaded or deleted; the text says why."""

    def __init__(self, message: str, code: Code = "unavailable") -> None:
        super().__init__(code, message, "name")


def work(task: PresetTask) -> PresetResult:
    """Save, load, list or delete. Raises PresetError if that cannot be done."""
    presets, name = Presets(Path(task.folder)), task.op.name or ""
    match task.op.action:
        case "list":
            return PresetResult({"presets": presets.names()})
        case "save":
            return PresetResult({"name": name, "path": str(presets.save(name, task.values))})
        case "load":
            return PresetResult({"name": name}, presets.load(name))
    presets.delete(name)
    return PresetResult({"name": name})


class Presets:
    """The presets in `folder`, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of all presets in alphabetical order."""
        found = (path.stem for path in self._folder.glob(f"*{_SUFFIX}") if path.is_file())
        return sorted((name for name in found if not name_problem(name)), key=str.casefold)

    def save(self, name: str, values: Mapping[str, Value]) -> Path:
        """Write a preset completely or not at all, and replace one of the same name; raises PresetError if it fails."""
        path = self._path(name)
        if not path.exists() and len(self.names()) >= MOST:
            raise PresetError(f"there are {MOST} presets; delete one first")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_bytes(path, tomli_w.dumps({"parameters": _nested(values)}).encode())
        except OSError as error:
            raise PresetError(f"cannot save the preset in {path}: {error.strerror or error}") from error
        return path

    def load(self, name: str) -> dict[str, Value]:
        """Return a preset's checked values by parameter name; raises PresetError if it is absent or damaged."""
        path = self._path(name)
        if not path.exists():
            known = ", ".join(self.names()) or "none"
            raise PresetError(f"no preset is named {name}; there is: {known}", "not_found")
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
        """Delete a preset; raises PresetError if it is absent or cannot be deleted."""
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            raise PresetError(f"no preset is named {name}", "not_found") from None
        except OSError as error:
            raise PresetError(f"cannot delete {path}: {error.strerror or error}") from error

    def _path(self, name: str) -> Path:
        if problem := name_problem(name):
            raise PresetError(f"the name of a preset {problem}; got {shown(name)}", "bad_request")
        return self._folder / f"{name}{_SUFFIX}"


def name_problem(name: str) -> str:
    """Return the rule that `name` breaks, as a clause after "the name of a preset"; "" for an allowed name."""
    if len(name) > LONGEST_NAME:
        return f"can have at most {LONGEST_NAME} characters, this one has {len(name)}"
    if len(name.encode(errors="replace")) > _MOST_NAME_BYTES:
        return f"can have at most {_MOST_NAME_BYTES} bytes, this one has {len(name.encode(errors='replace'))}"
    if _NAME.fullmatch(name):
        return ""
    strange = next((c for c in name if not re.fullmatch(r"[\w .-]", c)), None)
    if strange is not None:
        character = shown(strange) if strange.isprintable() else f"U+{ord(strange):04X}"
        return f"can contain only letters, digits, spaces and _ - ., not {character}"
    return "must begin with a letter or a digit, and must not end with a space or a dot"


def _nested(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return tables as in a configuration: names without a dot first, then a table for each section such as `lead`."""
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
