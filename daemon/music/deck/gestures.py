"""Undo and redo. The changes of one surface within a second are one gesture, which is undone as a whole; so is a restart."""

from collections import deque
from collections.abc import Callable, Collection
from functools import reduce
from typing import Final, NamedTuple

from msgspec.structs import replace

from daemon.automation import At, boundary
from daemon.music.deck.deckstate import DeckState, Waiting, replaced_by
from daemon.music.deck.operations import Cancel, Entry, Operation, Reseed, SetParameters, SwapModel

_GESTURE_SECONDS: Final = 1.0
_MOST: Final = 100

Undoable = SetParameters | Reseed | SwapModel


class Part(NamedTuple):
    """A gesture's change of one kind (parameters, seed or model); `inverse` is the operation that undoes it.

    `waiting` are the numbers of its operations that may be pending; in an undone gesture, those of its inverse.
    `has_acted` is True if another operation of this part has taken effect. `later` were pending for a later boundary
    when the gesture was made; if one has taken effect, undo restores that one instead of `inverse`.
    """

    done: Undoable
    inverse: Undoable
    waiting: tuple[int, ...] = ()
    has_acted: bool = True
    later: tuple[Waiting, ...] = ()


class Gesture(NamedTuple):
    """The changes of a surface, the last at `seconds`; at most one part of each kind."""

    surface: str
    seconds: float
    parts: tuple[Part, ...]


class Gestures:
    """The last gestures that can be undone (`done`), and those that can be redone (`undone`)."""

    def __init__(self) -> None:
        self.done: deque[Gesture] = deque(maxlen=_MOST)
        self.undone: deque[Gesture] = deque(maxlen=_MOST)

    def note(self, surface: str, seconds: float, entry: Entry, before: DeckState) -> None:
        """Add an operation of a surface; `before` is the state without it."""
        operation = entry.operation
        if not isinstance(operation, Undoable):
            return
        self.undone.clear()
        made = {number for gesture in self.done for part in gesture.parts for number in part.waiting}
        replaced = {each.number for each in replaced_by(entry, before)}
        part = _part(operation, entry, before, replaced & made)
        self.cancelled(replaced)
        last = self.done[-1] if self.done else None
        new = Gesture(surface, seconds, (part,))
        if last is not None and last.surface == surface and seconds - last.seconds < _GESTURE_SECONDS:
            new = _joined(_settled(self.done.pop(), before), new)
        self.done.append(new)

    def restarted(self, surface: str, seconds: float, seed: int, bar: int) -> None:
        """Add a restart from the first bar; undo goes on at `bar` of the set, where the music was."""
        self.undone.clear()
        self.done.append(Gesture(surface, seconds, (Part(Reseed(seed, bar=0), Reseed(seed, bar=bar)),)))

    def cancelled(self, numbers: Collection[int]) -> None:
        """Drop cancelled operations. If the operations of an undo are cancelled, their gesture counts as done again."""
        left = [_without(gesture, numbers) for gesture in self.undone]
        stays = [_rest(gesture, rest) for gesture, rest in zip(self.undone, left, strict=True)]
        done = [*(_without(gesture, numbers) for gesture in self.done), *reversed(stays)]
        self.done = deque((each for each in done if each.parts), _MOST)
        self.undone = deque((each for each in left if each.parts), _MOST)

    def undo(self, state: DeckState, at: At, accept: Callable[[Operation], Entry]) -> list[Entry]:
        """Undo the last gesture: pass the operations to `accept`, and return their entries."""
        entries = _turn(
            self.done, self.undone, state, accept, lambda part: replace(_before(part, state), at=at)
        )
        # An earlier undo that is pending for a later boundary would override this one.
        known = {number for gesture in self.undone for part in gesture.parts for number in part.waiting}
        late = known & {each.number for entry in entries for each in _waiting_after(entry, state)}
        if late:
            entries.append(accept(Cancel(tuple(late))))
            self.undone = deque((_with_acted(gesture, late) for gesture in self.undone), _MOST)
        return entries

    def redo(self, state: DeckState, at: At, accept: Callable[[Operation], Entry]) -> list[Entry]:
        """Redo the gesture that was undone last, with the same results; return the entries."""
        entries = _turn(self.undone, self.done, state, accept, lambda part: replace(part.done, at=at))
        if entries:  # undo restores parameters even after a cancel, because a glide may have begun
            gesture = self.done.pop()
            parts = (
                part._replace(waiting=(), has_acted=True) if isinstance(part.done, SetParameters) else part
                for part in gesture.parts
            )
            self.done.append(gesture._replace(parts=tuple(parts)))
        return entries


def _part(operation: Undoable, entry: Entry, before: DeckState, dropped: Collection[int]) -> Part:
    """Return the part of one operation; the operations `dropped` are cancelled and belong to no gesture."""
    due = boundary(entry.tick, operation.at)
    earlier = [each.operation for each in before.waiting if each.tick <= due and each.number not in dropped]
    later = _waiting_after(entry, before)
    match operation:
        case SetParameters(values):  # undo restores them even while they are pending
            return Part(operation, SetParameters(before.automation.accepted(values)))
        case Reseed(bar=bar):
            old = None if bar is None else before.music_bar
            seeds = [
                Reseed(before.music.seed, bar=old),
                *(each for each in earlier if isinstance(each, Reseed)),
            ]
            return Part(operation, seeds[-1], (entry.number,), has_acted=False, later=later)
        case SwapModel():
            lineup = before.lineup
            for swap in (each for each in earlier if isinstance(each, SwapModel)):
                lineup = lineup.replaced(swap.sources)
            inverse = SwapModel({place: lineup.places[place] for place in operation.sources})
            return Part(operation, inverse, (entry.number,), has_acted=False, later=later)


def _waiting_after(entry: Entry, state: DeckState) -> tuple[Waiting, ...]:
    """Return the pending operations of the same kind as an entry that have a later boundary."""
    operation = entry.operation
    if not isinstance(operation, Reseed | SwapModel):
        return ()
    due = boundary(entry.tick, operation.at)
    later = (w for w in state.waiting if isinstance(w.operation, type(operation)) and w.tick > due)
    return tuple(each for each in later if _meets(operation, each.operation))


def _meets(one: Operation, other: Operation) -> bool:
    """Return whether two operations of a kind overlap; two swaps do if they have a place in common."""
    if isinstance(one, SwapModel) and isinstance(other, SwapModel):
        return not one.sources.keys().isdisjoint(other.sources.keys())
    return True


def _before(part: Part, state: DeckState) -> Undoable:
    """Return the operation that restores the state without this part."""
    still = _still_waiting(state)
    happened = [each.operation for each in part.later if each.number not in still]
    if isinstance(part.inverse, SwapModel):
        swaps = [each for each in happened if isinstance(each, SwapModel)]
        return reduce(_swap_over, swaps, part.inverse)
    last = happened[-1] if happened else part.inverse
    return last if isinstance(last, Undoable) else part.inverse


def _swap_over(inverse: SwapModel, later: SwapModel) -> SwapModel:
    """Return `inverse` with the sources of a later swap, for the places that it restores."""
    sources = {place: later.sources.get(place, source) for place, source in inverse.sources.items()}
    return replace(inverse, sources=sources)


def _still_waiting(state: DeckState) -> set[int]:
    return {each.number for each in state.waiting if each.tick >= state.tick}


def _joined(first: Gesture, second: Gesture) -> Gesture:
    """Return two gestures as one: redo gives the result of the second, undo the state before the first."""
    parts = {type(part.done): part for part in first.parts}
    for part in second.parts:
        under = parts.get(type(part.done))
        parts[type(part.done)] = part if under is None else _joined_part(under, part)
    return Gesture(first.surface, second.seconds, tuple(parts.values()))


def _joined_part(first: Part, second: Part) -> Part:
    waiting = (*first.waiting, *second.waiting)
    has_acted = first.has_acted or second.has_acted
    done, inverse = _over(first.done, second.done), _over(second.inverse, first.inverse)
    return Part(done, inverse, waiting, has_acted, first.later)


def _over(under: Undoable, over: Undoable) -> Undoable:
    if isinstance(under, SetParameters) and isinstance(over, SetParameters):
        return replace(over, values={**under.values, **over.values})
    if isinstance(under, SwapModel) and isinstance(over, SwapModel):
        return replace(over, sources={**under.sources, **over.sources})
    return over


def _without(gesture: Gesture, numbers: Collection[int]) -> Gesture:
    """Return the gesture without cancelled operations and without parts that are then empty."""
    parts = (
        part._replace(
            waiting=tuple(number for number in part.waiting if number not in numbers),
            later=tuple(each for each in part.later if each.number not in numbers),
        )
        for part in gesture.parts
    )
    return gesture._replace(parts=tuple(part for part in parts if part.has_acted or part.waiting))


def _with_acted(gesture: Gesture, numbers: Collection[int]) -> Gesture:
    """Return the gesture with these operations marked as having acted."""
    parts = []
    for part in gesture.parts:
        waiting = tuple(number for number in part.waiting if number not in numbers)
        has_acted = part.has_acted or len(waiting) < len(part.waiting)
        parts.append(part._replace(waiting=waiting, has_acted=has_acted))
    return gesture._replace(parts=tuple(parts))


def _settled(gesture: Gesture, state: DeckState) -> Gesture:
    """Return the gesture with the operations that are no longer pending marked as having acted."""
    still = _still_waiting(state)
    numbers = {number for part in gesture.parts for number in part.waiting if number not in still}
    return _with_acted(gesture, numbers)


def _rest(gesture: Gesture, left: Gesture) -> Gesture:
    """Return the parts of an undone gesture that `left` lacks, as done parts."""
    kinds = {type(part.done) for part in left.parts}
    parts = (part for part in gesture.parts if type(part.done) not in kinds)
    return gesture._replace(parts=tuple(part._replace(waiting=(), has_acted=True) for part in parts))


def _turn(
    source: deque[Gesture],
    target: deque[Gesture],
    state: DeckState,
    accept: Callable[[Operation], Entry],
    changing: Callable[[Part], Undoable],
) -> list[Entry]:
    """Move the last gesture of `source` to `target`: cancel its pending operations, and change those that acted."""
    if not source:
        return []
    gesture = _settled(source.pop(), state)
    entries: list[Entry] = []
    parts: list[Part] = []
    for part in gesture.parts:
        # The opposite move must repeat a cancelled operation at any time, so the cancel counts as having acted.
        turned = part._replace(waiting=(), has_acted=bool(part.waiting))
        if part.waiting:
            entries.append(accept(Cancel(part.waiting)))
        if part.has_acted:
            entry = accept(changing(part))
            entries.append(entry)
            turned = _entered(turned, entry, state)
        parts.append(turned)
    target.append(gesture._replace(parts=tuple(parts)))
    return entries


def _entered(part: Part, entry: Entry, before: DeckState) -> Part:
    """Return a part with `entry` as its last operation. Cancelling the entry does not restore what it replaced."""
    has_acted = part.has_acted or bool(replaced_by(entry, before))
    return part._replace(waiting=(entry.number,), has_acted=has_acted)
