"""What a player process costs with 1, 8 and 64 decks, each at a tempo of its own: processor share, lateness, underruns.

Run `python -m tests.benchmarks.decks`. Without a JACK server the ports are absent, so the figures are the player's own.
"""

import psutil
from rich.console import Console

from daemon.control.telemetry import percentiles
from daemon.link.player import Refused, Sent, Underrun
from models.notes import MAIN
from tests.benchmarks.figure import Figure, table_of
from tests.midi.composing import Composer

_SECONDS = 10.0
_COUNTS = (1, 8, 64)


def figures(count: int) -> list[Figure]:
    """Return the figures of one player with `count` decks."""
    composer = Composer()
    try:
        names = [f"d{number}" for number in range(1, count)]
        for number, name in enumerate(names):
            composer.add(name, 97.0 + 1.3 * number)
        composer.start()
        composer.listen(2.0)
        composer.told.clear()
        process = psutil.Process(composer.process.pid)
        before = process.cpu_times()
        composer.listen(_SECONDS)
        after = process.cpu_times()
    finally:
        composer.role.kill()
        composer.link.close()
    late = [row[6] for name in (MAIN, *names) for each in composer.of(Sent, name) for row in each.rows]
    lost = sum(len(composer.of(kind, name)) for kind in (Underrun, Refused) for name in (MAIN, *names))
    share = (after.user + after.system - before.user - before.system) / _SECONDS
    found, note = (
        {key: value or 0.0 for key, value in percentiles(late).items()},
        f"{len(late)} note messages in {_SECONDS:.0f} s",
    )
    return [
        Figure(f"{count} decks: processor share of the player", share * 100, "% of a core"),
        *(
            Figure(f"{count} decks: lateness, {key}", value, "\u00b5s", note=note)
            for key, value in found.items()
        ),
        Figure(f"{count} decks: underruns and refused revisions", lost, "", 0 if count <= 8 else None),
    ]


if __name__ == "__main__":
    Console().print(table_of([figure for count in _COUNTS for figure in figures(count)]))
