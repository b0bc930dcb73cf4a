"""Imports point one way: the tables of docs/architecture.md, held as code."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.imports import FOLDERS, ROOT, Imports, calls, circles, composed_names, is_in, reached, read_imports

# A folder, and what it may import of the project beside itself.
MAY_IMPORT: Final[Mapping[str, tuple[str, ...]]] = {
    "daemon": ("models", "exporters.midi", "exporters.writing", "exporters.kept"),
    "models": (),
    "exporters": ("models",),
    "training": (
        "models",
        *(f"exporters.{name}" for name in ("onnx", "files", "picture", "charts", "progress", "writing")),
    ),
}
# The places where a folder hands over to another one, and to what.
DOORS: Final[Mapping[str, tuple[str, ...]]] = {
    "daemon.commands.train": ("training", "torch"),
    "daemon.commands.exporting": ("exporters",),
    "daemon.commands.export": ("exporters",),
    "daemon.commands.render": ("exporters",),
    "daemon.panel.songs.exporting": ("exporters",),
    "daemon.panel.drawings": ("exporters",),
    "daemon.commands.evaluate": ("training",),
    "daemon.commands.extras": ("exporters",),
    "daemon.commands.checks": ("exporters",),
    "daemon.commands.models": ("training",),
    "daemon.commands.study": ("exporters",),
    "daemon.study.clips": ("exporters",),
    "daemon.workers.export": ("exporters",),
    "daemon.study.report": ("exporters",),
}
# A library, and the only places that import it.
ONLY_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "flask": ("daemon.panel", "daemon.study.app"),
    "waitress": tuple(f"daemon.panel.guard.{name}" for name in ("connections", "listening", "parsing")),
    "cryptography": ("daemon.panel.guard.certificate",),
    "textual": ("daemon.top.app",),
    "prometheus_client": ("daemon.panel.health",),
    "torch": ("training", "exporters.onnx"),
    "lightning": ("training",),
    "music21": ("exporters.score", "exporters.measures"),
    "onnx": ("exporters.onnx", "training.convert", "training.systems.edm.starting"),
    "matplotlib": ("exporters.picture", "exporters.charts"),
    "mido": ("exporters.midi",),
    "verovio": ("exporters.engraving",),
    "typst": ("exporters.engraving",),
    "fluidsynth": ("exporters.fluid",),
    "libsonare": ("exporters.builtin",),
    "soundfile": ("exporters.soundfiles",),
    "rtmidi": ("daemon.player.ports.rtmidi_driver", "daemon.input.rtmidi_input"),
    "jack": ("daemon.player.ports.patchbay",),
    "multiprocessing": ("daemon.supervision.launch", "daemon.player.joined"),
    "onnxruntime": ("models.stepping", "daemon.commands.checks"),
    "pythonosc": ("daemon.gateway.osc.packets",),
    "zeroconf": ("daemon.gateway.osc.announcing",),
    "zmq": (
        "daemon.client",
        "daemon.gateway.binding",
        "daemon.gateway.role",
        "daemon.gateway.zap",
        "daemon.gateway.zeromq",
    ),
}
# A module, and what it must not bring in, be it through others.
MUST_NOT_REACH: Final[Mapping[str, tuple[str, ...]]] = {
    "daemon.player.role": (
        *("onnxruntime", "zmq", "numpy", "torch", "mido", "music21", "training", "exporters"),
        *("daemon.composer", "daemon.music", "daemon.control", "daemon.parameters"),
    ),
    "daemon.input.role": (
        *("onnxruntime", "zmq", "numpy", "threading", "daemon.composer", "daemon.gateway", "daemon.music"),
        *("daemon.control", "daemon.config", "daemon.player.player", "daemon.player.timing"),
    ),
    "daemon.supervision.supervisor": (
        *("onnxruntime", "zmq", "numpy", "rtmidi", "models", "training", "exporters"),
        *("daemon.composer", "daemon.player", "daemon.music", "daemon.config"),
    ),
    "daemon.music.deck.deck": (
        *("zmq", "rtmidi", "socket", "selectors", "threading", "multiprocessing", "exporters"),
        *("daemon.composer", "daemon.player", "daemon.link", "daemon.control", "daemon.config"),
    ),
    "daemon.music.deck.gestures": (
        "time",
        "threading",
        "socket",
        "daemon.composer",
        "daemon.player",
        "daemon.link",
    ),
    **{
        f"daemon.mapping.{name}": ("zmq", "time", "daemon.gateway", "daemon.composer", "daemon.player")
        for name in ("engine", "learning", "echo", "loopback", "mapfile")
    },
    "daemon.automation": ("numpy", "time", "daemon.music", "daemon.composer", "daemon.control"),
    "daemon.composer.playing.feeder": (
        "zmq",
        "socket",
        "daemon.control",
        "daemon.gateway",
        "daemon.supervision",
    ),
    "daemon.link.timeline": ("time", "numpy", "threading", "daemon"),
    "daemon.reporting.logs": ("zmq", "numpy", "time", "models", "daemon.config", "daemon.player"),
    "daemon.parameters": ("zmq", "numpy", "daemon.automation", "daemon.control", "daemon.config"),
    "daemon.control.protocol": (
        *("zmq", "daemon.composer", "daemon.gateway", "daemon.music", "daemon.player"),
        "daemon.control.telemetry",
    ),
    "daemon.gateway.role": (
        *("daemon.composer", "daemon.music", "daemon.player", "daemon.config"),
        *("onnxruntime", "numpy", "rtmidi", "models.bundle"),
    ),
    **{
        f"daemon.top.{name}": (
            "daemon.composer",
            "daemon.music",
            "daemon.player",
            "daemon.panel",
            "onnxruntime",
        )
        for name in ("app", "link", "texts")
    },
    "daemon.client": ("daemon.composer", "daemon.music", "daemon.player", "onnxruntime"),
    "daemon.spool": ("zmq", "numpy", "daemon.control", "daemon.workers", "daemon.composer", "daemon.player"),
    "daemon.gateway.steps": (
        *("zmq", "numpy", "onnxruntime", "rtmidi"),
        *("daemon.composer", "daemon.music", "daemon.player"),
    ),
    **{
        f"daemon.workers.{name}": ("zmq", "rtmidi", "torch", "daemon.composer", "daemon.player")
        for name in ("runner", "prime", "presets", "bundles", "prepare", "finish")
    },
    "daemon.panel.serving": (
        *("daemon.composer", "daemon.music", "daemon.player", "onnxruntime", "rtmidi", "torch"),
        "multiprocessing",
    ),
    "daemon.study.serving": (
        *("daemon.composer", "daemon.music", "daemon.player", "daemon.panel.app", "daemon.panel.songs"),
        *("onnxruntime", "rtmidi", "zmq", "torch", "exporters", "scipy"),
    ),
    **{
        f"daemon.study.{name}": (
            "daemon.composer",
            "daemon.music",
            "daemon.player",
            "daemon.panel",
            "zmq",
            "time",
        )
        for name in ("design", "statistics", "passages", "study")
    },
    "daemon.composer.composer": ("torch", "music21", "training", "rich", "zmq", "daemon.gateway"),
}
# What a module brings in all the same, and by which import.
EXCEPT_BY: Final[Mapping[str, Mapping[str, str]]] = {
    # The thread that writes the log; a forked child makes its own.
    "daemon.supervision.supervisor": {
        "daemon.reporting.logs": "threading",
        "daemon.reporting.log_writer": "threading",
    },
    # Messages to the player hold its timeline, which is plain data.
    "daemon.gateway.role": {"daemon.link.player": "daemon.link.timeline"},
}
# A recipe makes its system when training begins; until then it is a table that needs no torch.
HANDED_ON: Final = {
    f"training.systems.{name}.recipe": f"training.systems.{name}.system"
    for name in ("edm", "gauge", "sequences")
}
LOWER: Final = ("threading", "multiprocessing", "zmq", "rtmidi", "time")


@pytest.fixture(scope="module")
def imports() -> Imports:
    return read_imports()


def strays(imports: Imports) -> list[str]:
    """Imports that a folder may not have."""
    return [
        f"{module} imports {name}"
        for module, names in imports.items()
        for name in names
        if name.partition(".")[0] in FOLDERS
        and not _any_in(name, (folder := module.partition(".")[0], *MAY_IMPORT[folder], *_door(module)))
        and not _any_part(name, MAY_IMPORT[folder])
    ]


def misplaced(imports: Imports) -> list[str]:
    """Libraries imported outside their places."""
    return [
        f"{module} imports {library}"
        for module, names in imports.items()
        for library, places in ONLY_IN.items()
        if _any_in(library, names) or any(is_in(name, library) for name in names)
        if not _any_in(module, places) and library not in _door(module)
    ]


def overreaching(imports: Imports) -> list[str]:
    """Forbidden things a module brings in, each with who brought it."""
    return [
        f"{start} reaches {name}, brought by {by}"
        for start, forbidden in MUST_NOT_REACH.items()
        for name, by in reached(_without(imports, EXCEPT_BY.get(start, {})), start).items()
        if name != start and _any_in(name, forbidden)
    ]


def _without(imports: Imports, exceptions: Mapping[str, str]) -> Imports:
    left = {
        module: frozenset(name for name in imports.get(module, ()) if not is_in(name, exception))
        for module, exception in exceptions.items()
    }
    return {**imports, **left}


def _door(module: str) -> tuple[str, ...]:
    return DOORS.get(module, ())


def _any_in(name: str, modules: Iterable[str]) -> bool:
    return any(is_in(name, module) for module in modules)


def _any_part(name: str, modules: Iterable[str]) -> bool:
    """Return whether `name` is only the package that leads to an allowed module, as in `from exporters import midi`."""
    return any(is_in(module, name) for module in modules)


def test_folders_import_one_way(imports: Imports) -> None:
    assert strays(imports) == []


def test_libraries_stay_in_their_places(imports: Imports) -> None:
    assert misplaced(imports) == []


def test_no_module_brings_in_what_it_must_do_without(imports: Imports) -> None:
    assert overreaching(imports) == []


def test_modules_import_in_no_circle() -> None:
    assert circles(_without(read_imports(with_types=False), HANDED_ON)) == []


def test_packages_of_the_daemon_import_in_no_circle() -> None:
    # Messages to the player hold its timeline, which is plain data.
    modules = _without(read_imports(with_types=False), {"daemon.link.player": "daemon.link.timeline"})
    packages: dict[str, set[str]] = {}
    for module, names in modules.items():
        packages.setdefault(_package(module), set()).update(_package(name) for name in names)
    found = circles({package: frozenset(names) for package, names in packages.items()})
    assert [circle for circle in found if is_in(circle[0], "daemon")] == []


def _package(module: str) -> str:
    """Return the package below `daemon` that holds a module; other modules count for themselves."""
    package = ".".join(module.split(".")[:2])
    return package if is_in(module, "daemon") and (ROOT / package.replace(".", "/")).is_dir() else module


def test_no_code_composes_the_name_of_an_attribute() -> None:
    assert [
        found
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for found in composed_names(path)
    ] == []


def test_models_know_no_thread_no_port_and_no_time(imports: Imports) -> None:
    found = [
        f"{module}: {name}"
        for module, names in imports.items()
        for name in names
        if is_in(module, "models") and _any_in(name, LOWER)
    ]
    assert found == []


def test_every_name_in_the_tables_exists(imports: Imports) -> None:
    places = [place for places in ONLY_IN.values() for place in places]
    excepted = {*HANDED_ON, *HANDED_ON.values()} | {
        module for modules in EXCEPT_BY.values() for module in modules
    }
    named = {
        *MUST_NOT_REACH,
        *EXCEPT_BY,
        *excepted,
        *DOORS,
        *places,
        *(name for names in MAY_IMPORT.values() for name in names),
    }
    assert named - imports.keys() == set()


def test_one_file_of_the_daemon_sleeps() -> None:
    sleepers = {path.stem for path in (ROOT / "daemon").rglob("*.py") if calls(path, "time.sleep")}
    assert sleepers == {"clock"}


def test_only_the_clock_tells_the_player_the_time(imports: Imports) -> None:
    tellers = [name for name in reached(imports, "daemon.player.player") if "time" in imports.get(name, ())]
    assert tellers == ["daemon.player.timing.clock"]


def test_systems_know_neither_the_ensemble_nor_what_plays_it(imports: Imports) -> None:
    above = [f"daemon.music.{name}" for name in ("ensemble", "deck")]
    assert [name for name in above if name not in imports] == []
    found = [
        f"{module} reaches {name}"
        for module in imports
        if is_in(module, "daemon.music.systems")
        for name in reached(imports, module)
        if _any_in(name, above)
    ]
    assert found == []


def test_music_knows_nothing_of_the_composer(imports: Imports) -> None:
    others = [
        f"daemon.{name}" for name in ("composer", "player", "link", "control", "gateway", "supervision")
    ]
    found = [
        f"{module} reaches {name}"
        for module in imports
        if is_in(module, "daemon.music")
        for name in reached(imports, module)
        if _any_in(name, others)
    ]
    assert found == []


def test_music_reads_the_time_only_to_measure_how_long_a_tick_takes(imports: Imports) -> None:
    readers = [name for name in imports if is_in(name, "daemon.music") and "time" in imports[name]]
    assert readers == ["daemon.music.deck.deck"]


def test_no_part_of_the_composer_brings_in_zeromq(imports: Imports) -> None:
    found = [name for name in imports if is_in(name, "daemon.composer") and "zmq" in reached(imports, name)]
    assert found == []


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("daemon.player.role", ("onnxruntime", "zmq", "numpy", "flask", "torch")),
        ("daemon.composer.assembly", ("torch", "music21", "lightning", "training", "matplotlib", "zmq")),
        ("daemon.gateway.role", ("onnxruntime", "numpy", "rtmidi", "flask")),
        ("training.evaluation.evaluate", ("torch", "lightning")),
        ("daemon.cli", ("onnxruntime", "zmq", "numpy", "rtmidi", "daemon.composer.composer")),
    ],
)
def test_a_fresh_interpreter_agrees(module: str, absent: tuple[str, ...]) -> None:
    program = f"import sys, {module}; print([name for name in {absent!r} if name in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert ran.stdout.strip() == "[]"


def test_a_circle_is_found(tmp_path: Path) -> None:
    sources = {
        "daemon/one.py": "from daemon import two",
        "daemon/two.py": "def f():\n    import models.three",
        "models/three.py": "from daemon.one import g",
        "models/four.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from training import five",
        "training/five.py": "from models import four",
    }
    for name, source in sources.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    assert circles(read_imports(tmp_path, with_types=False)) == [["daemon.one", "daemon.two", "models.three"]]
    assert ["models.four", "training.five"] in circles(read_imports(tmp_path))


def test_a_composed_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        'a = getattr(b, c)\nd = getattr(b, f"{c}_mute")\nsetattr(b, "x" + c, 1)\n', encoding="utf-8"
    )
    assert [found.partition(":")[2] for found in composed_names(tmp_path / "one.py")] == ["2", "3"]


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        (
            "daemon/music/ensemble/ensemble.py",
            "from training import fit",
            "daemon.music.ensemble.ensemble imports training",
        ),
        (
            "models/notes.py",
            "import daemon.player.timing.clock",
            "models.notes imports daemon.player.timing.clock",
        ),
        ("training/fit.py", "def f():\n    import zmq", "training.fit imports zmq"),
        ("models/notes.py", "import numpy", "daemon.player.role reaches numpy, brought by models.notes"),
        (
            "daemon/music/ensemble/ensemble.py",
            "from exporters import onnx",
            "daemon.music.ensemble.ensemble imports exporters.onnx",
        ),
    ],
)
def test_a_violation_is_found(file: str, line: str, told: str, tmp_path: Path) -> None:
    sources = {
        "daemon/player/role.py": "from models.notes import Note",
        "daemon/music/ensemble/ensemble.py": "from exporters import midi",
        "models/notes.py": "",
        "training/fit.py": "import torch",
        "exporters/midi.py": "import mido",
    }
    for name, source in {**sources, file: line}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    made = read_imports(tmp_path)
    assert told in [*strays(made), *misplaced(made), *overreaching(made)]
