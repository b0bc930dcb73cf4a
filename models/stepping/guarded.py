"""A session that outlives faults: a step that raises, or is not finite, is repeated on another session."""

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from models.network import Network
from models.stepping.rows import Feeds, Outputs, Row, SavedState, StepSession
from models.stepping.runtime import Provider

# A fault is mended by another session at most this often; other steps that fail then raise at once.
_MEND_SECONDS: Final = 10.0
# A provider that failed is tried again after this time.
_RETRY_SECONDS: Final = 300.0
_log: Final = logging.getLogger(__name__)


class GuardedSession(StepSession):
    """Knows the state of each row after its last good step, and carries it over to a session on the CPU after a fault.

    `opens` opens the network on a provider for some rows. The music goes on with the notes that it would have had, as far as
    the providers compute the same. Raises ArithmeticError if a step on a fresh session is not finite either.
    """

    def __init__(
        self,
        network: Network,
        opens: Callable[[Provider, int], StepSession],
        provider: Provider,
        rows: int = 1,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(network, 0)
        self.provider = self._wanted = provider
        self._opens, self._now = opens, now
        self._inner = opens(provider, rows)
        self._known: dict[int, SavedState | None] = {}
        self._mended, self._failed = float("-inf"), float("inf")

    @property
    def session(self) -> Any:
        """The session of ONNX Runtime."""
        return self._inner.session  # type: ignore[attr-defined]

    @property
    def capacity(self) -> int:
        """The number of rows that fit into the present buffers."""
        return self._inner.capacity

    def row(self) -> Row:
        """Claim a row, with a state of zeros."""
        index = self._inner.row().index
        self._known[index] = None
        return Row(self, index)

    def release(self, index: int) -> None:
        """Make a row free for other decks. Raises ValueError if it is not claimed."""
        self._inner.release(index)
        del self._known[index]

    def step(self, feeds: Mapping[int, Feeds]) -> Mapping[int, Outputs]:
        """Run one step of some rows, if need be on another session."""
        if self._now() - self._failed > _RETRY_SECONDS:
            self._return()
        try:
            return self._step(feeds)
        except Exception as error:
            now = self._now()
            if now - self._mended < _MEND_SECONDS:
                raise
            self._mended = now
            self._fall_back(error, now)
            return self._step(feeds)

    def _step(self, feeds: Mapping[int, Feeds]) -> Mapping[int, Outputs]:
        outputs = self._inner.step(feeds)
        after = {index: self._inner.save(index) for index in feeds}
        # One product a state is the cheapest test: a number that is not finite makes it so.
        if not all(math.isfinite(np.vdot(state, state)) for states in after.values() for state in states):
            for index in feeds:
                self._inner.restore(index, self._known[index])
            raise ArithmeticError(f"a step of {self.network.part} gave numbers that are not finite")
        self._known |= after
        return outputs

    def _fall_back(self, error: Exception, now: float) -> None:
        why = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        _log.error("a step of %s failed (%s); it is repeated on the CPU", self.network.part, why)
        if self._wanted.device != "cpu":
            self._failed = now
        self._move(Provider("CPUExecutionProvider", f"{self._wanted.name} failed: {why}"))

    def _return(self) -> None:
        """Try the provider again that failed."""
        self._failed = float("inf")
        try:
            self._move(self._wanted)
        except Exception:  # noqa: BLE001 - the provider library may raise any exception
            self._failed = self._now()
        else:
            _log.info("%s runs on %s again", self.network.part, self._wanted.name)

    def _move(self, provider: Provider) -> None:
        """Go on with a new session. The present one stays if that cannot be opened."""
        fresh = self._opens(provider, self._inner.capacity)
        fresh.claim(self._known)
        for index, state in self._known.items():
            fresh.restore(index, state)
        self._inner, self.provider = fresh, provider

    def save(self, index: int) -> SavedState:
        """Return a copy of a row's state."""
        known = self._known[index]
        return self._inner.save(index) if known is None else tuple(state.copy() for state in known)

    def restore(self, index: int, saved: SavedState | None) -> None:
        """Write a saved state into a row, or zeros for None."""
        self._inner.restore(index, saved)
        self._known[index] = None if saved is None else tuple(state.copy() for state in saved)

    def _grow(self, rows: int) -> None:
        raise NotImplementedError  # the inner session grows by itself
