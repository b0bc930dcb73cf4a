"""The job `scenes`: parameters, section, seed, models and priming under a name, each in a TOML file; and their order.

The scenes are in the folder `scenes` of the presets. The setlist, their order, is the file `_setlist.toml` there; a scene
that it does not name comes after those that it names.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from daemon.control.messages import HeardNote, Prime, SceneAction
from daemon.music.systems.table import NETWORKLESS
from daemon.workers.jobs import SceneFile, SceneResult, SceneTask
from daemon.workers.named import NamedError, NamedFiles, checked, nested, warning

FOLDER: Final = "scenes"
_SETLIST: Final = "_setlist.toml"  # no scene can have this name
_LARGEST_BYTES: Final = 256 * 1024  # the notes of a priming are in it
_PLACES: Final = ("plan", "melody", "percussion")


class _Primed(msgspec.Struct, forbid_unknown_fields=True):
    path: str | None = None
    from_bar: int | None = None
    notes: list[HeardNote] | None = None


class _Scene(msgspec.Struct, forbid_unknown_fields=True):
    parameters: dict[str, Any] = {}
    seed: int | None = None
    section: str = ""
    bar: int | None = None
    models: dict[str, str] = {}
    prime: _Primed | None = None


def work(task: SceneTask) -> SceneResult:
    """Save, load, list, rename or delete. Raises NamedError if that cannot be done."""
    scenes, op = Scenes(Path(task.folder) / FOLDER), task.op
    if op.action == "list":
        listed = [{"slot": slot, "name": name} for slot, name in enumerate(scenes.order(), 1)]
        return SceneResult({"scenes": listed, "current": task.current})
    name = op.name if op.name is not None else scenes.chosen(op.action, op.slot, task.current)
    reply = {"name": name}
    match op.action:
        case "save":
            assert task.scene is not None  # noqa: S101 - the gateway sends it along
            reply["path"] = str(scenes.save(name, task.scene, op.slot))
        case "load" | "next":
            scene = scenes.load(name)
            unopened = sorted({*scene.models.values()} - {*NETWORKLESS})
            return SceneResult({**reply, **warning(scenes.files)}, scene, unopened)
        case "rename":
            scenes.rename(name, op.to or "")
            reply["name"] = op.to or ""
        case "delete":
            scenes.delete(name)
    return SceneResult(reply)


class Scenes:
    """The scenes in `folder`, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.files = NamedFiles(folder, "scene", _LARGEST_BYTES)
        self._setlist = folder / _SETLIST

    def order(self) -> list[str]:
        """Return the names of all scenes in the order of the setlist. Raises NamedError if the setlist is damaged."""
        names = self.files.names()
        listed = [name for name in dict.fromkeys(self._listed()) if name in names]
        return [*listed, *(name for name in names if name not in listed)]

    def chosen(self, action: SceneAction, slot: int | None, current: str) -> str:
        """Return the scene of a slot, counted from 1, or for `next` the one after `current`. Raises NamedError."""
        order = self.order()
        if action == "next":
            index = order.index(current) + 1 if current in order else 0
            if index >= len(order):
                last = f"{current} is the last scene" if order else "there is no scene"
                raise NamedError(f"{last}, so none comes next", "not_found")
            return order[index]
        if slot is None or slot > len(order):
            raise NamedError(
                f"there are {len(order)} scenes, so the slot {slot} is empty", "not_found", "slot"
            )
        return order[slot - 1]

    def save(self, name: str, scene: SceneFile, slot: int | None = None) -> Path:
        """Write a scene; a new one is the last of the setlist, or has the place `slot`. Raises NamedError."""
        self.files.path(name)  # the name comes first: it is refused before anything is read
        order = self.order()
        path = self.files.write(name, _table(scene))
        if slot is not None or name not in order:
            others = [other for other in order if other != name]
            place = len(others) if slot is None else slot - 1
            self._write_order([*others[:place], name, *others[place:]])
        return path

    def load(self, name: str) -> SceneFile:
        """Return a scene. Raises NamedError if it is absent or damaged."""
        path, table = self.files.path(name), self.files.read(name)
        try:
            scene = msgspec.convert(table, _Scene)
        except msgspec.ValidationError as error:
            raise NamedError(f"{path}: {str(error).replace('$.', '')}") from None
        if strange := {*scene.models} - {*_PLACES}:
            raise NamedError(f"{path}: [models] has {', '.join(_PLACES)}; got {', '.join(sorted(strange))}")
        return SceneFile(
            checked(path, scene.parameters),
            scene.seed,
            scene.section,
            scene.bar,
            scene.models,
            _prime(path, scene.prime),
        )

    def rename(self, name: str, new_name: str) -> None:
        """Give a scene another name; its place stays. Raises NamedError."""
        order = self.order()
        self.files.rename(name, new_name)
        self._write_order([new_name if each == name else each for each in order])

    def delete(self, name: str) -> None:
        """Delete a scene. Raises NamedError."""
        order = self.order()
        self.files.delete(name)
        self._write_order([each for each in order if each != name])

    def _listed(self) -> list[str]:
        if not self._setlist.exists():
            return []
        names = self.files.read_table(self._setlist).get("scenes")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise NamedError(f'{self._setlist}: it has no list of names; write scenes = ["first", "second"]')
        return names

    def _write_order(self, names: list[str]) -> None:
        self.files.write_table(self._setlist, {"scenes": names})


def _table(scene: SceneFile) -> dict[str, Any]:
    facts = {"seed": scene.seed, "section": scene.section or None, "bar": scene.bar}
    table: dict[str, Any] = {key: value for key, value in facts.items() if value is not None}
    table["models"] = scene.models
    if (heard := scene.prime) is not None:
        notes = None if heard.notes is None else [list(note) for note in heard.notes]
        primed = {"path": heard.path, "from_bar": heard.from_bar, "notes": notes}
        table["prime"] = {key: value for key, value in primed.items() if value is not None}
    return {**table, "parameters": nested(scene.values)}


def _prime(path: Path, primed: _Primed | None) -> Prime | None:
    if primed is None:
        return None
    if (primed.notes is None) == (primed.path is None):
        raise NamedError(f"{path}: [prime] has either path or notes")
    return Prime(None if primed.notes is None else tuple(primed.notes), primed.path, primed.from_bar)
