"""The job `presets`: live parameters saved under a name, each in a TOML file that a person can read and edit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from daemon.parameters import Value
from daemon.workers.jobs import PresetPair, PresetResult, PresetTask, ReadPair
from daemon.workers.named import (
    LONGEST_NAME,
    MOST,
    NamedError,
    NamedFiles,
    checked,
    name_problem,
    nested,
    warning,
)

__all__ = ["LONGEST_NAME", "MOST", "PresetError", "Presets", "name_problem"]

PresetError = NamedError
_LAST_SLOT: Final = 128


def work(task: PresetTask | ReadPair) -> PresetResult | PresetPair:
    """Save, load, list, rename or delete, or read two for a morph. Raises PresetError if that cannot be done."""
    presets = Presets(Path(task.folder))
    if isinstance(task, ReadPair):
        return PresetPair(presets.load(task.first), presets.load(task.second))
    op = task.op
    if op.action == "list":
        slots = {str(slot): name for slot, name in sorted(presets.slots().items())}
        return PresetResult({"presets": presets.names(), "slots": slots})
    name = presets.in_slot(op.slot or 0) if op.name is None else op.name
    match op.action:
        case "save":
            return PresetResult({"name": name, "path": str(presets.save(name, task.values, op.slot))})
        case "load":
            values = presets.load(name)
            return PresetResult({"name": name, **warning(presets.files)}, values)
        case "rename":
            presets.files.rename(name, op.to or "")
            return PresetResult({"name": op.to})
    presets.delete(name)
    return PresetResult({"name": name})


class Presets:
    """The presets in `folder`, which need not exist yet. A preset may have a slot, a number from 1 to 128."""

    def __init__(self, folder: Path) -> None:
        self.files = NamedFiles(folder, "preset")

    def names(self) -> list[str]:
        """Return the names of all presets in alphabetical order."""
        return self.files.names()

    def slots(self) -> dict[int, str]:
        """Return the name of the preset in each slot. Of two in one slot the first counts; damaged files have none."""
        found: dict[int, str] = {}
        for name in self.names():
            if slot := self._slot(name):
                found.setdefault(slot, name)
        return found

    def in_slot(self, slot: int) -> str:
        """Return the name of the preset in a slot. Raises PresetError if the slot is empty."""
        name = self.slots().get(slot)
        if name is None:
            raise PresetError(f"the slot {slot} is empty", "not_found", "slot")
        return name

    def save(self, name: str, values: Mapping[str, Value], slot: int | None = None) -> Path:
        """Write a preset completely or not at all, and replace one of the same name; raises PresetError if it fails.

        It keeps its slot, or gets another one, which the preset there loses.
        """
        slot = self._slot(name) if slot is None else slot
        path = self.files.write(name, {**_slotted(slot), "parameters": nested(values)})
        for other in self.names() if slot else ():
            if other != name and self._slot(other) == slot:
                table = self.files.read(other)
                del table["slot"]
                self.files.write(other, table)
        return path

    def load(self, name: str) -> dict[str, Value]:
        """Return a preset's checked values by parameter name; raises PresetError if it is absent or damaged."""
        path, table = self.files.path(name), self.files.read(name)
        if not isinstance(table.get("parameters"), dict):
            raise PresetError(f"{path}: it has no [parameters]; write that line above the parameters")
        return checked(path, table["parameters"])

    def delete(self, name: str) -> None:
        """Delete a preset; raises PresetError if it is absent or cannot be deleted."""
        self.files.delete(name)

    def _slot(self, name: str) -> int | None:
        try:
            slot = self.files.read(name).get("slot") if self.files.has(name) else None
        except PresetError:
            return None
        return slot if type(slot) is int and 1 <= slot <= _LAST_SLOT else None


def _slotted(slot: int | None) -> dict[str, Any]:
    return {} if slot is None else {"slot": slot}
