"""Work that the music does not depend on: a failure is logged once and has no other effect."""

import logging
from collections.abc import Callable
from typing import Final, TypeVar

_log: Final = logging.getLogger(__name__)
T = TypeVar("T")


class Housekeeping:
    """Does this work, and logs the first failure of each kind."""

    def __init__(self) -> None:
        self._told: set[tuple[str, type[Exception]]] = set()

    def keep(self, what: str, work: Callable[[], T]) -> T | None:
        """Return the result of `work`, or None if it fails for any reason."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - no error may end the music
            if (what, type(error)) not in self._told:
                self._told.add((what, type(error)))
                _log.warning("%s failed, the music goes on (this is told once): %s", what, error)
            return None
