"""The numbers of the revisions that are sent to a player, and which of them it has taken."""

from collections import deque


class Revisions:
    """Each revision builds on another one. A player that refuses one refuses all that build on it.

    `issued` is the last number given, `base` the revision that the next one builds on. `settled` is the last revision that
    any player took: what it contains was heard or will be.
    """

    def __init__(self) -> None:
        self.issued = self.base = self.settled = 0
        # The last one that the present player took, and the last one that is void.
        self._taken = self._voided = 0
        self._outstanding: deque[tuple[int, int]] = deque()  # (revision, its first tick)

    def attach(self, revision: int) -> None:
        """Continue with a player that took `revision`."""
        self.issued = max(self.issued, revision)
        self._taken, self.settled = revision, max(self.settled, revision)

    def issue(self, first: int) -> tuple[int, int]:
        """Return the number of a new revision, whose first tick is `first`, and the one that it builds on."""
        base, self.issued = self.base, self.issued + 1
        self._outstanding.append((self.issued, first))
        self.base = self.issued
        return self.issued, base

    def take(self, revision: int) -> None:
        """Record that the player took a revision, and so all before it."""
        self._taken, self.settled = max(self._taken, revision), max(self.settled, revision)
        while self._outstanding and self._outstanding[0][0] <= revision:
            self._outstanding.popleft()

    def void(self) -> None:
        """Disregard the revisions that are not confirmed; the next one builds on the last one taken."""
        self._voided, self.base = self.issued, self._taken
        self._outstanding.clear()

    def is_void(self, revision: int) -> bool:
        """Return whether a revision is disregarded already."""
        return revision <= self._voided

    def are_late(self, next_tick: int) -> bool:
        """Return whether one that is not confirmed begins before `next_tick`: the player will refuse it."""
        return any(first < next_tick for _, first in self._outstanding)
