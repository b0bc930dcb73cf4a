"""What waits for its tick to happen to the engine: another seed, another model, music to go on from."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from models.bundle import Bundle
from models.notes import TICKS_PER_BAR

Kind = Literal["seed", "model", "prime"]


class Due(NamedTuple):
    """Something that happens when `tick` is composed; from then on the engine has this seed and bundle.

    None stands for the one there was.
    """

    kind: Kind
    tick: int
    act: Callable[[], None]
    seed: int | None = None
    bundle: Bundle | None = None

    @property
    def bar(self) -> int:
        """The first bar that is wholly of it."""
        return -(-self.tick // TICKS_PER_BAR)


class Agenda:
    """What is due, the soonest first; `asked` counts what was ever added.

    Of a kind the last one at a tick holds: however much is asked for, a handful waits.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.due: tuple[Due, ...] = ()

    def add(self, due: Due) -> None:
        """Let it wait, in place of one of its kind at the same tick."""
        self.asked += 1
        others = [each for each in self.due if (each.kind, each.tick) != (due.kind, due.tick)]
        self.due = tuple(sorted([*others, due], key=lambda each: each.tick))

    def take(self, tick: int) -> tuple[Due, ...]:
        """What is due by `tick`; it waits no more."""
        taken = tuple(each for each in self.due if each.tick <= tick)
        self.due = self.due[len(taken) :]
        return taken

    def take_all(self) -> tuple[Due, ...]:
        """All of it."""
        taken, self.due = self.due, ()
        return taken
