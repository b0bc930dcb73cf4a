"""The ensembles of a deck: from the state before a tick to the tick and the state after it."""

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from daemon.music.arranging.director import Director
from daemon.music.arranging.moving import bar_of, next_section
from daemon.music.deck.deckstate import DeckState, Waiting
from daemon.music.deck.operations import (
    Entry,
    Follow,
    HoldChord,
    Listen,
    MusicOperation,
    NextSection,
    Prime,
    Reseed,
    SwapModel,
)
from daemon.music.ensemble.ensemble import Composed, Ensemble, EnsembleState
from daemon.music.ensemble.lineup import PARTS, Lineup, Source
from daemon.music.ensemble.moments import as_heard, looping_bars, planned, silent, sounding
from daemon.music.ensemble.priming import prime, primed_at
from daemon.music.systems.system import Steps
from daemon.parameters import Parameters
from models.arrangement import Arrangement
from models.notes import MELODIC_VOICES, TICKS_PER_BAR, VOICES, Voice

_log: Final = logging.getLogger(__name__)
_KEPT_DIRECTORS: Final = 4


class Ticked(NamedTuple):
    """A composed tick and its parameters; `release` are the voices whose earlier notes end.

    `entries` are the journal's entries that acted at this tick.
    """

    composed: Composed
    parameters: Parameters
    release: tuple[Voice, ...]
    compose_us: float
    entries: tuple[Entry, ...] = ()


class Library(Protocol):
    """The open bundles, which all decks share."""

    def open(self, source: Source) -> None:
        """Open a source if it is not open. Raises BundleError if it cannot be played."""

    def ensemble(self, lineup: Lineup) -> Ensemble:
        """Return a new ensemble with rows of its own; open its sources if needed. Raises BundleError."""

    def arrangement(self, source: Source) -> Arrangement:
        """Return the director's tables of a bundle."""


class Ensembles:
    """Composes with the ensemble of each state's lineup; `ensembles` has existing ones by lineup key.

    `primed` has the results of primings, and `failed` the operations that failed, by the numbers of their entries.
    """

    def __init__(self, library: Library, ensembles: Mapping[tuple[str, ...], Ensemble]) -> None:
        self.primed: dict[int, EnsembleState] = {}
        self.failed: set[int] = set()
        self._library = library
        self._ensembles = dict(ensembles)
        self._directors: dict[tuple[int, str], Director] = {}
        # The present memory of the ensemble that was used last.
        self._loaded: EnsembleState | None = None

    def after(self, due: Sequence[Waiting], state: DeckState) -> Steps[DeckState]:
        """Return the state after operations on the music. A failed one has no effect."""
        for each in due:
            match each.operation:
                case Reseed(seed, _, bar, section):
                    director = self.director(seed, state.lineup.plan)
                    begins = bar_of(director, bar, section, state.automation.current)
                    state = self.fresh(state if begins is None else state.at_music_bar(begins), seed)
                case NextSection():
                    state = self._in_next_section(state)
                case SwapModel():
                    if self.can_open(each.number, each.operation):
                        state = self._swapped(state, each.operation)
                case HoldChord() | Follow() | Listen():
                    state = state.played_in(each.operation)
                case Prime(music, _, lineup, _, call_bars):
                    if each.number not in self.primed:
                        yield from self._hear(each.number, each.operation)
                    if each.number in self.primed:
                        primed, seed = self.primed[each.number], state.music.seed
                        heard = primed_at(primed, music, seed, state.music_tick, call_bars)
                        state = state._replace(lineup=lineup, music=heard)
        return state

    def can_open(self, number: int, operation: SwapModel) -> bool:
        """Open the sources of a swap; return whether they can be played. Log the first failure of an operation."""
        if number in self.failed:
            return False
        try:
            for source in operation.sources.values():  # an undo may need a bundle that no longer exists
                self._library.open(source)
        except Exception as error:  # noqa: BLE001 - after any error the music continues as before
            self._fail(number, operation, error)
            return False
        return True

    def _hear(self, number: int, operation: Prime) -> Steps[None]:
        """Prime an ensemble again, because the journal has no result of an earlier priming."""
        if number in self.failed:
            return
        try:
            ensemble = self._library.ensemble(operation.lineup)
            try:
                self.primed[number] = yield from prime(ensemble, operation.music, operation.parameters)
            finally:
                ensemble.close()
        except Exception as error:  # noqa: BLE001 - after any error the music continues as before
            self._fail(number, operation, error)

    def _fail(self, number: int, operation: MusicOperation, error: Exception) -> None:
        self.failed.add(number)
        _log.error("the %s, the one before goes on: %s", _failure(operation), error)

    def fresh(self, state: DeckState, seed: int) -> DeckState:
        """Return the state with fresh music of `seed`."""
        ensemble = self._ensemble(state.lineup)
        ensemble.begin(seed, state.music_tick)
        self._loaded = ensemble.save()
        return state._replace(music=self._loaded)

    def _in_next_section(self, state: DeckState) -> DeckState:
        """Return the state with the memory moved to the beginning of the next section."""
        bar = -(-state.music_tick // TICKS_PER_BAR)
        director = self.director(state.music.seed, state.lineup.plan)
        skipped = next_section(director, bar, state.automation.current, state.previous.section) - bar
        behind = state.behind - skipped * TICKS_PER_BAR
        return state._replace(behind=behind, music=state.music.moved(skipped)) if skipped else state

    def _swapped(self, state: DeckState, operation: SwapModel) -> DeckState:
        """Return the state with other sources. The replaced parts begin anew; with another plan, everything."""
        lineup = state.lineup.replaced(operation.sources)
        fresh = self.fresh(state._replace(lineup=lineup), state.music.seed)
        if "plan" in operation.sources:
            return fresh
        stays = [part not in operation.sources for part in PARTS]
        memories = zip(stays, state.music.systems, fresh.music.systems, strict=True)
        systems = tuple(old if stay else new for stay, old, new in memories)
        return fresh._replace(music=state.music._replace(systems=systems))

    def step(
        self, state: DeckState, *, is_silent: bool, is_turned: bool, last_tick: int | None
    ) -> Steps[tuple[Ticked, DeckState]]:
        """Compose the tick of `state`, repeat one of a loop, or make it silent; return it and the state after it."""
        tick, parameters, ensemble = state.tick, state.automation.current, self._ensemble(state.lineup)
        asked, looping = sounding(state), looping_bars(state)
        if self._loaded is not state.music:
            ensemble.restore(state.music)
        self._loaded = None  # set again after the step, which may fail
        if looping:
            moment = state.recent.ago(looping * TICKS_PER_BAR)
            composed = ensemble.articulated(moment, asked)
        elif is_silent:
            moment = silent(state, ensemble.director)
            composed = Composed(moment.tick, (), (), moment.plan)
        else:
            composed = yield from ensemble.compose(state.music_tick, asked)
            assert ensemble.last is not None  # noqa: S101 - it has just composed
            moment = ensemble.last
        later = tick - moment.tick
        composed = as_heard(composed.moved(later), state)
        if is_silent or (last_tick is not None and tick >= last_tick):
            composed = composed._replace(notes=(), release=(), effects=None)
        muted = _newly_muted(state.previous, parameters)
        is_turned = is_turned and not looping
        release = (*MELODIC_VOICES,) if is_turned else tuple(dict.fromkeys((*composed.release, *muted)))
        behind = state.behind + bool(looping)
        if is_silent:
            release = VOICES
            ensemble.begin(state.music.seed, tick + 1 - behind)
        self._loaded = ensemble.save() if is_silent or not looping else state.music
        following = state.with_planned(planned(moment, later // TICKS_PER_BAR))._replace(
            tick=tick + 1,
            music=self._loaded,
            previous=parameters,
            recent=state.recent.followed_by(moment),
            behind=behind,
            looping=looping,
        )
        return Ticked(composed, parameters, release, 0.0), following

    def extra_ticks(self, state: DeckState) -> int:
        """Return how many ticks longer than usual the horizon must be, also for the models of pending swaps.

        Their ensembles are made now, and compose when the swaps are due. An ensemble that could not be made counts 0.
        """
        for each in state.waiting:
            if isinstance(each.operation, SwapModel) and self.can_open(each.number, each.operation):
                self._ensemble(state.lineup.replaced(each.operation.sources))
        made = (self._ensembles.get(lineup.key) for lineup in state.lineups)
        return max((ensemble.extra_ticks for ensemble in made if ensemble is not None), default=0)

    def director(self, seed: int, source: Source) -> Director:
        """Return the director of a seed with the tables of a bundle."""
        if (seed, source.key) not in self._directors:
            if len(self._directors) >= _KEPT_DIRECTORS:
                self._directors.clear()
            self._directors[seed, source.key] = Director(seed, self._library.arrangement(source))
        return self._directors[seed, source.key]

    def forget_all_but(self, numbers: Collection[int]) -> None:
        """Forget the results and failures of other operations."""
        self.primed = {number: state for number, state in self.primed.items() if number in numbers}
        self.failed.intersection_update(numbers)

    def close_all_but(self, lineups: Collection[tuple[str, ...]]) -> None:
        """Release the rows of the ensembles of other lineups."""
        for key in [key for key in self._ensembles if key not in lineups]:
            self._ensembles.pop(key).close()
            self._loaded = None

    def _ensemble(self, lineup: Lineup) -> Ensemble:
        if lineup.key not in self._ensembles:
            self._ensembles[lineup.key] = self._library.ensemble(lineup)
        return self._ensembles[lineup.key]


def _newly_muted(before: Parameters, after: Parameters) -> tuple[Voice, ...]:
    if before is after:
        return ()
    return tuple(v for v in VOICES if after.voice(v).mute and not before.voice(v).mute)


def _failure(operation: MusicOperation) -> str:
    match operation:
        case SwapModel(sources):
            return f"model {next(iter(sources.values())).name} cannot be loaded"
        case Prime():
            return "music to go on from cannot be heard"
        case Reseed(seed):
            return f"seed {seed} cannot be played"
        case NextSection():
            return "next section cannot be played"
        case HoldChord() | Follow() | Listen():
            return "music that is played in cannot be used"
