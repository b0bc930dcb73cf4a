"""Follow a foreign MIDI clock: pure functions from the times of its clocks to tempo and phase.

The estimate is a straight line through the last clocks (a second-order filter, alpha-beta): its gains are those of a
least-squares line through the first `memory` clocks, and then stay those of `LONGEST_MEMORY`, so a new clock is followed at
once and jitter is averaged over eight beats. If the errors lean to one side by more than jitter explains, the tempo has
changed: then the line forgets what is older. References: Kalata, "The tracking index" (1984), on the gains; Page's test by
a running mean, on changes.
"""

import math
from typing import Final, NamedTuple

from daemon.link.timeline import Timeline
from models.notes import PULSES_PER_CLOCK

CLOCKS_PER_BEAT: Final = 24
LONGEST_MEMORY: Final = 192
LOST_SECONDS: Final = 1.0
"""A clock that is silent for longer is lost."""

_SLOWEST, _FASTEST = 10.0, 400.0
# A new clock begins as if so many clocks at the expected tempo had come; then a wrong tempo is soon forgotten.
_FIRST_MEMORY: Final = 2.0
_SHORTEST_MEMORY: Final = 6.0
_FORGETS: Final = 4.0
_DRIFT_SHARE: Final = 1 / 6
_NOISE_SHARE: Final = 1 / 24
_FIRST_NOISE_SECONDS: Final = 0.001
# The running mean of white errors spreads by this multiple of their own spread.
_DRIFT_SPREAD: Final = math.sqrt(_DRIFT_SHARE / (2 - _DRIFT_SHARE))
_ALARM: Final = 4.0
_ALARM_SECONDS: Final = 0.0003
# A clock that is farther out than this was held up on its way; a tempo that changes moves many clocks.
_SETTLED_MEMORY: Final = 24.0
_OUTLIER: Final = 3.0
_OUTLIER_SECONDS: Final = 0.001
# If the time between two clocks is longer than expected by this part of a period, others were lost between them.
_LOST_SHARE: Final = 0.75
_GAPS_OF_A_SLOWER_CLOCK: Final = 3
_BURST_SHARE: Final = 0.25
# A clock belongs to a place on the line that is nearer than this part of a period.
_PLACE_SHARE: Final = 0.5


class Follower(NamedTuple):
    """The estimate after clock number `number`: it belongs at `seconds`, and clocks are `period` seconds apart.

    `memory` is the number of clocks that the estimate rests on, `noise` the variance of the jitter, `drift` the running mean
    of the errors and `error` the last one, all in seconds. `heard` is when the last clock came. `gaps` counts the clocks in
    a row that came after a gap, `skipped` the clocks that were missing in these gaps.
    """

    number: int
    seconds: float
    period: float
    heard: float
    memory: float = _FIRST_MEMORY
    noise: float = _FIRST_NOISE_SECONDS**2
    drift: float = 0.0
    error: float = 0.0
    gaps: int = 0
    skipped: int = 0


def begin(seconds: float, tempo: float, number: int = 0) -> Follower:
    """Return the estimate after the first clock; `tempo` is the one to expect, in BPM."""
    return Follower(number, seconds, 60.0 / (tempo * CLOCKS_PER_BEAT), seconds)


def follow(last: Follower, seconds: float) -> Follower:
    """Return the estimate after one more clock."""
    if last.skipped and _is_late(last, seconds):  # one that was thought lost
        return last._replace(heard=seconds, skipped=last.skipped - 1)
    missing = _missing(last, seconds - last.heard)
    if not missing:
        return _moved(last, last.number + 1, last.seconds + last.period, seconds)._replace(gaps=0, skipped=0)
    gaps, skipped = last.gaps + 1, last.skipped + missing
    if gaps >= _GAPS_OF_A_SLOWER_CLOCK:  # nothing was lost: the clock is slower than half the tempo before
        slower = Follower(last.number + 1 - last.skipped, seconds, seconds - last.heard, seconds)
        return slower._replace(period=min(max(slower.period, _period(_FASTEST)), _period(_SLOWEST)))
    if seconds - last.heard > LOST_SECONDS:
        last = last._replace(memory=min(last.memory, _SHORTEST_MEMORY), drift=0.0)
    moved = _moved(last, last.number + 1 + missing, last.seconds + (1 + missing) * last.period, seconds)
    return moved._replace(gaps=gaps, skipped=skipped)


def timeline(last: Follower) -> Timeline:
    """Return the line: a clock is PULSES_PER_CLOCK pulses, and clock 0 is pulse 0."""
    return Timeline(last.number * PULSES_PER_CLOCK, last.seconds, 60.0 / (last.period * CLOCKS_PER_BEAT))


def _is_late(last: Follower, seconds: float) -> bool:
    """Return whether a clock comes in a burst, or at a time that belongs to the clock before rather than to the next."""
    return (
        seconds - last.heard < _BURST_SHARE * last.period
        or seconds - last.seconds < _PLACE_SHARE * last.period
    )


def _missing(last: Follower, interval: float) -> int:
    """Return how many clocks were lost before one that comes `interval` seconds after the one before."""
    late = interval - last.period
    least = max(_LOST_SHARE * last.period, 4 * math.sqrt(2 * last.noise))
    return round(late / last.period) if late > least else 0


def _moved(last: Follower, number: int, expected: float, seconds: float) -> Follower:
    error = _believed(last, seconds - expected)
    is_far = error != seconds - expected
    memory = min(last.memory + 1, LONGEST_MEMORY)
    phase_gain = 2 * (2 * memory - 1) / (memory * (memory + 1))
    tempo_gain = 6 / (memory * (memory + 1))
    period = min(max(last.period + tempo_gain * error, _period(_FASTEST)), _period(_SLOWEST))
    # Differences of errors contain the jitter, but not a tempo that has changed.
    noise = last.noise + _NOISE_SHARE * ((error - last.error) ** 2 / 2 - last.noise)
    drift = last.drift + _DRIFT_SHARE * (error - last.drift)
    if abs(drift) > _ALARM * _DRIFT_SPREAD * math.sqrt(noise) + _ALARM_SECONDS:
        memory, drift = _SHORTEST_MEMORY if is_far else max(memory / _FORGETS, _SHORTEST_MEMORY), 0.0
    return last._replace(
        number=number,
        seconds=expected + phase_gain * error,
        period=period,
        heard=seconds,
        memory=memory,
        noise=noise,
        drift=drift,
        error=error,
    )


def _believed(last: Follower, error: float) -> float:
    """Return as much of an error as is believed: a settled line takes no large error of a single clock."""
    if last.memory < _SETTLED_MEMORY:
        return error
    most = _OUTLIER * math.sqrt(last.noise) + _OUTLIER_SECONDS
    return min(max(error, -most), most)


def _period(tempo: float) -> float:
    return 60.0 / (tempo * CLOCKS_PER_BEAT)
