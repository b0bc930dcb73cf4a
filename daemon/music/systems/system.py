"""The interface of a system: it composes some voices tick by tick, and asks for the steps of its networks.

A system never runs a network. Its methods are generators that yield `Ask` and receive the outputs, so that one driver
(`ensemble/drive.py`) can serve many decks in one batch.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.played import Played
from daemon.parameters import Parameters
from models.codecs.base import Floats
from models.codecs.vocabulary import Vocabulary
from models.session import Row

Part = Literal["melody", "percussion"]
Array = NDArray[Any]
Outputs = Mapping[str, Array]
T = TypeVar("T")


def _no_row(network: str) -> Row:
    raise KeyError(f"a system without networks opens a row of the network {network}")


class Networks(NamedTuple):
    """What a system is made of: rows of its bundle's networks, by the network's part, and the bundle's vocabulary."""

    open_row: Callable[[str], Row] = _no_row
    vocabulary: Vocabulary = Vocabulary("")


class Ask(NamedTuple):
    """A request for one step of a network: the row of its session, and that row's inputs by name."""

    row: Row
    feeds: Mapping[str, Array]


Steps = Generator[Ask, Outputs, T]
"""A computation that asks for steps of networks and returns a T. The outputs are valid until the next request."""


class Cue(NamedTuple):
    """The tick that a system composes.

    `plans` are the plans of this bar (index 0) and of the bars before it, None where there is none. `chance` holds
    uniform random numbers in [0, 1), see `chance.py`. `before` is the output of all systems at the previous tick,
    `played` that of the earlier systems of the ensemble at this tick.
    """

    tick: int
    parameters: Parameters
    plans: tuple[BarPlan | None, ...]
    plan: BarPlan
    chance: Floats
    before: Played
    played: Played


class Memory(Protocol):
    """The memory of a system as a value, a `msgspec.Struct` with a tag."""

    def moved(self, ticks: int) -> "Memory":
        """Return the same memory for music that lies `ticks` later."""


class System(Protocol):
    """Composes some voices of a deck. The same seed, parameters and plans give the same music."""

    @property
    def extra_ticks(self) -> int:
        """How many ticks longer than usual the horizon must be, because composing takes long at times; usually 0."""

    def begin(self, seed: int, tick: int, /) -> None:
        """Clear the memory: the music of `seed` begins at `tick`."""

    def plan(self, bar: int, plan: BarPlan, parameters: Parameters, /) -> Steps[BarPlan]:
        """Return the plan of a bar: `plan`, which the director or an earlier system made, or another one."""

    def compose(self, cue: Cue, /) -> Steps[Played]:
        """Return the notes and hits of a tick. The ensemble calls it once for each tick, in order."""

    def hear(self, cue: Cue, played: Played, /) -> Steps[None]:
        """Update the memory as if this system had composed its own voices of `played`."""

    def save(self) -> Any:
        """Return the memory as a value, one of `systems.table.SystemState`."""

    def restore(self, state: Any, /) -> None:
        """Continue from a saved memory: the next results are the same, bit for bit."""

    def close(self) -> None:
        """Release the rows of its sessions."""
