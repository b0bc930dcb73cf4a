"""One performance as data: its journal, and its state before each of the last ticks."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple

from daemon.music.deckstate import DeckState, Waiting, first_state
from daemon.music.director import Director
from daemon.music.engine import Composed, Engine, EngineState
from daemon.music.journal import Journal
from daemon.music.operations import (
    BeginAnew,
    EngineOperation,
    Entry,
    Forgo,
    Operation,
    Prime,
    Reseed,
    SwapModel,
)
from daemon.music.outlook import Outlook, PlannedBar, Turn
from daemon.music.priming import prime, primed, primed_at
from daemon.parameters import Parameters
from models.hearing import TokenisedMusic
from models.notes import MELODIC_VOICES, TICKS_PER_BAR, VOICES, Voice

_log: Final = logging.getLogger(__name__)
# After a longer gap the music restarts with fresh state; the ticks of the gap are not composed.
LONGEST_GAP_TICKS: Final = 64
# The number of states and ticks stored before the first tick that has not begun.
_KEPT_TICKS: Final = 20
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


class Deck:
    """Composes tick after tick with the operations of its journal. `head` is the next tick.

    An operation at an earlier tick makes the ticks from there on stale (`stale_from`). `next_tick` is the first tick
    that has not begun to sound. `course` counts the starts at tick 0. `last_tick` is the first tick after the end, or
    None. `open_engine` returns the engine of a bundle by name and digest, and may load it.
    """

    def __init__(
        self,
        open_engine: Callable[[str, str], Engine],
        state: DeckState,
        journal: Journal | None = None,
        last_tick: int | None = None,
    ) -> None:
        self.journal = journal or Journal()
        self.head = self.next_tick = state.tick
        self.course = 0
        self.last_tick = last_tick
        self.stale_from: int | None = None
        self._open_engine = open_engine
        self._states = {state.tick: state}
        self._ticked: dict[int, Ticked] = {}
        self._primed: dict[int, EngineState] = {}
        # The numbers of failed operations; a rewind does not try them again.
        self._failed: set[int] = set()
        self._directors: dict[tuple[int, str], Director] = {}
        self._in_engine: EngineState | None = None

    # --- operations ---

    def accept(self, operation: Operation, tick: int, primed_state: EngineState | None = None) -> Entry:
        """Enter an operation that acts at `tick`, which has not begun. `primed_state` is the result of `prime`."""
        # Two changes may become one entry only if no composed tick contains the first one.
        entry = self.journal.add(operation, tick, may_join=tick >= self._valid_to)
        if primed_state is not None:
            self._primed[entry.number] = primed_state
        self._make_stale(tick)
        return entry

    def date_anew(self, taken: int, tick: int) -> None:
        """Move the operations that no revision up to `taken` contains to `tick` or later; earlier ticks have begun."""
        first = self.journal.date_anew(taken, tick)
        if first is not None:
            self._make_stale(first)

    def rewind(self) -> int:
        """Set `head` to the first stale tick, if there is one, and return `head`."""
        if self.stale_from is not None:
            self.head, self.stale_from = self.stale_from, None
        return self.head

    def begin(self, tick: int) -> None:
        """Set `next_tick`, because the ticks before `tick` have begun; drop old states, ticks and entries."""
        self.next_tick = max(tick, self.next_tick)
        oldest = min(self.next_tick, self._valid_to) - _KEPT_TICKS
        for number in [number for number in self._states if number < oldest]:
            del self._states[number]
        for number in [number for number in self._ticked if number < oldest]:
            del self._ticked[number]
        self.journal.forget(oldest)
        if self._primed or self._failed:
            known = {entry.number for entry in self.journal.entries}
            known |= {each.number for state in self._states.values() for each in state.waiting}
            self._primed = {number: state for number, state in self._primed.items() if number in known}
            self._failed &= known

    def settle(self, revision: int) -> None:
        """Make the entries at `next_tick` that revisions up to `revision` hold part of the state before that tick.

        For a deck that stands still: its journal would grow with each change.
        """
        state = self._states.get(self.next_tick)
        while state is not None and (entries := self.journal.at(self.next_tick, self.next_tick)):
            if not 0 < entries[0].revision <= revision:
                break
            self._states[self.next_tick] = state = state.after(entries[0])
            self.journal.entries.remove(entries[0])

    def move_to(self, course: int, tick: int) -> None:
        """Continue at a tick of another course, with the settings and pending operations of this one."""
        state = self.state(max(self.next_tick, self.journal.last_tick)).restarted()
        self.journal.entries.clear()
        self._states, self.course = {0: state}, course
        self.head, self.next_tick, self.stale_from = 0, 0, None
        self.skip_to(tick)

    def restart(self) -> None:
        """Restart the music at tick 0, with fresh state of the same seed; pending operations take effect there."""
        state = self.state(self.next_tick)
        for entry in self.journal.entries:
            if entry.tick > self.next_tick:
                state = state.after(entry.dated(self.next_tick))
        state = state.restarted()
        engine = self._engine(state)
        engine.begin(state.engine.seed, 0)
        self._in_engine = engine.save()
        self._states = {0: state._replace(engine=self._in_engine)}
        self._ticked.clear()
        self.journal.entries.clear()
        self.head = self.next_tick = 0
        self.stale_from = None
        self.course += 1

    # --- music ---

    def compose(self) -> Ticked:
        """Compose the tick `head`. Raises any error of a network's runtime; the deck is then unchanged."""
        began = time.perf_counter()
        tick = self.head
        state = self._states[tick]
        entries = self.journal.at(tick, tick)
        for entry in entries:
            state = state.after(entry)
        anew = any(isinstance(entry.operation, BeginAnew) for entry in entries)
        silent = any(isinstance(entry.operation, Forgo) for entry in entries)
        state = state._replace(automation=state.automation.advanced(tick))
        state, is_turned = self._turned(state, anew=anew)
        ticked, following = self._step(state, is_silent=silent, is_turned=is_turned)
        compose_us = (time.perf_counter() - began) * 1e6
        self._ticked[tick] = ticked._replace(compose_us=compose_us, entries=tuple(entries))
        self._states[tick + 1] = following
        self.head = tick + 1
        return self._ticked[tick]

    def skip_to(self, tick: int) -> None:
        """Continue at `tick`, far ahead, with fresh state; do not compose the ticks between."""
        state = self.state(tick)
        self._states = {tick: state._replace(tick=tick, planned=())}
        self._ticked.clear()
        self.head, self.next_tick, self.stale_from = tick, tick, None
        self.accept(BeginAnew(), tick)

    def _turned(self, state: DeckState, *, anew: bool) -> tuple[DeckState, bool]:
        """Carry out the due operations and load the state into the engine. Return also whether there were any."""
        due = [each for each in state.waiting if each.tick <= state.tick]
        if due:
            state = state._replace(waiting=state.waiting[len(due) :])
        for each in due:
            state = self._happened(state, each)
        engine = self._engine(state)
        if anew:
            engine.begin(state.engine.seed, state.tick)
            state = state._replace(engine=engine.save())
        elif self._in_engine is not state.engine:
            engine.restore(state.engine)
        self._in_engine = None  # set again after the step
        return state, bool(due) or anew

    def _happened(self, state: DeckState, due: Waiting) -> DeckState:
        """Return the state after an operation on the engine, or the same state if the operation fails."""
        match due.operation:
            case Reseed(seed):
                return self._fresh(state, seed)
            case SwapModel(name, digest):
                # An undo may need a bundle that was closed and no longer exists.
                if self._can(due, lambda: self._open_engine(name, digest)):
                    return self._fresh(state._replace(bundle=digest), state.engine.seed)
            case Prime(music, _, digest) as operation:
                if self._can(due, lambda: self._hear(due.number, operation)):
                    heard = primed_at(self._primed[due.number], music, state.engine.seed, state.tick)
                    return state._replace(bundle=digest, engine=heard)
        return state

    def _can(self, due: Waiting, work: Callable[[], object]) -> bool:
        """Do the work of a pending operation; return whether it succeeded. Log the first failure."""
        if due.number in self._failed:
            return False
        try:
            work()
        except Exception as error:  # noqa: BLE001 - after any error the music continues as before
            self._failed.add(due.number)
            self._in_engine = None
            _log.error("the %s, the one before goes on: %s", _failure(due.operation), error)
            return False
        return True

    def _hear(self, number: int, operation: Prime) -> None:
        engine = self._open_engine("", operation.digest)
        if number not in self._primed:
            self._in_engine = None
            self._primed[number] = primed(engine, operation.music, operation.parameters)

    def _fresh(self, state: DeckState, seed: int) -> DeckState:
        engine = self._engine(state)
        engine.begin(seed, state.tick)
        self._in_engine = engine.save()
        return state._replace(engine=self._in_engine)

    def _step(self, state: DeckState, *, is_silent: bool, is_turned: bool) -> tuple[Ticked, DeckState]:
        tick, parameters, engine = state.tick, state.automation.current, self._engine(state)
        bar = tick // TICKS_PER_BAR
        if is_silent:
            composed = Composed(tick, (), (), engine.director.plan(bar, parameters))
        else:
            composed = engine.step(tick, parameters)
        if self.last_tick is not None and tick >= self.last_tick:
            composed = composed._replace(notes=(), release=())
        muted = _newly_muted(state.previous, parameters)
        release = (*MELODIC_VOICES,) if is_turned else tuple(dict.fromkeys((*composed.release, *muted)))
        if is_silent:
            release = VOICES
            engine.begin(state.engine.seed, tick + 1)
        section = engine.director.section_at(bar, parameters)
        self._in_engine = engine.save()
        following = state.with_planned(PlannedBar(bar, section, composed.plan))._replace(
            tick=tick + 1, engine=self._in_engine, previous=parameters
        )
        return Ticked(composed, parameters, release, 0.0), following

    def prime(self, music: TokenisedMusic, parameters: Parameters) -> Iterator[EngineState]:
        """Prime the playing engine with music; yield its state after each beat. The deck may compose between beats."""
        states = prime(self.engine, music, parameters)
        while True:
            self._in_engine = None  # before the step, which may fail halfway
            state = next(states, None)
            if state is None:
                return
            yield state

    # --- state and outlook ---

    @property
    def engine(self) -> Engine:
        """The engine of the bundle that plays at `next_tick`."""
        return self._engine(self.state(self.next_tick))

    def state(self, tick: int) -> DeckState:
        """Return the state before `tick` with its operations; the engine's state is at most the last one composed."""
        base = min(tick, self._valid_to)
        state = self._states[base if base in self._states else max(self._states)]
        for entry in self.journal.at(state.tick, tick):
            state = state.after(entry)
        return state._replace(tick=tick)

    def saved_state(self, tick: int) -> DeckState | None:
        """Return the state before `tick` without the operations of `tick`, or None if it is not stored."""
        return self._states.get(tick) if tick <= self._valid_to else None

    def is_forgone(self, tick: int) -> bool:
        """Return whether a tick stays silent because it could not be composed."""
        return any(isinstance(entry.operation, Forgo) for entry in self.journal.at(tick, tick))

    def bundles(self) -> set[str]:
        """Return the digests of the bundles that a rewind or a pending operation may need."""
        states = self._states.values()
        waiting = [each.operation for state in states for each in state.waiting]
        swaps = {each.digest for each in waiting if isinstance(each, SwapModel | Prime)}
        entries = [entry.operation for entry in self.journal.entries]
        swaps |= {each.digest for each in entries if isinstance(each, SwapModel | Prime)}
        return {state.bundle for state in states} | swaps

    def ticked(self, tick: int) -> Ticked | None:
        """Return the last version of a recent tick, or None for any other tick."""
        return self._ticked.get(tick)

    def outlook(self) -> Outlook:
        """Return the data for the plans of coming bars, with all pending operations."""
        state = self.state(self._valid_to)
        turns = [Turn(0, self._director(state.engine.seed, state.bundle))]
        seed, bundle = state.engine.seed, state.bundle
        for each in state.waiting:
            match each.operation:
                case Reseed(new_seed):
                    seed = new_seed
                case SwapModel(name, digest):
                    if not self._can(each, partial(self._open_engine, name, digest)):
                        continue
                    bundle = digest
                case Prime(digest=digest):
                    bundle = digest
            turns.append(Turn(each.bar, self._director(seed, bundle), isinstance(each.operation, Prime)))
        planned = {each.bar: each for each in state.planned}
        end = None if self.last_tick is None else self.last_tick // TICKS_PER_BAR
        return Outlook(planned, dict(state.engine.given), state.automation, tuple(turns), end)

    @property
    def _valid_to(self) -> int:
        """The first tick that is not composed, or stale."""
        return self.head if self.stale_from is None else min(self.head, self.stale_from)

    def _make_stale(self, tick: int) -> None:
        if tick < self.head:
            self.stale_from = tick if self.stale_from is None else min(tick, self.stale_from)

    def _engine(self, state: DeckState) -> Engine:
        return self._open_engine("", state.bundle)

    def _director(self, seed: int, bundle: str) -> Director:
        if (seed, bundle) not in self._directors:
            if len(self._directors) >= _KEPT_DIRECTORS:
                self._directors.clear()
            arrangement = self._open_engine("", bundle).bundle.arrangement
            self._directors[seed, bundle] = Director(seed, arrangement)
        return self._directors[seed, bundle]


def _newly_muted(before: Parameters, after: Parameters) -> tuple[Voice, ...]:
    if before is after:
        return ()
    return tuple(v for v in VOICES if after.voice(v).mute and not before.voice(v).mute)


def _failure(operation: EngineOperation) -> str:
    match operation:
        case SwapModel(name):
            return f"model {name} cannot be loaded"
        case Prime():
            return "music to go on from cannot be heard"
        case Reseed(seed):
            return f"seed {seed} cannot be played"


def fresh_seed() -> int:
    """Return a random seed."""
    return random.SystemRandom().randrange(2**32)


def engines_of(*engines: Engine) -> Callable[[str, str], Engine]:
    """Return an `open_engine` for a fixed set of engines."""
    by_digest: Mapping[str, Engine] = {engine.bundle.digest: engine for engine in engines}
    return lambda _, digest: by_digest[digest]


def new_deck(engine: Engine, parameters: Parameters, last_tick: int | None = None) -> Deck:
    """Return a deck at tick 0 for one engine, which has just begun."""
    return Deck(engines_of(engine), first_state(engine, parameters), last_tick=last_tick)
