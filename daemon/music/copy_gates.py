"""Copy or choose anew: which bars a part may copy, how far it leans to that, and what a dance floor awaits in any case."""

from functools import lru_cache
from typing import Final

from daemon.music.barplan import BarPlan
from models.codecs import percussion
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT

# `repetition` at which the copy gates stand as they were learned.
_LEARNED_REPETITION: Final = 0.6
_LOOPING, _WANDERING, _NEVER = 8.0, 6.0, 1e4
_PARTS: Final = [part.name for part in percussion.LAYOUT.parts]
_KICK, _BACKBEAT, _COLOUR = (_PARTS.index(name) for name in ("kick", "backbeat", "colour"))
# Added to the logits of a kick on the beat where four on the floor is planned, of a clap (else a snare) on two and four over
# it, and of a crash where a bar begins with one: of the songs learned from few are house, many are in half time.
_PULLS: Final = {_KICK: 3.0, _BACKBEAT: 3.0, _COLOUR: 6.0}
_TWO_AND_FOUR: Final = (TICKS_PER_BEAT, 3 * TICKS_PER_BEAT)
_CRASH: Final = percussion.DRUMS.index("crash")


@lru_cache(maxsize=1024)
def _awaited_at(place: int, plan: BarPlan) -> tuple[int, ...]:
    """As `awaited`, at a place in the bar."""
    house = plan.four_on_the_floor
    backbeat = any(level for level in plan.drums[slice(*percussion.LAYOUT.part_ranges[_BACKBEAT])])
    awaited = {
        _KICK: house and place % TICKS_PER_BEAT == 0,
        _BACKBEAT: house and backbeat and place in _TWO_AND_FOUR,
        _COLOUR: place == 0 and plan.drums[_CRASH] > 0,
    }
    return tuple(part for part, is_awaited in awaited.items() if is_awaited)


def awaited(tick: int, plan: BarPlan) -> tuple[int, ...]:
    """The parts of the kit that a dance floor awaits at a tick."""
    return _awaited_at(tick % TICKS_PER_BAR, plan)


def pulls(parts: tuple[int, ...]) -> tuple[float, ...]:
    """How far kick, backbeat and crash are pulled towards where these parts are awaited."""
    return tuple(pull if part in parts else 0.0 for part, pull in _PULLS.items())


def copy_bias(repetition: float) -> float:
    """What is added to the copy gates: 0 where they stand as learned, then towards loops or towards the new."""
    if repetition == 0:
        return -_NEVER
    if repetition >= _LEARNED_REPETITION:
        return _LOOPING * (repetition - _LEARNED_REPETITION) / (1 - _LEARNED_REPETITION)
    return _WANDERING * (repetition - _LEARNED_REPETITION) / _LEARNED_REPETITION


@lru_cache(maxsize=256)
def same_tune(old: BarPlan, new: BarPlan, half: int) -> tuple[bool, ...]:
    """For bass, chords, lead: whether the old bar had the same harmony here and the voice was equally silent or not."""
    harmony = old.harmony[half] == new.harmony[half]
    return tuple(harmony and same for same in _same_voices(old, new))


def same_riff(old: BarPlan, new: BarPlan, half: int) -> tuple[bool, ...]:
    """For bass, chords, lead: whether a riff may come again where a form says so, a bass over its root, a lead anywhere."""
    fits = (old.roots[half] == new.roots[half], False, True)
    return tuple(fit and same for fit, same in zip(fits, _same_voices(old, new), strict=True))


def _same_voices(old: BarPlan, new: BarPlan) -> tuple[bool, ...]:
    """For bass, chords, lead: whether the voice was equally silent or not; one turned off by hand is not copied on."""
    return tuple(bool(was) == bool(now) for was, now in zip(old.voices, new.voices, strict=True))


@lru_cache(maxsize=256)
def same_beat(old: BarPlan, new: BarPlan) -> tuple[bool, ...]:
    """For each part of the kit: whether the same drums were to sound."""
    same = [bool(was) == bool(now) for was, now in zip(old.drums, new.drums, strict=True)]
    return tuple(all(same[start:stop]) for start, stop in percussion.LAYOUT.part_ranges)
