"""Find what a song recalls: the longest match of its latest ticks, and the first earlier bar that is like each bar."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import LOOKBACK_BARS, MATCH_TICKS, Floats, Layout, Tokens
from models.codecs.plan import REPEATED_TICKS, Ints, same_rhythm
from models.codecs.recall import RECALL_BARS, PartNumbers
from models.notes import TICKS_PER_BAR

# A bar recalls an earlier one if they have at least this share of their notes in common.
_LIKE: Final = 0.5
# A later bar is recalled in place of an earlier one only if it is likelier by this much.
_BETTER: Final = 0.1
_LONGEST_TICKS: Final = 8 * TICKS_PER_BAR


class Recalled(NamedTuple):
    """What each tick recalls, by part. `lags` (T, P) are in bars, 0 for nothing.

    `tokens` (T, S) lie so far back, `matched` (T, P) says whether they equal the tick's, `rates` (T, P) is how far they
    have matched in the last bar.
    """

    lags: Ints
    tokens: NDArray[np.uint8]
    matched: NDArray[np.bool_]
    rates: Floats


def longest_match(tokens: Tokens, layout: Layout) -> Recalled:
    """Return for each tick the place whose ticks before it match the song's latest ones longest."""
    numbers = PartNumbers(layout).numbers(tokens)
    best = np.zeros(numbers.shape, np.int64)
    lags = np.zeros(numbers.shape, np.int64)
    ticks = np.arange(len(tokens))
    for lag in range(1, min(RECALL_BARS - 1, (len(tokens) - 1) // TICKS_PER_BAR) + 1):
        if lag in LOOKBACK_BARS:
            continue
        first = lag * TICKS_PER_BAR
        differs = numbers[first:] != numbers[:-first]
        broken = np.maximum.accumulate(np.where(differs, ticks[first:, None], first - 1), axis=0)
        # The length of the match that ends one tick before each tick.
        length = np.minimum(ticks[first:-1, None] - broken[:-1], _LONGEST_TICKS)
        longer = length > best[first + 1 :]
        best[first + 1 :][longer] = length[longer]
        lags[first + 1 :][longer] = lag
    return _recalled(tokens, layout, numbers, lags)


def first_alike(tokens: Tokens, layout: Layout) -> Recalled:
    """Return for each bar the first earlier bar that is like it; a passage that returns is followed in order."""
    numbers = PartNumbers(layout).numbers(tokens)
    return _recalled(tokens, layout, numbers, per_tick(_lags_of_bars(tokens, layout, numbers), len(tokens)))


def repeated(tokens: Tokens, layout: Layout, recalled: Recalled) -> tuple[Floats, Floats]:
    """Return (bars, P) twice: whether each bar equals the recalled one, and whether it has the same onsets."""
    bars = len(tokens) // TICKS_PER_BAR
    equal = _bars(recalled.matched, bars).sum(axis=1) >= REPEATED_TICKS
    lags = _bars(recalled.lags, bars)[:, 0]
    onsets = _bars(sounding(tokens, layout), bars)
    return (equal & (lags > 0)).astype(np.float32), same_rhythm(onsets, lags)


def per_tick(bars: NDArray[Any], ticks: int) -> NDArray[Any]:
    """Return the rows of bars for each tick; zeros for an unfinished bar at the end."""
    rows = np.zeros((ticks, *bars.shape[1:]), bars.dtype)
    spread = np.repeat(bars, TICKS_PER_BAR, axis=0)
    rows[: len(spread)] = spread
    return rows


def sounding(tokens: Tokens, layout: Layout) -> NDArray[np.bool_]:
    """Return (T, P): whether a part has any token but 'nothing'."""
    return np.stack([tokens[:, start:stop].any(axis=1) for start, stop in layout.part_ranges], axis=1)


def _lags_of_bars(tokens: Tokens, layout: Layout, numbers: Ints) -> Ints:
    bars = len(tokens) // TICKS_PER_BAR
    ids, on = _bars(numbers, bars), _bars(sounding(tokens, layout), bars)
    lags = np.zeros((bars, ids.shape[2]), np.int64)
    for bar in range(1, bars):
        oldest = max(bar - RECALL_BARS + 1, 0)
        either = on[bar] | on[oldest:bar]
        same = (ids[bar] == ids[oldest:bar]) & either
        alike = same.sum(axis=1) / np.maximum(either.sum(axis=1), 1)
        for near in LOOKBACK_BARS:
            if near <= bar - oldest:
                alike[bar - oldest - near] = 0
        for part in range(ids.shape[2]):
            lags[bar, part] = _chosen(alike[:, part], bar - oldest, int(lags[bar - 1, part]))
    return lags


def _chosen(alike: Floats, ago: int, before: int) -> int:
    """Return the lag of the bar to recall: the one of the bar before if it still fits, else the first of the likest."""
    best = float(alike.max(initial=0.0))
    if best < _LIKE:
        return 0
    if before and before <= ago and alike[ago - before] >= best - _BETTER:
        return before
    return ago - int(np.argmax(alike >= best - 1e-9))


def _recalled(tokens: Tokens, layout: Layout, numbers: Ints, lags: Ints) -> Recalled:
    parts = [stop - start for start, stop in layout.part_ranges]
    ticks = np.arange(len(tokens))[:, None]
    source = np.maximum(ticks - TICKS_PER_BAR * lags, 0)
    found = np.take_along_axis(tokens, np.repeat(source, parts, axis=1), axis=0)
    found = np.where(np.repeat(lags > 0, parts, axis=1), found, 0)
    matched = (np.take_along_axis(numbers, source, axis=0) == numbers) & (lags > 0)
    return Recalled(lags, found.astype(np.uint8), matched, _rates(numbers, lags))


def _rates(numbers: Ints, lags: Ints) -> Floats:
    ticks = np.arange(len(numbers))[:, None]
    alive, count = lags > 0, np.zeros(lags.shape, np.int64)
    for ago in range(1, MATCH_TICKS + 1):
        then = ticks - ago
        old = then - TICKS_PER_BAR * lags
        earlier, later = (np.take_along_axis(numbers, np.maximum(each, 0), axis=0) for each in (old, then))
        alive = alive & (old >= 0) & (earlier == later)
        count += alive
    rates: Floats = (count / MATCH_TICKS).astype(np.float32)
    return rates


def _bars(rows: NDArray[Any], bars: int) -> NDArray[Any]:
    return rows[: bars * TICKS_PER_BAR].reshape(bars, TICKS_PER_BAR, *rows.shape[1:])
