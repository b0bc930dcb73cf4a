"""The effects of a tick: filter sweeps in builds and breaks, a riser before a drop, an impact on it; pure functions."""

from collections.abc import Mapping
from typing import Final

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.kit import DROP
from daemon.music.ensemble.crescendo import BUILD
from daemon.parameters import Parameters
from models.effects import FILTER_NEUTRAL, IMPACT, NO_EFFECTS, Effects
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT, VOICES, Voice

BREAK: Final = "break"
# How far the filter of each voice is closed at the beginning of a section. It opens evenly until the next section.
_CLOSED: Final[Mapping[str, Mapping[Voice, int]]] = {
    BUILD: {"lead": 24, "chords": 20, "bass": 36},
    BREAK: {"lead": 52, "chords": 48},
}
# A riser lasts the last bars of a build: eight, or four in a shorter build.
_RISER_BARS, _SHORT_RISER_BARS = 8, 4
_LOWEST, _HIGHEST = 24, 127
_IMPACT_TICKS: Final = 2 * TICKS_PER_BEAT


def effects_of(tick: int, plan: BarPlan, before: BarPlan | None, parameters: Parameters) -> Effects | None:
    """Return the effects of a tick of the bar with this plan, or None; `before` is the plan of the bar before it."""
    if plan.section not in (BUILD, BREAK, DROP):
        return None
    sounding = [voice for voice in VOICES if not parameters.voice(voice).mute]
    loudness = min(parameters.velocity, 1.0) if sounding else 0.0
    effects = Effects(
        _filters(tick, plan, sounding),
        round(loudness * _riser(tick, plan)),
        round(loudness * _impact(tick, plan, before)),
    )
    return None if effects == NO_EFFECTS else effects


def _filters(tick: int, plan: BarPlan, sounding: list[Voice]) -> tuple[tuple[Voice, int], ...]:
    """Return the voices whose filter is not open yet. In a section whose end is not known all are open."""
    closed = _CLOSED.get(plan.section)
    if closed is None or not plan.next_section:
        return ()
    progress = plan.progress(tick)
    # Rounded down, so that a filter opens fully at the first tick of the next section and not before.
    return tuple(
        (voice, int(low + (FILTER_NEUTRAL - low) * progress))
        for voice, low in closed.items()
        if voice in sounding
    )


def _riser(tick: int, plan: BarPlan) -> float:
    """Return the height of the riser, 0 if there is none."""
    is_long = plan.bars_before + 1 + plan.bars_left >= _RISER_BARS
    bars = _RISER_BARS if is_long else _SHORT_RISER_BARS
    if plan.section != BUILD or plan.next_section != DROP or plan.bars_left >= bars:
        return 0.0
    progress = (bars - 1 - plan.bars_left + tick % TICKS_PER_BAR / TICKS_PER_BAR) / bars
    return _LOWEST + (_HIGHEST - _LOWEST) * progress


def _impact(tick: int, plan: BarPlan, before: BarPlan | None) -> int:
    """Return the velocity of the impact at the first beats of a drop, 0 elsewhere."""
    begins = plan.section == DROP and before is not None and before.section not in (DROP, "")
    return IMPACT.velocity if begins and tick % TICKS_PER_BAR < _IMPACT_TICKS else 0
