"""One performance as data: its journal, and its state before each of the last ticks."""

import random
import time
from typing import Final

from daemon.music.deck.deckstate import DeckState, Waiting, first_state
from daemon.music.deck.journal import Journal
from daemon.music.deck.operations import (
    BeginAnew,
    Entry,
    Forgo,
    Listen,
    Operation,
    PlayedIn,
    Prime,
    SwapModel,
)
from daemon.music.deck.outlook import Outlook
from daemon.music.deck.turns import chords_of, loops_of, turns_of
from daemon.music.ensemble.ensemble import Ensemble, EnsembleState
from daemon.music.ensemble.ensembles import Ensembles, Library, Ticked
from daemon.music.ensemble.lineup import Lineup
from daemon.music.systems.system import Steps
from daemon.parameters import Parameters
from models.notes import TICKS_PER_BAR

# After a longer gap the music restarts with fresh state; the ticks of the gap are not composed.
LONGEST_GAP_TICKS: Final = 64
# The number of states and ticks stored before the first tick that has not begun.
_KEPT_TICKS: Final = 20


class Deck:
    """Composes tick after tick with the operations of its journal. `head` is the next tick.

    An operation at an earlier tick makes the ticks from there on stale (`stale_from`). `next_tick` is the first tick
    that has not begun to sound. `course` counts the starts at tick 0. `last_tick` is the first tick after the end, or
    None. `ensemble` is an existing ensemble of the state's lineup, or None.
    """

    def __init__(
        self,
        library: Library,
        state: DeckState,
        journal: Journal | None = None,
        last_tick: int | None = None,
        ensemble: Ensemble | None = None,
    ) -> None:
        self.journal = journal or Journal()
        self.head = self.next_tick = state.tick
        self.course = 0
        self.last_tick = last_tick
        self.stale_from: int | None = None
        self._states = {state.tick: state}
        self._ticked: dict[int, Ticked] = {}
        self._ensembles = Ensembles(library, {} if ensemble is None else {state.lineup.key: ensemble})

    # --- operations ---

    def accept(self, operation: Operation, tick: int, primed_state: EnsembleState | None = None) -> Entry:
        """Enter an operation that acts at `tick`, which has not begun. `primed_state` is the result of `prime`."""
        # Two changes may become one entry only if no composed tick contains the first one.
        entry = self.journal.add(operation, tick, may_join=tick >= self._valid_to)
        if primed_state is not None:
            self._ensembles.primed[entry.number] = primed_state
        self._make_stale(tick)
        return entry

    def date_anew(self, taken: int, tick: int) -> None:
        """Move the operations that no revision up to `taken` contains to `tick` or later; earlier ticks have begun."""
        first = self.journal.date_anew(taken, tick)
        if first is not None:
            self._make_stale(first)

    def keep_acted(self, revision: int) -> None:
        """Record `revision` (at least 1) in the entries of composed ticks, as if it contained them: they have acted.

        For ticks that began before they were sent.
        """
        acted = [entry for entry in self.journal.entries if entry.tick < self._valid_to]
        self.journal.send(max(revision, 1), acted)

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
        if self._ensembles.primed or self._ensembles.failed:
            known = {entry.number for entry in self.journal.entries}
            self._ensembles.forget_all_but(
                known | {each.number for state in self._states.values() for each in state.waiting}
            )

    def settle(self, revision: int) -> None:
        """Make the entries at `next_tick` that revisions up to `revision` hold part of the state before that tick.

        Used while a deck is stopped; without this its journal would grow with each change.
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
        self._states = {0: self._ensembles.fresh(state, state.music.seed)}
        self._ticked.clear()
        self.journal.entries.clear()
        self.head = self.next_tick = 0
        self.stale_from = None
        self.course += 1

    # --- music ---

    def compose(self) -> Steps[Ticked]:
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
        due = [each for each in state.waiting if each.tick <= tick]
        state = yield from self._ensembles.after(due, state._replace(waiting=state.waiting[len(due) :]))
        if anew:
            state = self._ensembles.fresh(state, state.music.seed)
        ticked, following = yield from self._ensembles.step(
            state,
            is_silent=silent,
            is_turned=anew or any(_turns_melody(each) for each in due),
            last_tick=self.last_tick,
        )
        compose_us = (time.perf_counter() - began) * 1e6
        self._ticked[tick] = ticked._replace(compose_us=compose_us, entries=tuple(entries))
        self._states[tick + 1] = following
        self.head = tick + 1
        return self._ticked[tick]

    def skip_to(self, tick: int) -> None:
        """Continue at `tick`, far ahead, with fresh state; do not compose the ticks between."""
        state = self.state(tick)
        self._states = {tick: state.unheard()._replace(tick=tick)}
        self._ticked.clear()
        self.head, self.next_tick, self.stale_from = tick, tick, None
        self.accept(BeginAnew(), tick)

    # --- state and outlook ---

    def state(self, tick: int) -> DeckState:
        """Return the state before `tick` with its operations; if `tick` is not composed, with the last composed memory."""
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

    def digests(self) -> set[str]:
        """Return the digests of the bundles that a rewind or a pending operation may need."""
        states = self._states.values()
        operations: list[Operation] = [each.operation for state in states for each in state.waiting]
        operations += [entry.operation for entry in self.journal.entries]
        lineups = [
            *(state.lineup for state in states),
            *(o.lineup for o in operations if isinstance(o, Prime)),
        ]
        swaps = [each.sources.values() for each in operations if isinstance(each, SwapModel)]
        return {source.digest for sources in (*lineups, *swaps) for source in sources if source.digest}

    def close_unused(self) -> None:
        """Release the rows of ensembles that no stored state needs."""
        lineups = [lineup for state in self._states.values() for lineup in state.lineups]
        self._ensembles.close_all_but({lineup.key for lineup in lineups})

    def close(self) -> None:
        """Release all rows."""
        self._ensembles.close_all_but(())

    def ticked(self, tick: int) -> Ticked | None:
        """Return the last version of a recent tick, or None for any other tick."""
        return self._ticked.get(tick)

    def outlook(self) -> Outlook:
        """Return the data for the plans of coming bars, with all pending operations."""
        state = self.state(self._valid_to)
        planned = {each.bar: each for each in state.planned}
        end = None if self.last_tick is None else self.last_tick // TICKS_PER_BAR
        turns, loops = turns_of(state, self._ensembles), loops_of(state)
        return Outlook(planned, state.music, state.automation, turns, end, loops, chords_of(state))

    @property
    def extra_ticks(self) -> int:
        """How many ticks longer than usual the horizon must be for the systems that compose the next ticks."""
        return self._ensembles.extra_ticks(self._states[self.head])

    @property
    def _valid_to(self) -> int:
        """The first tick that is not composed, or stale."""
        return self.head if self.stale_from is None else min(self.head, self.stale_from)

    def _make_stale(self, tick: int) -> None:
        if tick < self.head:
            self.stale_from = tick if self.stale_from is None else min(tick, self.stale_from)


def _turns_melody(due: Waiting) -> bool:
    """Return whether an operation starts the melody anew; its earlier notes then end."""
    if isinstance(due.operation, PlayedIn | Listen):
        return False
    return not isinstance(due.operation, SwapModel) or "melody" in due.operation.sources


def new_deck(
    library: Library, lineup: Lineup, parameters: Parameters, seed: int, last_tick: int | None = None
) -> Deck:
    """Return a deck at tick 0. Raises BundleError if a source of `lineup` cannot be played."""
    ensemble = library.ensemble(lineup)
    ensemble.begin(seed, 0)
    return Deck(library, first_state(lineup, ensemble, parameters), last_tick=last_tick, ensemble=ensemble)


def fresh_seed() -> int:
    """Return a random seed."""
    return random.SystemRandom().randrange(2**32)
