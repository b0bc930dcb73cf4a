"""Priming in the background: the engine reads other music beat by beat when the horizon is full."""

import logging
from collections.abc import Iterator
from typing import Final

from daemon.composer.changes import Changes
from daemon.music.deck import Deck
from daemon.music.engine import EngineState
from daemon.music.operations import Prime, SwapModel
from models.hearing import TokenisedMusic

_log: Final = logging.getLogger(__name__)


class Priming:
    """Primes the engine with music. Of several waiting requests only the last one is carried out."""

    def __init__(self, deck: Deck, changes: Changes) -> None:
        self._deck, self._changes = deck, changes
        self._wanted: TokenisedMusic | None = None
        self._hearing: tuple[Prime, Iterator[EngineState]] | None = None
        self._state: EngineState | None = None

    def expect(self, music: TokenisedMusic) -> None:
        """Request priming with `music`; the deck then continues from it at the next bar."""
        self._wanted = music

    @property
    def is_busy(self) -> bool:
        """Whether there is work now. A pending model is primed later, after its bar has begun."""
        if self._hearing is None and self._wanted is None:
            return False
        return not any(isinstance(each.operation, SwapModel) for each in self._changes.state.waiting)

    def work(self) -> bool:
        """Prime with one beat; return whether the priming is complete and in the journal.

        If another model is swapped in before that, its priming starts at the beginning of the music.
        """
        if not self.is_busy:
            return False
        if self._hearing is None or self._hearing[0].digest != self._deck.engine.bundle.digest:
            self._begin()
        if self._hearing is None:
            return False
        operation, states = self._hearing
        try:
            state = next(states, None)
        except Exception as error:  # noqa: BLE001 - whatever a network's runtime raises must not end the music
            _log.error(
                "priming failed; the music continues without it",
                exc_info=error,
            )
            self._hearing = None
            return False
        if state is not None:
            self._state = state
            return False
        self._hearing = None
        self._changes.accept(operation, primed=self._state)
        return True

    def _begin(self) -> None:
        if self._wanted is None and self._hearing is not None:
            self._wanted = self._hearing[0].music
        if self._wanted is None:
            return
        music, self._wanted = self._wanted, None
        operation = Prime(music, self._changes.state.parameters, self._deck.engine.bundle.digest)
        self._hearing = operation, self._deck.prime(music, operation.parameters)
