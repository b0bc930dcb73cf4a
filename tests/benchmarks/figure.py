"""A measured figure: a number, its unit and its target (reach)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.table import Table

Side = Literal["at most", "at least"]


@dataclass(frozen=True)
class Figure:
    """One row of the table. A figure without a `reach` is only for comparison; it is neither met nor missed."""

    name: str
    value: float
    unit: str
    reach: float | None = None
    side: Side = "at most"
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the figure meets its reach; None without one."""
        if self.reach is None:
            return None
        return self.value <= self.reach if self.side == "at most" else self.value >= self.reach

    def as_dict(self) -> dict[str, Any]:
        """Return all fields as plain values for JSON."""
        return {**asdict(self), "value": round(self.value, 3), "met": self.met}


def shown(figure: Figure) -> tuple[str, str, str]:
    """Return value, reach and verdict as text."""
    reach = "" if figure.reach is None else f"{figure.side} {figure.reach:g} {figure.unit}".rstrip()
    verdict = {None: "", True: "yes", False: "no"}[figure.met]
    return f"{_number(figure.value)} {figure.unit}".rstrip(), reach, verdict


def table_of(figures: Sequence[Figure]) -> Table:
    """Return the figures as a table for the terminal."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("figure", "measured", "reach", "met", "note"):
        table.add_column(column)
    for figure in figures:
        table.add_row(figure.name, *shown(figure), figure.note)
    return table


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
