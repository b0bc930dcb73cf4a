"""The generated tables of README.md and the model card; `python -m tests.readme` writes them."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from daemon.control.actions import ACTIONS
from daemon.numerals import word
from daemon.parameters import SPECS, Spec
from models.codecs.sequences import NAMES
from tests.benchmarks import attacks
from tests.benchmarks.figure import Figure, shown
from tests.imports import ROOT
from tests.markdown import markdown
from tests.music import symboltables
from tests.music.row import Row
from tests.protocol import page as protocol

README: Final = ROOT / "README.md"
CARD: Final = ROOT / "docs" / "model-card.md"
CONTROL: Final = ROOT / "docs" / "control.md"
PARAMETERS: Final = ROOT / "docs" / "parameters.md"
MUSIC: Final = ROOT / "docs" / "music.json"
BENCH: Final = ROOT / "docs" / "bench.json"
ATTACKS: Final = ROOT / "docs" / "attacks.json"
FOLLOWING: Final = ROOT / "docs" / "following.json"
CLOCK: Final = ROOT / "docs" / "clock.md"
SYSTEM_PAGES: Final = ROOT / "docs" / "systems"
BENCHMARKS: Final = ROOT / "docs" / "benchmarks.md"


def parameters() -> str:
    """Return the table of live parameters."""
    rows = [
        (f"`{spec.name}`", _range(spec), _default(spec), "yes" if spec.smoothing == "ramp" else "", spec.help)
        for spec in SPECS.values()
    ]
    return markdown(("parameter", "range", "default", "glides", "meaning"), rows)


def figures() -> str:
    """Return the figures of the last `make bench` that have a target (reach)."""
    return _figures(lambda row: row["reach"] is not None)


def benchmarks() -> str:
    """Return the text of docs/benchmarks.md: the machine and every figure of the last `make bench`."""
    machine, date = _bench()["machine"], _bench()["date"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    where = (
        f"Measured {date} on {machine['cores']} cores of {machine['processor']}, {machine['system']}, "
        f"Python {machine['python']}, {versions}; {machine['scheduling']}. JACK runs without hardware (64 frames, "
        "48 kHz). isobar and mido play the notes of the same seed in separate processes, to a device that "
        "does nothing, at normal priority. Their lateness is relative to their own most punctual note. The "
        "lateness of edmd is relative to the time in its timeline, while it composes."
    )
    head = "# Benchmarks\n\nWritten by `make bench` and `make readme`, from [bench.json](bench.json)."
    return f"{head}\n\n{where}\n\n{_figures(lambda _: True)}\n\n{_following()}\n\n{_attacks()}\n"


def _following() -> str:
    """Return the figures of the last `python -m tests.benchmarks.following`."""
    told: dict[str, Any] = json.loads(FOLLOWING.read_text(encoding="utf-8"))
    text = (
        "## Following a clock\n\n"
        "Written by `python -m tests.benchmarks.following` into [following.json](following.json) on "
        f"{told['date']}, while other programs used the machine too (load {told['load']}). The first figure is in virtual "
        "time, with the clocks that isobar gets; the others are those of the daemon beside jack_midi_clock. The whole "
        "table is in [clock.md](clock.md)."
    )
    rows = [(row["name"], *shown(_figure(row)), row["note"]) for row in told["figures"]]
    return f"{text}\n\n{markdown(('figure', 'measured', 'reach', 'met', 'note'), rows)}"


def jitter() -> str:
    """Return the error of notes under clocks with jitter, of edmd and of isobar."""
    rows = json.loads(FOLLOWING.read_text(encoding="utf-8"))["jitter"]
    head = ["jitter of each clock, uniform", *(f"±{row['jitter_ms']} ms" for row in rows)]
    lines = [
        (f"{name}, p95 of the error", *(f"{row[key]:.2f} ms" for row in rows))
        for name, key in (("edmd", "edmd_ms"), ("isobar", "isobar_ms"))
    ]
    return markdown(head, lines)


def _attacks() -> str:
    """Return the results of the last `python -m tests.benchmarks.attacks`."""
    told: dict[str, Any] = json.loads(ATTACKS.read_text(encoding="utf-8"))
    rows = [attacks.Row(**row) for row in told["rows"]]
    text = (
        "## Attacks\n\n"
        f"Written by `python -m tests.benchmarks.attacks` into [attacks.json](attacks.json) on {told['date']}, "
        f"{told['seconds']:g} s each, on {told['cores']} cores that other programs used too (load {told['load']}). Each "
        "attack is a client in a separate process against a fresh daemon. It sends as fast as it can, up to 100 requests "
        "ahead of their answers, while a second client pings. The figure in brackets is that of the same "
        f"daemon just before the attack. Reach: {attacks.REACH}. {told.get('note', '')}"
    )
    return f"{text.rstrip()}\n\n{markdown(attacks.COLUMNS, [row.words() for row in rows])}"


def _bench() -> dict[str, Any]:
    bench: dict[str, Any] = json.loads(BENCH.read_text(encoding="utf-8"))
    return bench


def _figures(wanted: Callable[[Mapping[str, Any]], bool]) -> str:
    rows = [(row["name"], *shown(_figure(row)), row["note"]) for row in _bench()["figures"] if wanted(row)]
    return markdown(("figure", "measured", "reach", "met", "note"), rows)


def music() -> str:
    """Return the figures of the last `make music` that have a target, each beside that of real music."""
    rows = [
        (row, each.name, each.measured, each.reach, each.verdict, each.beside, each.note)
        for row, told in json.loads(MUSIC.read_text(encoding="utf-8")).items()
        for each in map(_row, told["figures"])
        if each.met is not None
    ]
    return markdown(("row", "figure", "measured", "reach", "met", "real", "note"), rows)


def _row(told: Mapping[str, Any]) -> Row:
    value = float("nan") if told["value"] is None else told["value"]
    return Row(**{key: each for key, each in told.items() if key not in ("met", "value")}, value=value)


def actions() -> str:
    """Return the table of actions that controllers and OSC share."""
    rows = [
        (f"`{name}`", f"`/edmd/{each.path}`", each.argument.words if each.argument else "", each.help)
        for name, each in ACTIONS.items()
    ]
    return markdown(("in a map", "by OSC", "takes", "does"), rows)


TABLES: Final[Mapping[Path, Mapping[str, Callable[[], str]]]] = {
    README: {"figures": figures},
    PARAMETERS: {"parameters": parameters},
    CARD: {"music": music},
    CONTROL: {"actions": actions},
    CLOCK: {"jitter": jitter},
    protocol.PAGE: {
        "errors": protocol.errors,
        "ops": protocol.ops,
        "topics": protocol.topics,
        "shapes": protocol.shapes,
    },
    **{SYSTEM_PAGES / f"{name}.md": {name: partial(symboltables.table, name)} for name in NAMES},
}


def filled(page: Path) -> str:
    """Return the text of a page with every table up to date."""
    text = page.read_text(encoding="utf-8")
    for name, table in TABLES[page].items():
        begin, end = f"<!-- {name}: written by `make readme` -->", f"<!-- end of {name} -->"
        if begin not in text or end not in text:
            raise ValueError(f"{page.name} has no place for {name}: {begin} ... {end}")
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{table()}\n{end}{after}"
    return text


def _range(spec: Spec) -> str:
    if spec.kind in ("float", "int"):
        low, high = spec.describe()["range"]
        return f"{low:g} to {high:g} {spec.unit}".strip() + (", whole" if spec.kind == "int" else "")
    if spec.kind == "bool":
        return "true, false"
    return ", ".join(f"`{choice}`" for choice in spec.choices[:3]) + ", ..."


def _default(spec: Spec) -> str:
    return word(spec.default)


def _figure(row: Mapping[str, Any]) -> Figure:
    return Figure(row["name"], row["value"], row["unit"], row["reach"], row["side"], row["note"])


if __name__ == "__main__":
    for page in TABLES:
        page.write_text(filled(page), encoding="utf-8")
    BENCHMARKS.write_text(benchmarks(), encoding="utf-8")
    protocol.SCHEMA.write_text(protocol.schema_text(), encoding="utf-8")
