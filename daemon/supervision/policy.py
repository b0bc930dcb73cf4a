"""When a role counts as hanging, and when it is started again after it has died."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from daemon.link.supervision import Role

_GROWN_UP_SECONDS: Final = 1.0
_TRIES: Final = 3
_FIRST_WAIT_SECONDS: Final = 0.25
_LONGEST_WAIT_SECONDS: Final = 5.0
# A role that has worked restarts within this time, even if it dies again and again.
_LONGEST_AWAY_SECONDS: Final = 1.0
_MOST_DOUBLINGS: Final = 10
# Listeners notice at once if a player hangs. JACK may block the others while its server waits for a client that has died.
_HANGS_AFTER_SECONDS: Final[Mapping[Role, float]] = {"player": 1.2, "standby": 15.0, "input": 15.0}
_STARTS_WITHIN_SECONDS: Final[Mapping[Role, float]] = {"player": 15.0, "standby": 15.0, "input": 15.0}


def patience_seconds(role: Role, *, is_ready: bool) -> float:
    """Return after how many seconds without a sign of life a role counts as hanging; more until it is ready."""
    return _HANGS_AFTER_SECONDS.get(role, 5.0) if is_ready else _STARTS_WITHIN_SECONDS.get(role, 120.0)


@dataclass(frozen=True, slots=True)
class History:
    """The history of a role's processes: whether one has worked, and how many in a row died young (within a second).

    The next process starts at once. After some young deaths it starts later and later, or never if none has worked.
    """

    has_worked: bool = False
    young_deaths: int = 0

    def worked(self) -> "History":
        """Return the history after a process has said that it is ready."""
        return replace(self, has_worked=True)

    def died(self, worked_seconds: float) -> "History":
        """Return the history after a process died. It had worked for `worked_seconds`; 0 if it was never ready."""
        is_young = worked_seconds < _GROWN_UP_SECONDS
        return replace(self, young_deaths=self.young_deaths + 1 if is_young else 0)

    @property
    def wait_seconds(self) -> float:
        """How long to wait before the next process is started."""
        if self.young_deaths < _TRIES:
            return 0.0
        doublings = min(self.young_deaths - _TRIES, _MOST_DOUBLINGS)
        most = _LONGEST_AWAY_SECONDS if self.has_worked else _LONGEST_WAIT_SECONDS
        return float(min(_FIRST_WAIT_SECONDS * 2.0**doublings, most))

    @property
    def is_hopeless(self) -> bool:
        """Whether the next process would probably die too: some died young, and none has ever worked."""
        return not self.has_worked and self.young_deaths >= _TRIES
