"""Undo and redo: what one surface changes within a second is one gesture, which is taken back as a whole."""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec.structs import replace

from daemon.automation import At, boundary
from daemon.music.deckstate import DeckState
from daemon.music.operations import Cancel, Entry, Operation, Reseed, SetParameters, SwapModel

_GESTURE_SECONDS: Final = 1.0
_MOST: Final = 100

Undoable = SetParameters | Reseed | SwapModel


class Gesture(NamedTuple):
    """What was done, and what takes it back: one operation at most of each kind. `entries` are those of the journal."""

    surface: str
    seconds: float
    done: tuple[Undoable, ...]
    inverse: tuple[Undoable, ...]
    entries: tuple[Entry, ...] = ()


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
        new = Gesture(surface, seconds, (operation,), (_inverse(operation, before, model),), (entry,))
        self.undone.clear()
        if (
            self.done
            and self.done[-1].surface == surface
            and seconds - self.done[-1].seconds < _GESTURE_SECONDS
        ):
            new = _joined(self.done.pop(), new)
        self.done.append(new)

    def undo(self, state: DeckState, at: At) -> tuple[Operation, ...]:
        """Return what takes the last gesture back; nothing if there is none."""
        if not self.done:
            return ()
        gesture = self.done.pop()
        self.undone.append(gesture)
        return _taken_back(gesture, state, at)

    def redo(self, at: At) -> tuple[Operation, ...]:
        """Return what does the gesture again that was taken back last; nothing if there is none."""
        if not self.undone:
            return ()
        gesture = self.undone.pop()
        self.done.append(gesture._replace(entries=()))
        return tuple(replace(operation, at=at) for operation in gesture.done)

    def redone(self, entries: Iterable[Entry]) -> None:
        """Note the entries of the gesture that was just done again, so that it can be taken back while they wait."""
        self.done.append(self.done.pop()._replace(entries=tuple(entries)))


def _inverse(operation: Undoable, before: DeckState, model: str) -> Undoable:
    match operation:
        case SetParameters(values):
            return SetParameters(before.automation.accepted(values))
        case Reseed():
            seeds = [w.operation.seed for w in before.waiting if isinstance(w.operation, Reseed)]
            return Reseed([before.engine.seed, *seeds][-1])
        case SwapModel():
            swaps = [w.operation for w in before.waiting if isinstance(w.operation, SwapModel)]
            return [SwapModel(model, before.bundle), *swaps][-1]


def _joined(first: Gesture, second: Gesture) -> Gesture:
    """Return both as one gesture: done as the second left it, taken back to what was before the first."""
    done = _by_kind(first.done, second.done)
    inverse = _by_kind(second.inverse, first.inverse)
    return Gesture(first.surface, second.seconds, done, inverse, (*first.entries, *second.entries))


def _by_kind(under: tuple[Undoable, ...], over: tuple[Undoable, ...]) -> tuple[Undoable, ...]:
    kinds: dict[type, Undoable] = {type(each): each for each in under}
    for each in over:
        below = kinds.get(type(each))
        if isinstance(each, SetParameters) and isinstance(below, SetParameters):
            each = replace(each, values={**below.values, **each.values})  # noqa: PLW2901
        kinds[type(each)] = each
    return tuple(kinds.values())


def _taken_back(gesture: Gesture, state: DeckState, at: At) -> tuple[Operation, ...]:
    """Cancel what still waits; change back what has happened. What was replaced while it waited is neither."""
    numbers = {entry.number for entry in gesture.entries}
    waiting = tuple(each.number for each in state.waiting if each.number in numbers)
    changed = [each for each in gesture.inverse if _has_happened(type(each), gesture.entries, state)]
    cancel = (Cancel(waiting),) if waiting else ()
    return (*cancel, *(replace(each, at=at) for each in changed))


def _has_happened(kind: type, entries: tuple[Entry, ...], state: DeckState) -> bool:
    """Whether an operation of a kind no longer waits for its boundary. Parameters are always set back."""
    due = [
        boundary(entry.tick, entry.operation.at)
        for entry in entries
        if isinstance(entry.operation, Reseed | SwapModel) and isinstance(entry.operation, kind)
    ]
    return kind is SetParameters or not due or min(due) < state.tick
