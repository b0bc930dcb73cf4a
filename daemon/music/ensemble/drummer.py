"""A drummer's touch: how far from the grid and how loud each hit is, drawn from the statistics of real drummers."""

from statistics import NormalDist
from typing import Final

from models.codecs.percussion import DRUMS, Hit, accent_range
from models.groove import Groove
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR

_KICK: Final = DRUMS.index("kick")
# Club music needs a steady kick: it follows `humanize` cubed, so that at 0.5 it stays within 5 pulses of the grid.
_KICK_POWER: Final = 3
# Timing varies by at most two standard deviations (this is the tail's probability); more would sound like a mistake.
_RAREST: Final = 0.0228
_NORMAL: Final = NormalDist()
_LEAST_SPREAD: Final = 0.01


def late_pulses(drum: int, tick: int, humanize: float, groove: Groove, chance: float) -> float:
    """Return how many pulses after its grid place a hit is played, negative if before; `chance` is uniform in 0..1."""
    place = tick % TICKS_PER_BAR
    deviation = _NORMAL.inv_cdf(min(max(chance, _RAREST), 1 - _RAREST))
    late_ticks = groove.late.mean[drum][place] + groove.late.spread[drum][place] * deviation
    return _share(drum, humanize) * PULSES_PER_TICK * late_ticks


def touched(hit: Hit, tick: int, humanize: float, groove: Groove, chance: float) -> Hit:
    """Return the hit as loud as a drummer plays it here, within the range of its accent; `chance` is uniform in 0..1."""
    place = tick % TICKS_PER_BAR
    spread = max(groove.accent.spread[hit.drum][place], _LEAST_SPREAD)
    usual = NormalDist(groove.accent.mean[hit.drum][place], spread)
    drawn = _draw_between(usual, *accent_range(hit.accent), chance)
    return hit._replace(accent=hit.accent + _share(hit.drum, humanize) * (drawn - hit.accent))


def _share(drum: int, humanize: float) -> float:
    """Return how much of a drummer's touch applies to a drum, 0..1."""
    return humanize ** (_KICK_POWER if drum == _KICK else 1)


def _draw_between(usual: NormalDist, low: float, high: float, chance: float) -> float:
    """Draw from the part of a distribution between two values; if almost nothing lies there, return the nearer value."""
    below, above = usual.cdf(low), usual.cdf(high)
    share = below + chance * (above - below)
    if not 0 < share < 1:
        return min(max(usual.mean, low), high)
    return min(max(usual.inv_cdf(share), low), high)
