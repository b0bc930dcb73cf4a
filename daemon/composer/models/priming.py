"""Priming in the background: a second ensemble hears other music beat by beat while the horizon is full."""

import logging
from typing import Final, NamedTuple

from daemon.automation import At
from daemon.composer.requests.changes import Changes
from daemon.music.deck.deck import Deck
from daemon.music.deck.operations import Operation, Prime, SwapModel
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensemble import Ensemble
from daemon.music.ensemble.ensembles import Library
from daemon.music.ensemble.lineup import Lineup
from daemon.music.ensemble.priming import begin, hear
from daemon.parameters import Parameters
from models.hearing import TokenisedMusic
from models.notes import TICKS_PER_BEAT

_log: Final = logging.getLogger(__name__)


class _Wanted(NamedTuple):
    """Music to prime with. A scene has a lineup of its own, and operations that act with the priming.

    `call_bars` are the bars of a call, which is to be answered; 0 for other music.
    """

    music: TokenisedMusic
    lineup: Lineup | None = None
    parameters: Parameters | None = None
    before: tuple[Operation, ...] = ()
    at: At = "bar"
    call_bars: int = 0


class _Hearing(NamedTuple):
    wanted: _Wanted
    operation: Prime
    ensemble: Ensemble
    tick: int


class Priming:
    """Primes with music. It drops a waiting request when a newer one comes."""

    def __init__(self, library: Library, deck: Deck, changes: Changes) -> None:
        self._library, self._deck, self._changes = library, deck, changes
        self._wanted: _Wanted | None = None
        self._hearing: _Hearing | None = None

    def expect(self, music: TokenisedMusic) -> None:
        """Request priming with `music`; the deck then continues from it at the next bar."""
        self._wanted = _Wanted(music)

    def expect_scene(
        self,
        music: TokenisedMusic,
        lineup: Lineup,
        parameters: Parameters,
        before: tuple[Operation, ...],
        at: At,
    ) -> None:
        """Request priming of a scene's lineup; the operations `before` then act together with it."""
        self._wanted = _Wanted(music, lineup, parameters, before, at)

    def expect_call(self, music: TokenisedMusic, bars: int, before: tuple[Operation, ...] = ()) -> None:
        """Request the answer to a call of so many bars; the operations `before` act together with it."""
        self._wanted = _Wanted(music, before=before, call_bars=bars)

    @property
    def is_asked(self) -> bool:
        """Whether music or a scene that somebody asked for waits to be heard, or is being heard."""
        hearing = None if self._hearing is None else self._hearing.wanted
        return any(each is not None and not each.call_bars for each in (self._wanted, hearing))

    @property
    def digests(self) -> set[str]:
        """The digests of the bundles that a scene waits for."""
        wanted = self._wanted if self._hearing is None else self._hearing.wanted
        return set() if wanted is None or wanted.lineup is None else wanted.lineup.digests

    @property
    def is_busy(self) -> bool:
        """Whether there is work now. A pending model is primed later, after its bar has begun."""
        if self._hearing is None and self._wanted is None:
            return False
        wanted = self._wanted if self._hearing is None else self._hearing.wanted
        if wanted is not None and wanted.lineup is not None:
            return True
        return not any(isinstance(each.operation, SwapModel) for each in self._changes.state.waiting)

    def work(self) -> bool:
        """Prime with one beat; return whether the priming is complete and in the journal.

        If the sources are swapped before that, priming starts again at the beginning of the music.
        """
        if not self.is_busy:
            return False
        try:
            return self._work()
        except Exception as error:  # noqa: BLE001 - an error of a network's runtime must not end the music
            _log.error("priming failed; the music continues without it", exc_info=error)
            self.close()
            return False

    def close(self) -> None:
        """Stop priming."""
        if self._hearing is not None:
            self._hearing.ensemble.close()
            self._hearing = None

    def _work(self) -> bool:
        hearing = self._hearing
        if hearing is None or hearing.operation.lineup.key != self._lineup(hearing.wanted).key:
            hearing = self._begin(hearing)
        wanted, operation, ensemble, tick = hearing
        music = operation.music
        run(hear(ensemble, music, operation.parameters, range(tick, tick + TICKS_PER_BEAT)))
        self._hearing = hearing._replace(tick=tick + TICKS_PER_BEAT)
        if tick + TICKS_PER_BEAT < len(music.melody):
            return False
        self._changes.accept_all((*wanted.before, operation), primed=ensemble.save())
        self.close()
        return True

    def _begin(self, before: _Hearing | None) -> _Hearing:
        wanted = self._wanted if before is None or self._wanted is not None else before.wanted
        assert wanted is not None  # noqa: S101 - `is_busy` has checked it
        self.close()
        self._wanted = None
        lineup, parameters = self._lineup(wanted), wanted.parameters or self._changes.state.parameters
        operation = Prime(wanted.music, parameters, lineup, wanted.at, wanted.call_bars)
        hearing = _Hearing(wanted, operation, self._library.ensemble(lineup), 0)
        begin(hearing.ensemble, wanted.music)
        self._hearing = hearing
        return hearing

    def _lineup(self, wanted: _Wanted) -> Lineup:
        return wanted.lineup or self._deck.state(self._deck.next_tick).lineup
