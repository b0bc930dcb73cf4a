"""The operations on a deck, as data."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from daemon.automation import At
from daemon.music.ensemble.lineup import Lineup, Place, Source
from daemon.music.listening.listening import Mode
from daemon.music.listening.touch import Touch
from daemon.parameters import Parameters, Value
from models.chords import Chord
from models.hearing import TokenisedMusic


class SetParameters(msgspec.Struct, frozen=True, tag=True):
    """Change parameters, by contract name, at a boundary; `over_beats` is the length of a ramp.

    With `origins` it is a morph from these values.
    """

    values: dict[str, Value]
    at: At = "now"
    over_beats: float = 0.0
    origins: dict[str, Value] = {}


class Reseed(msgspec.Struct, frozen=True, tag=True):
    """Begin the music of another seed, with fresh state.

    With `bar` it begins at this bar of the seed's set; else at the bar that would come next. `section` replaces `bar`
    where that bar does not belong to a section of this name: the set is searched for the first one.
    """

    seed: int
    at: At = "bar"
    bar: int | None = None
    section: str = ""


class SwapModel(msgspec.Struct, frozen=True, tag=True):
    """Continue with other sources. A replaced part begins with fresh state; if the plan is replaced, everything does."""

    sources: dict[Place, Source]
    at: At = "bar"


class Prime(msgspec.Struct, frozen=True, tag=True):
    """Continue from other music, which `lineup` heard under `parameters`.

    If the music is a call of `call_bars` bars, what follows is its answer, which is as long.
    """

    music: TokenisedMusic
    parameters: Parameters
    lineup: Lineup
    at: At = "bar"
    call_bars: int = 0


class NextSection(msgspec.Struct, frozen=True, tag=True):
    """Go on to the director's next section; what lies between is not played."""

    at: At = "bar"


class HoldChord(msgspec.Struct, frozen=True, tag=True):
    """Somebody holds a chord, which is that of the next bar while `chord_loop` is `played`."""

    chord: Chord
    at: At = "bar"


class Follow(msgspec.Struct, frozen=True, tag=True):
    """Drums and bass follow how somebody played, for one bar; None: nobody played."""

    touch: Touch | None
    at: At = "bar"


class Listen(msgspec.Struct, frozen=True, tag=True):
    """Listen in another way. Calls begin with a call, or with an answer if one `is_answered` already."""

    mode: Mode
    bars: int = 2
    once: bool = False
    is_answered: bool = False
    at: At = "bar"


class Fade(msgspec.Struct, frozen=True, tag=True):
    """Fade to silence in `over_beats`. The music stays silent until `EndFade` or a restart."""

    over_beats: float
    at: At = "bar"


class EndFade(msgspec.Struct, frozen=True, tag=True):
    """Play at full level again."""


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Cancel pending operations, by their numbers."""

    numbers: tuple[int, ...]


class BeginAnew(msgspec.Struct, frozen=True, tag=True):
    """Play with fresh state of the same seed, as after a gap in the music."""


class Forgo(msgspec.Struct, frozen=True, tag=True):
    """Keep one tick silent because it could not be composed, and begin anew after it."""


PlayedIn = HoldChord | Follow
"""What somebody plays in. It waits only for the next bar, so clients are not told that it waits."""

MusicOperation = Reseed | SwapModel | Prime | NextSection | PlayedIn | Listen
Operation = SetParameters | MusicOperation | Fade | EndFade | Cancel | BeginAnew | Forgo


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


_KINDS: Final[Mapping[type, str]] = {
    Reseed: "seed",
    SwapModel: "model",
    Prime: "prime",
    NextSection: "next",
    HoldChord: "chord",
    Follow: "follow",
    Listen: "listen",
}


def kind_of(operation: MusicOperation) -> str:
    """Return the kind of an operation; of those at one tick only the last one of each kind acts."""
    return _KINDS[type(operation)]


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
        case NextSection():
            return {"what": "next"}
        case Listen(mode):
            return {"what": "listen", "mode": mode}
        case HoldChord() | Follow():
            return {"what": kind_of(operation)}
