"""One network's ablations as a table for the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def table(part: str, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return one network's figures as a table.

    For each source: whole ticks with the plan (told) and without it (untold), and each part of a tick with it.
    """
    sources = {name: each for row in rows.values() for name, each in row["test"].items()}
    columns = [(source, told, "all") for source in sources for told in ("told", "untold")]
    columns += [
        (source, "told", name) for source, each in sources.items() for name in each["told"] if name != "all"
    ]
    made = Table(title=f"{part}: test nats per tick without ...", title_justify="left")
    made.add_column("without")
    for source, told, name in columns:
        made.add_column(f"{source}\n{told if name == 'all' else name}", justify="right")
    for without, row in rows.items():
        made.add_row(without, *(f"{row['test'][source][told][name]:.3f}" for source, told, name in columns))
    return made
