"""Undo and redo: what one surface changes within a second is one gesture, which is taken back as a whole."""

from collections import deque
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from msgspec.structs import replace

from daemon.automation import At, boundary
from daemon.music.deckstate import DeckState, Waiting, replaced_by
from daemon.music.operations import Cancel, Entry, Operation, Reseed, SetParameters, SwapModel

_GESTURE_SECONDS: Final = 1.0
_MOST: Final = 100

Undoable = SetParameters | Reseed | SwapModel


class Part(NamedTuple):
    """What a gesture did of one kind: parameters, seed or model; `inverse` changes it back.

    `waiting` are the numbers of operations that may still wait for their boundary. If the gesture was taken back, they
    are those of its inverse. `has_acted` means that another such operation has happened. `later` waited already when
    the gesture was made, for a later boundary; what has happened of it is what the gesture is changed back to.
    """

    done: Undoable
    inverse: Undoable
    waiting: tuple[int, ...] = ()
    has_acted: bool = True
    later: tuple[Waiting, ...] = ()


class Gesture(NamedTuple):
    """What a surface did until a moment; one part at most of each kind."""

    surface: str
    seconds: float
    parts: tuple[Part, ...]


class Gestures:
    """The last gestures that can be taken back, and those taken back that can be done again."""

    def __init__(self) -> None:
        self.done: deque[Gesture] = deque(maxlen=_MOST)
        self.undone: deque[Gesture] = deque(maxlen=_MOST)

    def note(self, surface: str, seconds: float, entry: Entry, before: DeckState, model: str) -> None:
        """Remember an operation of a surface at a moment; `before` is the state without it, `model` its bundle's name."""
        operation = entry.operation
        if not isinstance(operation, Undoable):
            return
        self.undone.clear()
        made = {number for gesture in self.done for part in gesture.parts for number in part.waiting}
        replaced = {each.number for each in replaced_by(entry, before)}
        part = _part(operation, entry, before, model, replaced & made)
        self.cancelled(replaced)
        last = self.done[-1] if self.done else None
        new = Gesture(surface, seconds, (part,))
        if last is not None and last.surface == surface and seconds - last.seconds < _GESTURE_SECONDS:
            new = _joined(_settled(self.done.pop(), before), new)
        self.done.append(new)

    def cancelled(self, numbers: Collection[int]) -> None:
        """Drop operations that never happen. What an undo would have changed back stays done."""
        left = [_without(gesture, numbers) for gesture in self.undone]
        stays = [_rest(gesture, rest) for gesture, rest in zip(self.undone, left, strict=True)]
        done = [*(_without(gesture, numbers) for gesture in self.done), *reversed(stays)]
        self.done = deque((each for each in done if each.parts), _MOST)
        self.undone = deque((each for each in left if each.parts), _MOST)

    def undo(self, state: DeckState, at: At, accept: Callable[[Operation], Entry]) -> list[Entry]:
        """Take the last gesture back with the operations that `accept` takes, and return their entries."""
        entries = _turn(
            self.done, self.undone, state, accept, lambda part: replace(_before(part, state), at=at)
        )
        # An earlier undo that waits for a later boundary would act after this one.
        known = {number for gesture in self.undone for part in gesture.parts for number in part.waiting}
        late = known & {each.number for entry in entries for each in _waiting_after(entry, state)}
        if late:
            entries.append(accept(Cancel(tuple(late))))
            self.undone = deque((_with_acted(gesture, late) for gesture in self.undone), _MOST)
        return entries

    def redo(self, state: DeckState, at: At, accept: Callable[[Operation], Entry]) -> list[Entry]:
        """Do the gesture again that was taken back last; the same results."""
        entries = _turn(self.undone, self.done, state, accept, lambda part: replace(part.done, at=at))
        if entries:  # parameters are set back even if they are cancelled: a glide has begun by then
            gesture = self.done.pop()
            parts = (
                part._replace(waiting=(), has_acted=True) if isinstance(part.done, SetParameters) else part
                for part in gesture.parts
            )
            self.done.append(gesture._replace(parts=tuple(parts)))
        return entries


def _part(operation: Undoable, entry: Entry, before: DeckState, model: str, dropped: Collection[int]) -> Part:
    """Return the part of one operation; the operations `dropped` never happen, nor are they gestures any more."""
    due = boundary(entry.tick, operation.at)
    earlier = [each.operation for each in before.waiting if each.tick <= due and each.number not in dropped]
    later = _waiting_after(entry, before)
    match operation:
        case SetParameters(values):  # they are set back even while they wait
            return Part(operation, SetParameters(before.automation.accepted(values)))
        case Reseed():
            seeds = [Reseed(before.engine.seed), *(each for each in earlier if isinstance(each, Reseed))]
            return Part(operation, seeds[-1], (entry.number,), has_acted=False, later=later)
        case SwapModel():
            swaps = [
                SwapModel(model, before.bundle),
                *(each for each in earlier if isinstance(each, SwapModel)),
            ]
            return Part(operation, swaps[-1], (entry.number,), has_acted=False, later=later)


def _waiting_after(entry: Entry, state: DeckState) -> tuple[Waiting, ...]:
    """Return what waits of the kind of an entry, for a later boundary than that does."""
    operation = entry.operation
    if not isinstance(operation, Reseed | SwapModel):
        return ()
    due = boundary(entry.tick, operation.at)
    return tuple(w for w in state.waiting if isinstance(w.operation, type(operation)) and w.tick > due)


def _before(part: Part, state: DeckState) -> Undoable:
    """Return what would hold now if the part had not been done."""
    still = _still_waiting(state)
    happened = [each.operation for each in part.later if each.number not in still]
    last = happened[-1] if happened else part.inverse
    return last if isinstance(last, Undoable) else part.inverse


def _still_waiting(state: DeckState) -> set[int]:
    return {each.number for each in state.waiting if each.tick >= state.tick}


def _joined(first: Gesture, second: Gesture) -> Gesture:
    """Return both as one gesture: done as the second left it, taken back to what was before the first."""
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
    return over


def _without(gesture: Gesture, numbers: Collection[int]) -> Gesture:
    """Return the gesture without operations that never happen, and without parts of which nothing is left then."""
    parts = (
        part._replace(
            waiting=tuple(number for number in part.waiting if number not in numbers),
            later=tuple(each for each in part.later if each.number not in numbers),
        )
        for part in gesture.parts
    )
    return gesture._replace(parts=tuple(part for part in parts if part.has_acted or part.waiting))


def _with_acted(gesture: Gesture, numbers: Collection[int]) -> Gesture:
    """Return the gesture with these operations no longer waiting, but done with."""
    parts = []
    for part in gesture.parts:
        waiting = tuple(number for number in part.waiting if number not in numbers)
        has_acted = part.has_acted or len(waiting) < len(part.waiting)
        parts.append(part._replace(waiting=waiting, has_acted=has_acted))
    return gesture._replace(parts=tuple(parts))


def _settled(gesture: Gesture, state: DeckState) -> Gesture:
    """Return the gesture with what no longer waits noted as happened, so that little is remembered of it."""
    still = _still_waiting(state)
    numbers = {number for part in gesture.parts for number in part.waiting if number not in still}
    return _with_acted(gesture, numbers)


def _rest(gesture: Gesture, left: Gesture) -> Gesture:
    """Return the parts of an undone gesture that are not left of it, as done."""
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
    """Move the last gesture of `source` to `target`: cancel what still waits of it, change what has happened."""
    if not source:
        return []
    gesture = _settled(source.pop(), state)
    entries: list[Entry] = []
    parts: list[Part] = []
    for part in gesture.parts:
        # The way back does again what a cancel took away, at whatever moment: so the cancel counts as having acted.
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
    """Return a part whose last operation is an entry of the journal; what that replaced cannot come back by a cancel."""
    has_acted = part.has_acted or bool(replaced_by(entry, before))
    return part._replace(waiting=(entry.number,), has_acted=has_acted)
