"""The panel's scripts import in one direction: views from what lies below them, and nothing in a circle.

Requests go down through imports. What happened comes up through the topics of `state/bus.js`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.imports import Imports, circles
from tests.panel.test_scripts import SCRIPTS

# A folder, and the folders that its scripts may import from beside their own.
MAY_IMPORT: Final[Mapping[str, tuple[str, ...]]] = {
    "parts": (),
    "state": (),
    "audio": ("state", "parts"),
    "controls": ("audio", "state", "parts"),
    "views": ("controls", "audio", "state", "parts"),
    "": ("views", "controls", "audio", "state", "parts"),
}
# The views and controls that are made of others, and of which. All others import none of their own folder.
MADE_OF: Final[Mapping[str, frozenset[str]]] = {
    "views/songs.js": frozenset({"views/openedsong.js", "views/songforms.js", "views/songlist.js"}),
    "views/openedsong.js": frozenset({"views/songcompare.js", "views/songplayer.js", "views/songsheet.js"}),
    "views/songcompare.js": frozenset({"views/songsheet.js"}),
    "controls/mixer.js": frozenset({"controls/dials.js", "controls/mutes.js"}),
    "controls/mutes.js": frozenset({"controls/dials.js"}),
    "controls/pads.js": frozenset({"controls/dials.js"}),
}
# The one script that sends requests, and the one that reads the stream of messages.
CONNECTED: Final = {"state/api.js", "state/stream.js"}
# Scripts that run as a worker or in the audio thread: no script imports them.
WORKERS: Final = {"audio/ticker.js", "audio/limiter_worklet.js"}
_IMPORTED: Final = re.compile(r"""^(?:import|export)\b[^"';]*["'](\.[^"']+)["']""", re.MULTILINE)
_FETCHES: Final = re.compile(r"\b(?:fetch|EventSource|XMLHttpRequest|sendBeacon|WebSocket)\(")


def read_scripts(folder: Path = SCRIPTS) -> Imports:
    """Return the scripts that each script imports, as paths below `folder`."""
    return {
        path.relative_to(folder).as_posix(): frozenset(
            (path.parent / name).resolve().relative_to(folder.resolve()).as_posix()
            for name in _IMPORTED.findall(path.read_text(encoding="utf-8"))
        )
        for path in sorted(folder.rglob("*.js"))
    }


def upward(imports: Imports) -> list[str]:
    """Return the imports that a folder or a view may not have."""
    return [
        f"{script} imports {name}"
        for script, names in imports.items()
        for name in sorted(names)
        if not (_folder(name) in MAY_IMPORT[_folder(script)] or _is_beside(script, name))
    ]


def _is_beside(script: str, name: str) -> bool:
    if _folder(script) != _folder(name):
        return False
    return name in MADE_OF.get(script, ()) if _folder(script) in ("views", "controls") else True


def _folder(script: str) -> str:
    return script.rpartition("/")[0]


@pytest.fixture(scope="module")
def imports() -> Imports:
    return read_scripts()


def test_scripts_import_in_no_circle(imports: Imports) -> None:
    assert circles(imports) == []


def test_scripts_import_only_from_below(imports: Imports) -> None:
    assert upward(imports) == []


def test_every_script_is_read_and_every_name_exists(imports: Imports) -> None:
    assert {name for names in imports.values() for name in names} <= imports.keys()
    assert {*MADE_OF, *(name for names in MADE_OF.values() for name in names), *CONNECTED} <= imports.keys()
    assert {_folder(script) for script in imports} == MAY_IMPORT.keys()


def test_nothing_is_left_that_no_page_loads(imports: Imports) -> None:
    loaded, waiting = {"main.js"}, ["main.js"]
    while waiting:
        for name in imports[waiting.pop()] - loaded:
            loaded.add(name)
            waiting.append(name)
    assert imports.keys() - loaded == WORKERS


def test_two_scripts_alone_speak_with_the_panel(imports: Imports) -> None:
    found = {script for script in imports if _FETCHES.search((SCRIPTS / script).read_text(encoding="utf-8"))}
    assert found == CONNECTED


@pytest.mark.parametrize(
    ("script", "line", "told"),
    [
        ("views/roll.js", 'import { a } from "./plan.js";', "views/roll.js imports views/plan.js"),
        ("state/bus.js", 'import "../views/roll.js";', "state/bus.js imports views/roll.js"),
        ("state/bus.js", 'import {\n  say,\n} from "../parts/dom.js";', "state/bus.js imports parts/dom.js"),
        ("parts/dom.js", 'export { on } from "../state/bus.js";', "parts/dom.js imports state/bus.js"),
        ("controls/dials.js", 'import "./pads.js";', "controls/dials.js imports controls/pads.js"),
        ("state/bus.js", 'import "./store.js";', "state/bus.js, state/store.js"),
    ],
)
def test_a_violation_is_found(script: str, line: str, told: str, tmp_path: Path) -> None:
    sources = {
        "parts/dom.js": "",
        "state/bus.js": "",
        "state/store.js": 'import { on } from "./bus.js";',
        "controls/dials.js": "",
        "controls/pads.js": 'import { dial } from "./dials.js";',
        "views/plan.js": 'import { on } from "../state/bus.js";',
        "views/roll.js": "",
    }
    for name, source in {**sources, script: f"{sources[script]}\n{line}"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    made = read_scripts(tmp_path)
    assert told in [*upward(made), *(", ".join(circle) for circle in circles(made))]
