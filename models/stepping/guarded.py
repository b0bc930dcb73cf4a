"""A session that outlives faults: a step that raises, or is not finite, is repeated on another session."""

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from models.network import Network
from models.stepping.rows import Feeds, Outputs, Row, SavedState, StepSession
from models.stepping.runtime import Provider

# Within so many steps a fault is mended by another session once; other steps that fail raise at once.
_MEND_STEPS: Final = 64
# A provider that failed is tried again after so many steps, some minutes of music.
_RETRY_STEPS: Final = 2500
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
    ) -> None:
        super().__init__(network, 0)
        self.provider = self._wanted = provider
        self._opens = opens
        self._inner = opens(provider, rows)
        self._known: dict[int, SavedState | None] = {}
        self._steps, self._may_mend = 0, 0
        self._retries: int | None = None  # the step at which the provider that failed is tried again

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
        self._steps += 1
        if self._steps == self._retries:
            self._return()
        try:
            return self._step(feeds)
        except Exception as error:
            if self._steps < self._may_mend:
                raise
            self._may_mend = self._steps + _MEND_STEPS
            self._fall_back(error)
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

    def _fall_back(self, error: Exception) -> None:
        why = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        _log.error("a step of %s failed (%s); it is repeated on the CPU", self.network.part, why)
        if self._wanted.device != "cpu":
            self._retries = self._steps + _RETRY_STEPS
        self._move(Provider("CPUExecutionProvider", f"{self._wanted.name} failed: {why}"))

    def _return(self) -> None:
        """Try the provider again that failed."""
        try:
            self._move(self._wanted)
        except Exception:  # noqa: BLE001 - the provider library may raise any exception
            self._retries = self._steps + _RETRY_STEPS
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
