"""Work that the music can do without: a failure of it is told once and ends nothing."""

import logging
from collections.abc import Callable
from typing import Final, TypeVar

_log: Final = logging.getLogger(__name__)
T = TypeVar("T")


class Housekeeping:
    """Does such work, and tells the first failure of each kind."""

    def __init__(self) -> None:
        self._told: set[tuple[str, type[Exception]]] = set()

    def keep(self, what: str, work: Callable[[], T]) -> T | None:
        """Return what `work` returns, None where it fails for whatever reason."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the music goes on, whatever it is
            if (what, type(error)) not in self._told:
                self._told.add((what, type(error)))
                _log.warning("%s failed, the music goes on (this is told once): %s", what, error)
            return None
