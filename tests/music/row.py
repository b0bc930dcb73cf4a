"""What is measured: a number with the range it is to lie in, and what real music shows beside it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One figure of the generated music; `low` and `high` are inclusive, None where it is open; `real` is real music's."""

    name: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    real: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it lies in its range; None without one."""
        if self.low is None and self.high is None:
            return None
        over, under = self.low is None or self.value >= self.low, self.high is None or self.value <= self.high
        return bool(over and under)

    @property
    def reach(self) -> str:
        """The range in words."""
        if self.low is None:
            return "" if self.high is None else f"at most {self.high:.3g}"
        return f"at least {self.low:.3g}" if self.high is None else f"{self.low:.3g} to {self.high:.3g}"

    @property
    def measured(self) -> str:
        """The figure with its unit."""
        return f"{self.value:.3g} {self.unit}".rstrip()

    @property
    def verdict(self) -> str:
        """Whether it is met, in a word; empty without a range."""
        return {None: "", True: "yes", False: "no"}[self.met]

    @property
    def beside(self) -> str:
        """What real music shows, empty where that says nothing."""
        return "" if self.real is None else f"{self.real:.3g}"

    def as_dict(self) -> dict[str, Any]:
        """All of it, as JSON; what is not a number is null."""
        numbers = {key: _number(getattr(self, key)) for key in ("value", "low", "high", "real")}
        return {**asdict(self), **numbers, "met": self.met}


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 4)


def table_of(measured: Iterable[tuple[str, float, Iterable[Row]]]) -> Table:
    """Lay out groups of rows: name, seconds it took, rows."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("row", "figure", "measured", "reach", "met", "real", "note"):
        table.add_column(column)
    for name, seconds, rows in measured:
        for number, row in enumerate(rows):
            head = f"{name} ({seconds:.0f} s)" if not number else ""
            table.add_row(head, row.name, row.measured, row.reach, row.verdict, row.beside, row.note)
    return table
