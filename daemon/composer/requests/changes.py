"""Changes by clients: each operation gets a tick, enters the journal, and can be undone."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from msgspec.structs import replace

from daemon.automation import At, boundary, heard_tick
from daemon.composer.playing.feeder import Feeder
from daemon.composer.playing.position import when
from daemon.link.player import Mute, ToPlayer
from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.gestures import Gestures
from daemon.music.deck.operations import Cancel, Entry, Operation, PlayedIn, Prime, SetParameters, describe
from daemon.music.ensemble.ensemble import EnsembleState
from models.notes import VOICES, Voice

_CLIENT: Final = "zmq"
_MOST_MUTED: Final = 100


class Changes:
    """Gives each operation the first tick that can still change. `send` sends immediate mutes to the player."""

    def __init__(
        self,
        deck: Deck,
        feeder: Feeder,
        send: Callable[[ToPlayer], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deck, self._feeder, self._send = deck, feeder, send
        self._clock = clock
        self.gestures = Gestures()
        # The muted voices by the number of their entry, until a revision contains it.
        self._muted: dict[int, tuple[Voice, ...]] = {}

    @property
    def state(self) -> DeckState:
        """The state before the next tick, with every operation accepted so far."""
        return self._deck.state(max(self._deck.next_tick, self._deck.journal.last_tick))

    def accept(
        self, operation: Operation, surface: str = _CLIENT, primed: EnsembleState | None = None
    ) -> int:
        """Enter an operation at the first tick that can still change, and return that tick."""
        return self.accept_all([operation], surface, primed)

    def accept_all(
        self, operations: Iterable[Operation], surface: str = _CLIENT, primed: EnsembleState | None = None
    ) -> int:
        """Enter operations at one tick, and return it. `primed` is the result of the priming among them."""
        tick = self._tick()
        for operation in operations:
            before = self._deck.state(tick)
            result = primed if isinstance(operation, Prime) else None
            entry = self._deck.accept(operation, tick, result)
            asked = replace(entry, operation=operation)  # the entry may also contain an earlier request
            self.gestures.note(surface, self._clock(), asked, before)
            self._mute(entry, before)
        return tick

    def follow_tempo(self, tempo: float) -> None:
        """Take over the tempo of a Link session. It is no gesture: undo does not take it back."""
        self._deck.accept(SetParameters({"tempo": tempo}), self._tick())

    def restarting(self, surface: str = _CLIENT) -> None:
        """Note that the music is about to start from the first bar, so that undo can bring it back to where it is."""
        state = self._deck.state(self._deck.next_tick)
        if state.music_bar > 0:
            self.gestures.restarted(surface, self._clock(), state.music.seed, state.music_bar)

    def noted(self, entry: Entry) -> None:
        """Extend a mute in the player if its entry was moved to a later tick; forget it when a revision contains it."""
        if entry.revision:
            self._muted.pop(entry.number, None)
        elif voices := self._muted.get(entry.number):
            self._send(Mute(voices, entry.tick))

    def undo(self, at: At) -> dict[str, Any] | None:
        """Undo the last gesture; return its changes and when they are heard, or None if there is no gesture."""
        tick = self._tick()
        return _told(self.gestures.undo(self._deck.state(tick), at, self._carry_out(tick)), tick, at)

    def redo(self, at: At) -> dict[str, Any] | None:
        """Redo the gesture that was undone last; return as `undo` does."""
        tick = self._tick()
        return _told(self.gestures.redo(self._deck.state(tick), at, self._carry_out(tick)), tick, at)

    def pending(self) -> list[dict[str, Any]]:
        """Return the pending operations: id, description, and when each is heard."""
        return [*self._pending(self._deck.next_tick)]

    def cancel(self, number: int | None) -> list[int]:
        """Cancel a pending operation, or all if `number` is None; return their ids."""
        tick = self._tick()
        numbers = [each["id"] for each in self._pending(tick) if number in (None, each["id"])]
        if numbers:
            self._deck.accept(Cancel(tuple(numbers)), tick)
            self.gestures.cancelled(numbers)
        return numbers

    def _pending(self, first: int) -> Iterator[dict[str, Any]]:
        """Yield the pending operations that are heard at the tick `first` or later."""
        state = self.state
        values: dict[int, dict[str, Any]] = {}
        starts: dict[int, int] = {}
        for name, change in state.automation.changes.items():
            if heard_tick(name, change.start_tick) >= first:
                values.setdefault(change.number, {})[name] = change.target
                starts[change.number] = heard_tick(name, change.start_tick)
        for number, params in values.items():
            yield {"id": number, "what": "set", "params": params, **when(starts[number])}
        if state.fade is not None and state.fade.start >= first:
            yield {"id": state.fade.number, "what": "fade", **when(state.fade.start)}
        for each in state.waiting:
            if each.tick >= first and not isinstance(each.operation, PlayedIn):
                yield {"id": each.number, **describe(each.operation), **when(each.tick)}

    def _tick(self) -> int:
        """Return the first tick that can still change, but no tick before an earlier change."""
        return max(self._feeder.tick_for_changes(), self._deck.journal.last_tick)

    def _carry_out(self, tick: int) -> Callable[[Operation], Entry]:
        def accept(operation: Operation) -> Entry:
            before = self._deck.state(tick)
            entry = self._deck.accept(operation, tick)
            self._mute(entry, before)
            return replace(entry, operation=operation)

        return accept

    def _mute(self, entry: Entry, before: DeckState) -> None:
        """Mute voices in the player at once if the entry mutes them."""
        operation = entry.operation
        if isinstance(operation, SetParameters) and operation.at == "now" and self._feeder.is_playing:
            muted = tuple(
                voice
                for voice in VOICES
                if operation.values.get(f"{voice}.mute") is True and not before.parameters.voice(voice).mute
            )
            if muted:
                if len(self._muted) >= _MOST_MUTED:
                    self._muted.pop(next(iter(self._muted)))
                self._muted[entry.number] = (*self._muted.get(entry.number, ()), *muted)
                self._send(Mute(muted, entry.tick))


def _told(entries: list[Entry], tick: int, at: At) -> dict[str, Any] | None:
    """Return the parameters that an undo or redo sets, and when the first change is heard."""
    if not entries:
        return None
    changes = [each.operation for each in entries if isinstance(each.operation, SetParameters)]
    values = {name: value for change in changes for name, value in change.values.items()}
    told = effective(SetParameters(values, at), tick)
    return {"params": values, **told, **({} if len(changes) == len(entries) else when(boundary(tick, at)))}


def effective(operation: SetParameters, tick: int) -> dict[str, Any]:
    """Return when a change accepted at `tick` is heard; if parameters differ, each is listed under `effective`."""
    begins = boundary(tick, operation.at)
    ticks = {name: heard_tick(name, begins) for name in operation.values}
    first = when(min(ticks.values(), default=begins))
    if len({*ticks.values()}) < 2:
        return first
    return {**first, "effective": {name: when(each) for name, each in ticks.items()}}
