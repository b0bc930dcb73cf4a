"""What was sent in the last bars, kept in memory so that it can still be captured."""

from collections import deque
from typing import Final

from daemon.spool import Ended, Entry, Facts, Rows
from models.notes import PULSES_PER_BAR
from models.take import Key

# A reply about 64 bars, the longest capture, and the present one.
KEPT_BARS: Final = 66
# More than the densest music sends in this time.
_MOST: Final = 60_000


class Lately:
    """The messages and facts since the music began at pulse 0, at most of the last bars."""

    def __init__(self) -> None:
        self._rows: deque[Rows] = deque(maxlen=_MOST)
        self._facts: deque[Facts] = deque(maxlen=_MOST)

    def add(self, rows: Rows) -> None:
        """Add sent messages."""
        self._rows.append(rows)

    def tell(self, facts: Facts) -> None:
        """Add tempo, section and key from a pulse on, and forget what is too old."""
        while self._facts and self._facts[-1].pulse >= facts.pulse:
            self._facts.pop()
        if not self._facts or facts != Facts(facts.pulse, *_values(self._facts[-1])):
            self._facts.append(facts)
        oldest = facts.pulse - KEPT_BARS * PULSES_PER_BAR
        while self._rows and _last(self._rows[0]) < oldest:
            self._rows.popleft()
        while len(self._facts) > 1 and self._facts[1].pulse <= oldest:
            self._facts.popleft()

    def start_over(self) -> None:
        """Forget everything: pulses count from 0 again."""
        self._rows.clear()
        self._facts.clear()

    def first_bar(self) -> int | None:
        """Return the first bar of which something is known, or None if nothing was played."""
        return None if not self._facts else self._facts[0].pulse // PULSES_PER_BAR

    def entries(self, first_bar: int, end_bar: int) -> list[Entry]:
        """Return the entries of a recording of these bars: facts, messages, and its end."""
        start, end = first_bar * PULSES_PER_BAR, end_bar * PULSES_PER_BAR
        facts = [each for each in self._facts if each.pulse < end]
        before = [each for each in facts if each.pulse <= start][-1:]
        known: list[Entry] = [Facts(start, *_values(each)) for each in before]
        known += [each for each in facts if each.pulse > start]
        for batch in self._rows:
            rows = tuple(row for row in batch.rows if start <= row[0] <= end)
            controls = tuple(row for row in batch.controls if start <= row[0] < end)
            if rows or controls:
                known.append(Rows(rows, None, controls))
        return [*known, Ended(end)]


def _values(facts: Facts) -> tuple[float, str, Key | None]:
    return facts.tempo, facts.section, facts.key


def _last(batch: Rows) -> int:
    pulses = [*(row[0] for row in batch.rows), *(row[0] for row in batch.controls)]
    return max(pulses, default=0)
