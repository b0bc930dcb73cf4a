"""Drums by a grid of weights and by Euclidean rhythms. The plan says how many hits each drum has."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.chance import chance
from daemon.music.systems.pattern.rhythm import euclidean, strongest, turn
from daemon.music.systems.played import Played
from daemon.music.systems.system import Cue
from models.codecs.percussion import ACCENTS, DRUMS, Hit
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT

_SOFT, _MEDIUM, _LOUD = ACCENTS
# The hits of a bar at the levels 1, 2, 3 of the plan.
_HITS: Final[Mapping[str, tuple[int, int, int]]] = {
    "kick": (2, 4, 8),
    "snare": (2, 4, 8),
    "clap": (2, 4, 8),
    "closed_hat": (3, 7, 16),
    "open_hat": (2, 4, 8),
    "tom": (2, 4, 8),
    "crash": (1, 1, 2),
    "ride": (2, 4, 8),
    "rim": (2, 5, 9),
}
# The weight of each tick of a bar. Within a beat: on the beat, then the three sixteenths after it.
_KICK: Final = (9.0, 5.0, 8.0, 5.2, 9.0, 3.0, 6.0, 4.0, 9.0, 5.0, 7.0, 4.5, 9.0, 3.0, 6.5, 5.5)
_BACKBEAT: Final = (0.0, 2.0, 1.0, 4.0, 9.0, 2.0, 1.0, 5.0, 1.0, 4.5, 3.0, 2.0, 9.0, 2.0, 4.0, 5.5)
_CLOSED_HAT: Final = (6.0, 3.0, 9.0, 3.2) * 4
_OPEN_HAT: Final = (1.0, 0.0, 9.0, 0.5) * 4
_CRASH: Final = (9.0, *[0.0] * 7, 5.0, *[0.0] * 7)
_RIDE: Final = (9.0, 1.0, 5.0, 2.0) * 4
_GRIDS: Final[Mapping[str, tuple[float, ...]]] = {
    "kick": _KICK,
    "snare": _BACKBEAT,
    "clap": _BACKBEAT,
    "closed_hat": _CLOSED_HAT,
    "open_hat": _OPEN_HAT,
    "crash": _CRASH,
    "ride": _RIDE,
}
# How far the weights vary at temperature 1. The kick varies little, because people dance to it.
_SPREAD: Final[Mapping[str, float]] = {"kick": 0.4, "snare": 0.8, "clap": 0.2, "crash": 0.0}
_USUAL_SPREAD: Final = 1.5
_SNARE, _TOM = DRUMS.index("snare"), DRUMS.index("tom")
_FILL_TICKS: Final = TICKS_PER_BEAT


def hits(seed: int, cue: Cue) -> Played:
    """Return the hits of a tick. The last beat of a section has a fill of snare and tom."""
    bar, place = divmod(cue.tick, TICKS_PER_BAR)
    plan, parameters = cue.plan, cue.parameters
    if _is_fill(plan, place):
        return Played((), _fill(seed, bar, place, plan))
    variation = turn(bar, parameters.repetition)
    temperature = round(parameters.percussion.temperature, 1)
    played = (
        Hit(drum, _accent(name, place))
        for drum, (name, level) in enumerate(zip(DRUMS, plan.drums, strict=True))
        if level and place in _places(name, level, temperature, (seed, plan.section), variation)
    )
    return Played((), tuple(played))


@lru_cache(maxsize=4096)
def _places(
    drum: str, level: int, temperature: float, music: tuple[int, str], variation: int
) -> frozenset[int]:
    """Return the ticks of a bar with a hit of this drum; `music` is the seed and the section."""
    count = _HITS[drum][level - 1]
    if drum not in _GRIDS:  # tom and rim: a rotated figure, the same for the whole section
        rotation = int(chance(*music, drum, "rotation") * TICKS_PER_BEAT) + 1
        return euclidean(count + int(chance(*music, drum) * 2), rotation)
    spread = temperature * _SPREAD.get(drum, _USUAL_SPREAD)
    return strongest(_GRIDS[drum], count, spread, *music, drum, variation)


def _accent(drum: str, place: int) -> float:
    """Return a loud accent on the strong ticks of a drum, a soft one between them."""
    on_beat, is_eighth = place % TICKS_PER_BEAT == 0, place % 2 == 0
    if drum in ("kick", "snare", "clap", "crash"):
        return _MEDIUM if on_beat else _SOFT
    if drum == "closed_hat":
        return _LOUD if is_eighth and not on_beat else _MEDIUM if on_beat else _SOFT
    return _MEDIUM if is_eighth else _SOFT


def _is_fill(plan: BarPlan, place: int) -> bool:
    is_last = bool(plan.next_section) and plan.bars_left == 0
    return is_last and any(plan.drums) and place >= TICKS_PER_BAR - _FILL_TICKS


def _fill(seed: int, bar: int, place: int, plan: BarPlan) -> tuple[Hit, ...]:
    """Return the hits of a tick of a roll that grows louder; the kick plays on the beat if the plan has it."""
    drum = _TOM if chance(seed, bar, "fill") < 0.4 or (not plan.drums[_SNARE] and place % 2) else _SNARE
    accent = (_SOFT, _MEDIUM, _MEDIUM, _LOUD)[place % TICKS_PER_BEAT]
    kick = (Hit(0, _MEDIUM),) if plan.drums[0] and place % TICKS_PER_BEAT == 0 else ()
    return (*kick, Hit(drum, accent))
