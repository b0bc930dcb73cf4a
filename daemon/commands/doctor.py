"""`edmd doctor`: show what edmd finds on this machine, and how to fix what is missing."""

import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from daemon.about import NOT_INSTALLED, package_version
from daemon.commands import checks
from daemon.commands.checks import Check
from daemon.commands.numbers import RealRange
from daemon.control.telemetry import percentiles
from daemon.player.timing.clock import SystemClock
from models.notes import PULSES_PER_CLOCK, PULSES_PER_TICK, TICKS_PER_BAR

if TYPE_CHECKING:  # importing it would load the networks' runtime
    from daemon.music.ensemble.ensemble import Ensemble

PACKAGES: Final = (
    "edmd",
    "numpy",
    "onnxruntime",
    "onnxruntime-gpu",
    "mido",
    "python-rtmidi",
    "pyzmq",
    "music21",
)
WAKE_SECONDS: Final = 60 / 128 / 24  # one MIDI clock at 128 BPM
CLOCKS_PER_TICK: Final = PULSES_PER_TICK // PULSES_PER_CLOCK


@click.command()
@click.option("-c", "--config", "path", type=click.Path(path_type=Path), help="The configuration to check.")
@click.option("--measure", type=RealRange(0.1, 600), metavar="SECONDS", help="Measure for so long.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(path: Path | None, measure: float | None, as_json: bool) -> None:
    """Show what edmd finds on this machine, and how to fix what is missing.

    With --measure, also measure how late timers are and how long one step of the model takes.
    """
    config, configuration = checks.configuration(path)
    model, ensemble = checks.model(config)
    if measure:
        click.echo(f"Measuring for {measure:g} seconds ...", err=True)
    found = [
        configuration,
        checks.processors(),
        *checks.midi(),
        checks.runtime(),
        model,
        checks.gauge(config),
    ]
    found += checks.extras(config)
    # Measure steps before asking for real-time scheduling: with it, they would starve the other programs.
    steps = _step_us(ensemble, measure) if measure and ensemble else None
    found.append(checks.realtime())
    lateness = _lateness_us(measure) if measure else None
    measured = {} if measure is None else {"lateness_us": lateness, "step_us": steps}
    if as_json:
        click.echo(json.dumps(_as_dict(found, measured)))
    else:
        _show(found, measured)


def _lateness_us(seconds: float) -> dict[str, float | None]:
    clock = SystemClock()
    start = clock.now()
    late: list[float] = []
    for wake in range(1, max(2, round(seconds / WAKE_SECONDS))):
        deadline = start + wake * WAKE_SECONDS
        clock.sleep_until(deadline)
        late.append((clock.now() - deadline) * 1e6)
    return percentiles(late)


def _step_us(ensemble: "Ensemble", seconds: float) -> dict[str, float | None]:
    from daemon.composer.offline.steptime import measure_step_us

    ticks = max(TICKS_PER_BAR, round(seconds / WAKE_SECONDS / CLOCKS_PER_TICK))
    return percentiles(measure_step_us(ensemble, ticks))


def _as_dict(found: list[Check], measured: dict[str, Any]) -> dict[str, Any]:
    return {
        "versions": _versions(),
        "checks": [check._asdict() for check in found],
        **({"measured": measured} if measured else {}),
    }


def _versions() -> dict[str, str]:
    packages = {name: package_version(name) for name in PACKAGES}
    installed = {name: version for name, version in packages.items() if version != NOT_INSTALLED}
    return {"python": platform.python_version(), "system": platform.platform(), **installed}


def _show(found: list[Check], measured: dict[str, Any]) -> None:
    for name, version in _versions().items():
        click.echo(f"   {name:<16} {version}")
    for check in found:
        click.echo(f"{'ok' if check.works else '--'} {check.name:<16} {check.found}")
        if check.mend:
            click.echo(f"  {'':<17} mend: {check.mend}")
    for name, figures in measured.items():
        text = "  ".join(f"{key} {value}" for key, value in figures.items()) if figures else "not measured"
        click.echo(f"   {name:<16} {text}")
