"""Labelled sections of a score, and the list that gives their order of playing."""

from models.reading.notation.texts import plain


class Sections:
    """The first bar of each labelled section, and the order in which the sections are played."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self._begins: dict[str, int] = {}

    def label(self, name: str, bar: int) -> None:
        """Let a section begin with this bar."""
        self._begins.setdefault(plain(name), bar)

    def played(self, bars: int) -> list[tuple[int, int]]:
        """Return bar ranges (first, stop) in the order of playing, or nothing if the score gives no valid order."""
        if not self.order or not all(name in self._begins for name in self.order):
            return []
        begins = list(self._begins.values())
        ends = dict(zip(self._begins, [*begins[1:], bars], strict=True))
        head = [(0, begins[0])] if begins[0] else []
        return head + [(self._begins[name], ends[name]) for name in self.order]
