"""Files that clients save under a name: TOML in one folder, with a version, written completely or not at all."""

import contextlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomli_w

from daemon.control.messages import Code, ControlError
from daemon.parameters import SPECS, ParameterError, Value, check_all, did_you_mean, shown
from exporters.kept import before, read_kept, write_kept
from models.reading.limits import RefusedError

LONGEST_NAME: Final = 64
MOST: Final = 500
VERSION: Final = 1
_NAME: Final = re.compile(rf"[^\W_](?:[\w .-]{{0,{LONGEST_NAME - 2}}}[\w-])?")
# File systems limit the bytes of a name, and a letter may take four.
_MOST_NAME_BYTES: Final = 200
_SUFFIX: Final = ".toml"


class NamedError(ControlError):
    """A file cannot be saved, loaded or deleted; the text says why."""

    def __init__(self, message: str, code: Code = "unavailable", param: str | None = "name") -> None:
        super().__init__(code, message, param)


class NamedFiles:
    """The files of one kind (`preset`, `scene`) in `folder`, which need not exist yet, each of at most `largest_bytes`."""

    def __init__(self, folder: Path, kind: str, largest_bytes: int = 64 * 1024) -> None:
        self.notes: list[str] = []  # on damaged files in whose place the ones before were read
        self._folder, self._kind, self._largest_bytes = folder, kind, largest_bytes

    def names(self) -> list[str]:
        """Return all names in alphabetical order."""
        found = (path.stem for path in self._folder.glob(f"*{_SUFFIX}") if path.is_file())
        return sorted((name for name in found if not name_problem(name)), key=str.casefold)

    def has(self, name: str) -> bool:
        """Return whether there is a file of this name. Raises NamedError for a name that is not allowed."""
        return self.path(name).exists()

    def write(self, name: str, table: Mapping[str, Any]) -> Path:
        """Write a file with the version, and replace one of the same name. Raises NamedError."""
        path = self.path(name)
        if not path.exists() and len(self.names()) >= MOST:
            raise NamedError(f"there are {MOST} {self._kind}s; delete one first")
        self.write_table(path, table)
        return path

    def read(self, name: str) -> dict[str, Any]:
        """Return the table of a file without its version. Raises NamedError if it is absent or damaged."""
        path = self.path(name)
        if not path.exists():
            raise self._unknown(name)
        return self.read_table(path)

    def delete(self, name: str) -> None:
        """Delete a file. Raises NamedError if it is absent or cannot be deleted."""
        path = self.path(name)
        try:
            path.unlink()
            before(path).unlink(missing_ok=True)
        except FileNotFoundError:
            raise self._unknown(name) from None
        except OSError as error:
            raise NamedError(f"cannot delete {path}: {error.strerror or error}") from error

    def rename(self, name: str, new_name: str) -> None:
        """Give a file another name, which no file has. Raises NamedError."""
        path, new = self.path(name), self.path(new_name)
        if not path.exists():
            raise self._unknown(name)
        if new.exists() and not new.samefile(path):  # some systems ignore case
            raise NamedError(f"there is a {self._kind} named {new_name} already", param="to")
        try:
            path.rename(new)
            with contextlib.suppress(FileNotFoundError):
                before(path).rename(before(new))
        except OSError as error:
            raise NamedError(f"cannot rename {path}: {error.strerror or error}") from error

    def _unknown(self, name: str) -> NamedError:
        known = self.names()
        there_is = f"there is: {', '.join(known) or 'none'}{did_you_mean(name, tuple(known))}"
        return NamedError(f"no {self._kind} is named {name}; {there_is}", "not_found")

    def path(self, name: str) -> Path:
        """Return the path for a name. Raises NamedError for a name that is not allowed."""
        if problem := name_problem(name):
            raise NamedError(f"the name of a {self._kind} {problem}; got {shown(name)}", "bad_request")
        return self._folder / f"{name}{_SUFFIX}"

    def write_table(self, path: Path, table: Mapping[str, Any]) -> None:
        """Write a table with the version to a file of the folder. Raises NamedError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_kept(path, tomli_w.dumps({"version": VERSION, **table}))
        except OSError as error:
            raise NamedError(f"cannot save the {self._kind} in {path}: {error.strerror or error}") from error

    def read_table(self, path: Path) -> dict[str, Any]:
        """Return the table of a file without its version; files without one are of the first. Raises NamedError."""
        try:
            kept = read_kept(path, self._largest_bytes)
            table = tomllib.loads(kept.text.decode("utf-8-sig"))
        except RefusedError as refusal:
            raise NamedError(f"{path} {refusal}") from None
        except UnicodeDecodeError:
            raise NamedError(f"{path}: it is not text in UTF-8; save it as UTF-8") from None
        except ValueError as error:
            raise NamedError(f"{path}: it cannot be read: {error}") from error
        except RecursionError:
            raise NamedError(f"{path}: it cannot be read: it is nested too deep") from None
        if kept.note:
            self.notes.append(kept.note)
        version = table.pop("version", VERSION)
        if version != VERSION:
            raise NamedError(f"{path}: its version is {shown(version)}; this edmd reads version {VERSION}")
        return table


def warning(files: NamedFiles) -> dict[str, str]:
    """Return the part of a reply that says which files are damaged."""
    return {"warning": "; ".join(files.notes)} if files.notes else {}


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


def nested(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return tables as in a configuration: names without a dot first, then a table for each section such as `lead`."""
    tables: dict[str, Any] = {name: value for name, value in values.items() if "." not in name}
    for name, value in values.items():
        section, dot, key = name.partition(".")
        if dot:
            tables.setdefault(section, {})[key] = value
    return tables


def checked(path: Path, table: Any) -> dict[str, Value]:
    """Return the values of a table `parameters` by contract name. Raises NamedError that names all wrong ones."""
    try:
        return check_all(dict(_flat(table)))
    except ParameterError as error:
        raise NamedError("\n".join(f"{path}: {line}" for line in error.message.split("\n"))) from error


def _flat(table: Any) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in (table if isinstance(table, dict) else {}).items():
        if isinstance(value, dict) and name not in SPECS:
            pairs += [(f"{name}.{key}", each) for key, each in value.items()]
        else:
            pairs.append((name, value))
    return pairs
