"""Measure every attack on the daemon against the same daemon without it: `python -m tests.benchmarks.attacks`."""

import json
import os
import resource
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tests.attacks.client import REQUESTS
from tests.attacks.siege import Seen, besieged
from tests.benchmarks.stage import BenchError, jack_server
from tests.imports import ROOT

OUT: Final = ROOT / "docs" / "attacks.json"
REACH: Final = (
    "lateness p99 at most twice the idle one or 250 µs, whichever is greater; at most 1 underrun more than idle; "
    "ping p99 under 100 ms; memory at most 50 MB more after all loads have finished; SIGTERM during the attack ends "
    "the daemon within 3 s"
)
COLUMNS: Final = (
    "attack",
    "sent",
    "lateness p99",
    "underruns",
    "ping p99",
    "memory",
    "SIGTERM",
    "met",
    "load",
)
# The soft limit of most systems, for attacks that open as many connections.
_SOFT_FILES: Final = 1024
_CONNECTIONS: Final = ("crowd", "crowd@telemetry", "idlers", "endless", "subscriptions@telemetry")
# These requests stop the music by design.
_LEFT_OUT: Final = ("stop-continue", "play")
_SETTLING_SECONDS: Final = 3.0
_REST_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Row:
    """The figures of one attack, and those of the daemon without it."""

    name: str
    sent: int
    lateness_us: float
    idle_lateness_us: float
    underruns: int
    idle_underruns: int
    ping_ms: float
    idle_ping_ms: float
    grown_mb: float
    end_seconds: float
    code: int | None
    load: float

    @property
    def missed(self) -> list[str]:
        """The names of the figures that miss their reach."""
        reached = {
            "lateness": self.lateness_us <= max(2 * self.idle_lateness_us, 250.0),
            "underruns": self.underruns <= self.idle_underruns + 1,
            "ping": self.ping_ms < 100.0,
            "memory": self.grown_mb <= 50.0,
            "SIGTERM": self.end_seconds <= 3.0 and self.code == 0,
        }
        return [name for name, is_met in reached.items() if not is_met]

    def words(self) -> tuple[str, ...]:
        """Return the row of a table."""
        return (
            self.name,
            f"{self.sent:,}",
            f"{self.lateness_us:.0f} µs ({self.idle_lateness_us:.0f})",
            f"{self.underruns} ({self.idle_underruns})",
            f"{self.ping_ms:.1f} ms ({self.idle_ping_ms:.1f})",
            f"{self.grown_mb:+.0f} MB",
            f"{self.end_seconds:.2f} s",
            ", ".join(self.missed) or "yes",
            f"{self.load:.1f}",
        )


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="Length of each attack.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this attack; the file does not change.")
@click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path), help="The JSON file.")
def main(seconds: float, only: tuple[str, ...], out: Path) -> None:
    """Measure every attack. The exit status is 1 if a figure misses its reach."""
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    names = only or (*_CONNECTIONS, *(name for name in REQUESTS if name not in _LEFT_OUT), "any")
    rows = []
    try:
        with jack_server():
            for name in names:
                rows.append(_measured(name, seconds))
                console.print(*rows[-1].words())
    except BenchError as error:
        raise click.ClickException(str(error)) from None
    table = Table(*COLUMNS, box=None, header_style="bold")
    for row in rows:
        table.add_row(*row.words())
    console.print(table)
    if not only:
        contents = {
            "date": time.strftime("%Y-%m-%d"),
            "seconds": seconds,
            "cores": os.cpu_count(),
            "load": f"{min(row.load for row in rows):.1f} to {max(row.load for row in rows):.1f}",
            "rows": [asdict(row) for row in rows],
        }
        out.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    raise SystemExit(int(any(row.missed for row in rows)))


def _measured(name: str, seconds: float) -> Row:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = (_SOFT_FILES, hard) if name in _CONNECTIONS else None
    with tempfile.TemporaryDirectory() as folder, besieged(Path(folder) / "home", files=files) as siege:
        siege.watch(_SETTLING_SECONDS)
        idle = siege.watch(seconds)
        seen = siege.ended_amid(name, siege.attacked(name, seconds, _REST_SECONDS))
        return _row(name, idle, seen)


def _row(name: str, idle: Seen, seen: Seen) -> Row:
    return Row(
        name,
        int(seen.told.get("sent", seen.told.get("opened", 0))),
        round(seen.lateness_p99_us, 1),
        round(idle.lateness_p99_us, 1),
        seen.underruns,
        idle.underruns,
        round(seen.ping_p99_ms, 1),
        round(idle.ping_p99_ms, 1),
        round(seen.grown_mb, 1),
        round(seen.end_seconds, 2),
        seen.code,
        round(os.getloadavg()[0], 1),
    )


if __name__ == "__main__":
    main()
