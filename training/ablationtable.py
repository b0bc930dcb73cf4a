"""One network's ablations as a table for people."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def table(part: str, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """One network's figures: whole ticks by source, told and untold, and each part of a tick told."""
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
