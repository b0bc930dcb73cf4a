"""`make bench`: measure every figure in one run, print a table, write JSON."""

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from rich.console import Console

from daemon.player.timing.realtime import become_realtime
from tests.benchmarks import offline, panels, playing
from tests.benchmarks.figure import Figure, shown, table_of
from tests.benchmarks.stage import TEMPO, BenchError, jack_server, measured_apart
from tests.imports import ROOT

OUT: Final = ROOT / "docs" / "bench.json"
_PACKAGES: Final = ("edmd", "isobar", "mido", "numpy", "onnxruntime-gpu", "python-rtmidi", "pyzmq", "torch")


class Effort(NamedTuple):
    """The length of each measurement."""

    lateness_seconds: float
    memory_seconds: float
    ticks: int
    bars: int
    starts: int


@click.command()
@click.option("--quick", is_flag=True, help="A short run of about two minutes; its figures are not reliable.")
@click.option("--minutes", default=10.0, show_default=True, help="Length of the memory measurement.")
@click.option(
    "--only-panels", is_flag=True, help="Measure only the rows of the panels; the others in the file stay."
)
@click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path), help="The JSON file.")
def main(quick: bool, minutes: float, only_panels: bool, out: Path) -> None:
    """Measure everything. The exit status is 1 if a measurement fails or a figure misses its reach."""
    # Outside a terminal the table is wide enough that its lines do not break.
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    effort = Effort(15, 20, 300, 128, 1) if quick else Effort(120, minutes * 60, 4000, 1024, 5)
    figures: list[Figure] = []
    try:
        with jack_server(), tempfile.TemporaryDirectory() as folder:
            measured = _of_panels(effort) if only_panels else _measured(effort, Path(folder))
            for some in measured:
                figures += some
                console.print(*(f"{figure.name}: {shown(figure)[0]}" for figure in some), sep="\n")
    except BenchError as error:
        raise click.ClickException(str(error)) from None
    console.rule()
    console.print(table_of(figures))
    if not quick or out != OUT:
        (_replace_rows if only_panels else _write_all)(figures, effort, out)
        console.print(f"written to {out}")
    raise SystemExit(int(any(figure.met is False for figure in figures)))


def _measured(effort: Effort, folder: Path) -> Iterator[list[Figure]]:
    take = folder / "take.mid"
    offline.render(round(effort.lateness_seconds * TEMPO / 60 / 4), take)
    yield _step_figures(effort.ticks)
    yield offline.render_figures(effort.bars, folder)
    yield [Figure("edmd play to first note", playing.first_note_seconds(effort.starts), "s", 2)]
    seen = playing.idle(effort.lateness_seconds, effort.memory_seconds)
    yield playing.lateness_figures(seen, str(take))
    yield playing.flood_figures(*playing.flooded(effort.lateness_seconds), seen.lateness_us["p99"])
    for name, *rates in (("OSC", playing.OSC_RATE, 0), ("MIDI control", 0, playing.CC_RATE)):
        knobs = playing.controlled(effort.lateness_seconds, *rates)
        yield playing.controlled_figures(name, *knobs, seen.lateness_us["p99"])
    yield playing.cost_figures(seen)
    yield from _of_panels(effort)


def _of_panels(effort: Effort) -> Iterator[list[Figure]]:
    yield panels.figures(*panels.watched(effort.lateness_seconds))


def _step_figures(ticks: int) -> list[Figure]:
    """Return the figures of single steps, against torch eager."""
    spans = measured_apart("steps", str(ticks))
    runtime, eager, engine = spans["runtime"], spans["torch"], spans["engine"]
    ratio = f"torch eager takes {eager['p50'] / runtime['p50']:.1f} times as long"
    return [
        Figure("both LSTM steps with sampling, p50", runtime["p50"] / 1e3, "ms", 1.5, note=ratio),
        *(
            Figure(
                f"{part}: a step of {rows} rows against its matrix products",
                each["ratio"],
                "",
                1.6 if rows == "64" else None,
                note=f"{each['step_us'] / 1e3:.2f} ms",
            )
            for part, by_rows in spans["batches"].items()
            for rows, each in by_rows.items()
        ),
        Figure("both LSTM steps with sampling, p99", runtime["p99"] / 1e3, "ms"),
        Figure("the same shapes in torch eager, p50", eager["p50"] / 1e3, "ms"),
        Figure("the same shapes in torch eager, p99", eager["p99"] / 1e3, "ms"),
        Figure("a whole tick of the engine, p50", engine["p50"] / 1e3, "ms"),
    ]


def _replace_rows(figures: list[Figure], effort: Effort, out: Path) -> None:
    """Replace rows of the last complete run by newly measured ones, with their own date."""
    contents = json.loads((out if out.exists() else OUT).read_text(encoding="utf-8"))
    day = f"measured {time.strftime('%Y-%m-%d')}, {effort.lateness_seconds:g} s each, load {os.getloadavg()[2]:.1f}"
    dated = [replace(figure, note=f"{figure.note}; {day}".lstrip("; ")).as_dict() for figure in figures]
    names = {row["name"] for row in dated}
    contents["figures"] = [*(row for row in contents["figures"] if row["name"] not in names), *dated]
    _write(contents, out)


def _write_all(figures: list[Figure], effort: Effort, out: Path) -> None:
    contents = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": _machine(),
        "measured": effort._asdict(),
        "figures": [figure.as_dict() for figure in figures],
    }
    _write(contents, out)


def _write(contents: dict[str, Any], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(contents, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[2],
        "system": f"{platform.system()} {platform.release().partition('.')[0]}",
        "python": platform.python_version(),
        # This process gets the same scheduling as the player. It comes last because it changes this process.
        "scheduling": become_realtime(),
        "versions": {name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


if __name__ == "__main__":
    main()
