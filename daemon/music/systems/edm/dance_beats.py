"""The drum hits that a bar's beat needs and must not have: the kick, the backbeat, the crash and off-beat hats."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from daemon.music.arranging.barplan import FOUR_ON_THE_FLOOR, BarPlan
from models.codecs import percussion
from models.genres import BACKBEAT, FOUR, HALF, KICK, TWO_STEP
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT

_PARTS: Final = [part.name for part in percussion.LAYOUT.parts]
_KICK, _BACKBEAT, _COLOUR, _HATS = (_PARTS.index(name) for name in ("kick", "backbeat", "colour", "hats"))
# Added to the logits of a kick and of a clap (or a snare) where the planned beat has them, of a crash at the start of a bar
# planned with one, and of an open hat on the off-beats. Subtracted where the planned beat has none.
_PULLS: Final = {_KICK: 3.0, _BACKBEAT: 3.0, _COLOUR: 6.0, _HATS: 3.0}
_CRASH, _CLOSED, _OPEN = (percussion.DRUMS.index(name) for name in ("crash", "closed_hat", "open_hat"))
_EVERY_BEAT: Final = frozenset(range(0, TICKS_PER_BAR, TICKS_PER_BEAT))
_OFF_BEATS: Final = frozenset(place + TICKS_PER_BEAT // 2 for place in _EVERY_BEAT)
_TWO_AND_FOUR: Final = frozenset((TICKS_PER_BEAT, 3 * TICKS_PER_BEAT))
_THREE: Final = 2 * TICKS_PER_BEAT
# The second kick of a two-step comes after the third beat.
_AFTER_THREE: Final = _THREE + 2


class _Beat(NamedTuple):
    """The places of a bar where a kind of beat has a kick and a backbeat, and those where it must not have them."""

    kick: frozenset[int] = frozenset()
    backbeat: frozenset[int] = frozenset()
    no_kick: frozenset[int] = frozenset()
    no_backbeat: frozenset[int] = frozenset()


_BEATS: Final[Mapping[int, _Beat]] = {
    FOUR: _Beat(_EVERY_BEAT, _TWO_AND_FOUR),
    HALF: _Beat(frozenset((0,)), frozenset((_THREE,)), _TWO_AND_FOUR, _TWO_AND_FOUR),
    TWO_STEP: _Beat(frozenset((0, _AFTER_THREE)), _TWO_AND_FOUR, _TWO_AND_FOUR),
    BACKBEAT: _Beat(
        frozenset((0, _THREE)),
        _TWO_AND_FOUR,
        _TWO_AND_FOUR | frozenset(range(_THREE + 1, 3 * TICKS_PER_BEAT)),
    ),
    KICK: _Beat(frozenset((0,)), no_kick=_TWO_AND_FOUR),
}


@lru_cache(maxsize=1024)
def _awaited_at(place: int, plan: BarPlan) -> tuple[int, ...]:
    """Return the same as `awaited` for a place in the bar."""
    beat = _BEATS.get(plan.beat, _Beat())
    backbeat = any(level for level in plan.drums[slice(*percussion.LAYOUT.part_ranges[_BACKBEAT])])
    awaited = {
        _KICK: place in beat.kick,
        _BACKBEAT: backbeat and place in beat.backbeat,
        _COLOUR: place == 0 and plan.drums[_CRASH] > 0,
        _HATS: _only_off_beats(plan) and place in _OFF_BEATS,
    }
    return tuple(part for part, is_awaited in awaited.items() if is_awaited)


@lru_cache(maxsize=1024)
def _unwanted_at(place: int, plan: BarPlan) -> tuple[int, ...]:
    """Return the same as `unwanted` for a place in the bar."""
    beat = _BEATS.get(plan.beat, _Beat())
    unwanted = {
        _KICK: place in beat.no_kick,
        _BACKBEAT: place in beat.no_backbeat,
        _HATS: _only_off_beats(plan) and place not in _OFF_BEATS,
    }
    return tuple(part for part, is_unwanted in unwanted.items() if is_unwanted)


def _only_off_beats(plan: BarPlan) -> bool:
    """Return whether the plan has open hats on the off-beats and no other hats."""
    return plan.beat == FOUR and not plan.drums[_CLOSED] and plan.drums[_OPEN] == FOUR_ON_THE_FLOOR


def awaited(tick: int, plan: BarPlan) -> tuple[int, ...]:
    """Return the parts of the kit that the plan's dance beat needs at a tick."""
    return _awaited_at(tick % TICKS_PER_BAR, plan)


def unwanted(tick: int, plan: BarPlan) -> tuple[int, ...]:
    """Return the parts of the kit that the plan's dance beat must not have at a tick."""
    return _unwanted_at(tick % TICKS_PER_BAR, plan)


def pulls(awaited: tuple[int, ...], unwanted: tuple[int, ...] = ()) -> tuple[float, ...]:
    """Return what is added to the logits of kick, backbeat, crash and open hat at a tick."""
    return tuple(pull * ((part in awaited) - (part in unwanted)) for part, pull in _PULLS.items())
