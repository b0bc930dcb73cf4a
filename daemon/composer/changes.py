"""What clients change: each operation dated, put into the journal, and remembered so that it can be taken back."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from msgspec.structs import replace

from daemon.automation import At, boundary, heard_tick
from daemon.composer.feeder import Feeder
from daemon.composer.position import when
from daemon.link.player import Mute, ToPlayer
from daemon.music.deck import Deck
from daemon.music.deckstate import DeckState
from daemon.music.engine import EngineState
from daemon.music.gestures import Gestures
from daemon.music.operations import Cancel, Entry, Operation, SetParameters, describe
from models.notes import VOICES, Voice

_CLIENT: Final = "zmq"
_MOST_MUTED: Final = 100


class Changes:
    """Dates operations at the first tick that they can still change. `send` reaches the player, for mutes at once."""

    def __init__(
        self,
        deck: Deck,
        feeder: Feeder,
        send: Callable[[ToPlayer], None],
        model_name: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deck, self._feeder, self._send, self._model_name = deck, feeder, send, model_name
        self._clock = clock
        self.gestures = Gestures()
        self._muted: dict[int, tuple[Voice, ...]] = {}  # by the number of the entry, until a revision has it

    @property
    def state(self) -> DeckState:
        """What holds for the next tick, with every operation accepted so far."""
        return self._deck.state(max(self._deck.next_tick, self._deck.journal.last_tick))

    def accept(self, operation: Operation, surface: str = _CLIENT, primed: EngineState | None = None) -> int:
        """Let an operation act as soon as it can, and return the tick at which it is accepted."""
        tick = self._tick()
        before = self._deck.state(tick)
        entry = self._deck.accept(operation, tick, primed)
        asked = replace(entry, operation=operation)  # the entry may have joined what was asked for before
        self.gestures.note(surface, self._clock(), asked, before, self._model_name(before.bundle))
        self._mute(entry, before)
        return tick

    def noted(self, entry: Entry) -> None:
        """Let a mute last until its entry acts, also where that is later than it was when it was accepted."""
        if entry.revision:
            self._muted.pop(entry.number, None)
        elif voices := self._muted.get(entry.number):
            self._send(Mute(voices, entry.tick))

    def undo(self, at: At) -> dict[str, Any] | None:
        """Take the last gesture back, and return when that is heard and what it changes; None if there is none."""
        tick = self._tick()
        return _told(self.gestures.undo(self._deck.state(tick), at, self._carry_out(tick)), tick, at)

    def redo(self, at: At) -> dict[str, Any] | None:
        """Do the gesture again that was taken back last; the same results."""
        tick = self._tick()
        return _told(self.gestures.redo(self._deck.state(tick), at, self._carry_out(tick)), tick, at)

    def pending(self) -> list[dict[str, Any]]:
        """Return what waits for its beat: each operation with its id, what it is, and when it is heard."""
        return [*self._pending(self._deck.next_tick)]

    def cancel(self, number: int | None) -> list[int]:
        """Take back an operation that waits, or all of them for None; return their ids."""
        tick = self._tick()
        numbers = [each["id"] for each in self._pending(tick) if number in (None, each["id"])]
        if numbers:
            self._deck.accept(Cancel(tuple(numbers)), tick)
            self.gestures.cancelled(numbers)
        return numbers

    def _pending(self, first: int) -> Iterator[dict[str, Any]]:
        """Yield what waits and is heard at the tick `first` or later."""
        state = self.state
        values: dict[int, dict[str, Any]] = {}
        starts: dict[int, int] = {}
        for name, change in state.automation.changes.items():
            if heard_tick(name, change.start_tick) >= first:
                values.setdefault(change.number, {})[name] = change.target
                starts[change.number] = heard_tick(name, change.start_tick)
        for number, params in values.items():
            yield {"id": number, "what": "set", "params": params, **when(starts[number])}
        for each in state.waiting:
            if each.tick >= first:
                yield {"id": each.number, **describe(each.operation), **when(each.tick)}

    def _tick(self) -> int:
        """Return the first tick that a change can still change, not before the changes accepted earlier."""
        return max(self._feeder.tick_for_changes(), self._deck.journal.last_tick)

    def _carry_out(self, tick: int) -> Callable[[Operation], Entry]:
        def accept(operation: Operation) -> Entry:
            before = self._deck.state(tick)
            entry = self._deck.accept(operation, tick)
            self._mute(entry, before)
            return replace(entry, operation=operation)

        return accept

    def _mute(self, entry: Entry, before: DeckState) -> None:
        """Let the player end the notes of voices that are muted from the entry's tick on at once."""
        operation = entry.operation
        if isinstance(operation, SetParameters) and operation.at == "now" and self._feeder.is_playing:
            muted = tuple(
                voice
                for voice in VOICES
                if operation.values.get(f"{voice}.mute") is True
                and not getattr(before.parameters, f"{voice}_mute")
            )
            if muted:
                self._muted = {**self._muted, entry.number: muted} if len(self._muted) < _MOST_MUTED else {}
                self._send(Mute(muted, entry.tick))


def _told(entries: list[Entry], tick: int, at: At) -> dict[str, Any] | None:
    """Return what a gesture was changed to, and when the first of it is heard."""
    if not entries:
        return None
    changes = [each.operation for each in entries if isinstance(each.operation, SetParameters)]
    values = {name: value for change in changes for name, value in change.values.items()}
    told = effective(SetParameters(values, at), tick)
    return {"params": values, **told, **({} if len(changes) == len(entries) else when(boundary(tick, at)))}


def effective(operation: SetParameters, tick: int) -> dict[str, Any]:
    """Return when a change accepted at `tick` is heard; by name under `effective` where the parameters differ."""
    begins = boundary(tick, operation.at)
    ticks = {name: heard_tick(name, begins) for name in operation.values}
    first = when(min(ticks.values(), default=begins))
    if len({*ticks.values()}) < 2:
        return first
    return {**first, "effective": {name: when(each) for name, each in ticks.items()}}
