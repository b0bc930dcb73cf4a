"""Sections of a score by their labels, played in the order of a list."""

from models.reading.notation.texts import plain


class Sections:
    """Labels at bars, and the list that says in which order they are played."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self._begins: dict[str, int] = {}

    def label(self, name: str, bar: int) -> None:
        """A section begins with this bar."""
        self._begins.setdefault(plain(name), bar)

    def played(self, bars: int) -> list[tuple[int, int]]:
        """Bars (from, to before) in the order in which they are played; none where the score says none."""
        if not self.order or not all(name in self._begins for name in self.order):
            return []
        begins = list(self._begins.values())
        ends = dict(zip(self._begins, [*begins[1:], bars], strict=True))
        head = [(0, begins[0])] if begins[0] else []
        return head + [(self._begins[name], ends[name]) for name in self.order]
