"""The operations on a deck, as data."""

from typing import Any

import msgspec

from daemon.automation import At
from daemon.music.ensemble.lineup import Lineup, Place, Source
from daemon.parameters import Parameters, Value
from models.hearing import TokenisedMusic


class SetParameters(msgspec.Struct, frozen=True, tag=True):
    """Change parameters, by contract name, at a boundary; `over_beats` is the length of a ramp."""

    values: dict[str, Value]
    at: At = "now"
    over_beats: float = 0.0


class Reseed(msgspec.Struct, frozen=True, tag=True):
    """Begin the music of another seed, with fresh state."""

    seed: int
    at: At = "bar"


class SwapModel(msgspec.Struct, frozen=True, tag=True):
    """Continue with other sources. A replaced part begins with fresh state; if the plan is replaced, everything does."""

    sources: dict[Place, Source]
    at: At = "bar"


class Prime(msgspec.Struct, frozen=True, tag=True):
    """Continue from other music, which `lineup` heard under `parameters`."""

    music: TokenisedMusic
    parameters: Parameters
    lineup: Lineup
    at: At = "bar"


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Cancel pending operations, by their numbers."""

    numbers: tuple[int, ...]


class BeginAnew(msgspec.Struct, frozen=True, tag=True):
    """Play with fresh state of the same seed, as after a gap in the music."""


class Forgo(msgspec.Struct, frozen=True, tag=True):
    """Keep one tick silent because it could not be composed, and begin anew after it."""


MusicOperation = Reseed | SwapModel | Prime
Operation = SetParameters | MusicOperation | Cancel | BeginAnew | Forgo


class Entry(msgspec.Struct, frozen=True):
    """An accepted operation and the tick at which it acts.

    `revision` is the first revision that contains it, or 0. `number` counts the operations of a deck.
    """

    number: int
    tick: int
    operation: Operation
    revision: int = 0

    def dated(self, tick: int) -> "Entry":
        """Return the entry at another tick, without a revision."""
        return msgspec.structs.replace(self, tick=tick, revision=0)

    def revised(self, revision: int) -> "Entry":
        """Return the entry with the revision that contains it."""
        return msgspec.structs.replace(self, revision=revision)


def kind_of(operation: MusicOperation) -> str:
    """Return the kind of an operation in messages to clients: `seed`, `model` or `prime`."""
    match operation:
        case Reseed():
            return "seed"
        case SwapModel():
            return "model"
        case Prime():
            return "prime"


def describe(operation: MusicOperation) -> dict[str, Any]:
    """Return the description of a pending operation for clients."""
    match operation:
        case Reseed(seed):
            return {"what": "seed", "seed": seed}
        case SwapModel(sources):
            part = {"part": next(iter(sources))} if len(sources) == 1 else {}
            return {"what": "model", "model": next(iter(sources.values())).name, **part}
        case Prime():
            return {"what": "prime"}
