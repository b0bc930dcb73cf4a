"""`python -m tests.benchmarks.symbols_live`: each system that plays symbols, live on JACK beside the percussion LSTM.

It writes underruns, lateness and processor shares into docs/symbols.json, beside those of the flagship in the same run.
"""

import json
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from exporters.writing import replace_bytes
from tests.benchmarks.playing import settle, watch
from tests.benchmarks.stage import BenchError, daemon, jack_server, listening
from tests.imports import ROOT
from tests.music.symbols import SETS

FLAGSHIP: Final = "edm"
OUT: Final = ROOT / "docs" / "symbols.json"
_TEMPO: Final = "128"


def live(name: str, seconds: float) -> dict[str, Any]:
    """Play a bundle's melody for a time; return what was measured."""
    options = {"model.melody": name, "parameters.tempo": _TEMPO}
    with daemon(options) as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        seen = watch(listener, playing.processes(), seconds, 0.0)
    return {
        "seconds": seconds,
        "underruns": seen.underruns,
        "messages": seen.messages,
        "lateness_us": {key: round(value, 1) for key, value in seen.lateness_us.items()},
        "compose_us": {key: round(value) for key, value in seen.compose_us.items()},
        "processor_share": round(sum(seen.processor_shares), 3),
    }


@click.command()
@click.option("--seconds", default=300.0, show_default=True)
@click.option("--only", multiple=True, type=click.Choice((FLAGSHIP, *SETS)))
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=True)
def main(seconds: float, only: tuple[str, ...], out: Path) -> None:
    """Measure, and write the figures."""
    console = Console()
    try:
        with jack_server():
            for name in only or (FLAGSHIP, *SETS):
                row = live(name, seconds)
                console.print(name, row)
                figures: dict[str, Any] = json.loads(out.read_text()) if out.is_file() else {}
                figures.setdefault(name, {})["live"] = row
                replace_bytes(out, (json.dumps(figures, indent=1) + "\n").encode())
    except BenchError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
