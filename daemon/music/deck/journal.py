"""The journal of a deck: every accepted operation with the tick at which it acts, until it is settled and past."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from daemon.music.deck.operations import BeginAnew, Entry, Forgo, Operation, SetParameters


class Journal:
    """Entries in the order in which they act. `changed` is called with each new or changed entry."""

    def __init__(self, entries: Iterable[Entry] = (), number: int = 0) -> None:
        self.entries = sorted(entries, key=_place)
        self.number = max([number, *(entry.number for entry in self.entries)])
        self.changed: Callable[[Entry], None] = lambda _: None

    def add(self, operation: Operation, tick: int, *, may_join: bool = True) -> Entry:
        """Add an operation that acts at `tick`. A change of parameters may be merged into the previous one."""
        last = next((entry for entry in self.entries if entry.number == self.number), None)
        if may_join and last is not None and (joined := _joined(last, operation, tick)) is not None:
            self.entries[self.entries.index(last)] = joined
            self.changed(joined)
            return joined
        self.number += 1
        entry = Entry(self.number, tick, operation)
        self.entries.append(entry)
        self.entries.sort(key=_place)
        self.changed(entry)
        return entry

    def at(self, first: int, last: int) -> list[Entry]:
        """Return the entries of the ticks from `first` to `last`."""
        return [entry for entry in self.entries if first <= entry.tick <= last]

    @property
    def last_tick(self) -> int:
        """The last tick at which an operation of a client acts; 0 if there is none."""
        return max((each.tick for each in self.entries if _may_move(each)), default=0)

    def send(self, revision: int, acted: Iterable[Entry]) -> None:
        """Record `revision` in the entries that acted in its ticks, except those moved to another tick since."""
        ticks = {entry.number: entry.tick for entry in acted}
        for index, entry in enumerate(self.entries):
            if not entry.revision and ticks.get(entry.number) == entry.tick:
                self.entries[index] = entry.revised(revision)
                self.changed(self.entries[index])

    def date_anew(self, last: int, tick: int) -> int | None:
        """Move the entries that no revision up to `last` contains to `tick` or later; earlier ticks have begun.

        Return the earliest tick from which an entry moved, or None if all of them were at `tick` or later.
        """
        first: int | None = None
        for index, entry in enumerate(self.entries):
            if 0 < entry.revision <= last or not _may_move(entry):
                continue
            if entry.tick < tick:
                first = entry.tick if first is None else min(first, entry.tick)
            if entry.revision or entry.tick < tick:
                self.entries[index] = entry.dated(max(entry.tick, tick))
                self.changed(self.entries[index])
        self.entries.sort(key=_place)
        return first

    def forget(self, tick: int) -> None:
        """Drop the entries before `tick`."""
        if self.entries and self.entries[0].tick < tick:
            self.entries = [entry for entry in self.entries if entry.tick >= tick]


def _may_move(entry: Entry) -> bool:
    """Return whether an entry may move to another tick. The reaction to a fault may not."""
    return not isinstance(entry.operation, Forgo | BeginAnew)


def _place(entry: Entry) -> tuple[int, int]:
    return entry.tick, entry.number


def _joined(last: Entry, operation: Operation, tick: int) -> Entry | None:
    """Return one entry for two successive immediate changes, so that many changes cost little; None if not possible."""
    before = last.operation
    if not isinstance(before, SetParameters) or not isinstance(operation, SetParameters):
        return None
    if last.revision or last.tick != tick or (before.at, before.over_beats) != ("now", 0.0):
        return None
    if (operation.at, operation.over_beats) != ("now", 0.0):
        return None
    return replace(last, operation=replace(before, values={**before.values, **operation.values}))
