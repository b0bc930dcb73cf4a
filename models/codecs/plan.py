"""What may be told of a bar before it is played, read off music that is there: levels, harmony, manner, form."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import Floats, Layout, Tokens, matches
from models.notes import TICKS_PER_BAR

Ints = NDArray[np.int64]

# Onset ticks a bar from which a voice has level 1, 2, ... 5, and a drum 1, 2, 3; four on the floor is 2.
VOICE_BOUNDS: Final = (1, 3, 5, 8, 12)
DRUM_BOUNDS: Final = (1, 4, 8)
VOICE_LEVELS: Final = len(VOICE_BOUNDS) + 1
DRUM_LEVELS: Final = len(DRUM_BOUNDS) + 1
# Median ticks from which notes are medium, long; mean pitch from which a lead is in register 2, 3, 4.
LENGTH_BOUNDS: Final = (2, 4)
REGISTER_BOUNDS: Final = (64, 76, 88)
HARMONY_TICKS: Final = TICKS_PER_BAR // 2
_HARMONY_SHARE: Final = 0.12
# A bar repeats another when so many of its ticks are the same.
_REPEATED_TICKS: Final = TICKS_PER_BAR - 1


class MelodyPlan(NamedTuple):
    """Plans of T ticks, each tick holding its bar's (or half bar's).

    `harmony` (T, 12) 0 or 1, all zeros where unstated; `roots` (T,) -1..11; `levels` (T, 3) 0..5, -1 unstated;
    `lengths` (T, 3) 0..3, `register` and `thickness` (T,) 0..4, 0 unstated; `form` (T, 3, 4) 0 or 1,
    `form_known` (T, 1).
    """

    harmony: Floats
    roots: Ints
    levels: Ints
    lengths: Ints
    register: Ints
    thickness: Ints
    form: Floats
    form_known: Floats


class PercussionPlan(NamedTuple):
    """Plans of T ticks: `levels` (T, 9) 0..3, -1 unstated; `form` (T, 4, 4) 0 or 1; `form_known` (T, 1)."""

    levels: Ints
    form: Floats
    form_known: Floats


def melody_plan(tokens: Tokens) -> MelodyPlan:
    """Read the plan of every tick of (T, 10) tokens."""
    count = len(tokens)
    return MelodyPlan(
        _spread(harmony(tokens), HARMONY_TICKS, count),
        _spread(roots(tokens), HARMONY_TICKS, count),
        _spread(voice_levels(tokens), TICKS_PER_BAR, count),
        _spread(lengths(tokens), TICKS_PER_BAR, count),
        _spread(register(tokens), TICKS_PER_BAR, count),
        _spread(thickness(tokens), TICKS_PER_BAR, count),
        _spread(form(tokens, melody.LAYOUT), TICKS_PER_BAR, count),
        np.ones((count, 1), np.float32),
    )


def percussion_plan(tokens: Tokens) -> PercussionPlan:
    """Read the plan of every tick of (T, 9) tokens."""
    count = len(tokens)
    return PercussionPlan(
        _spread(drum_levels(tokens), TICKS_PER_BAR, count),
        _spread(form(tokens, percussion.LAYOUT), TICKS_PER_BAR, count),
        np.ones((count, 1), np.float32),
    )


def voice_levels(tokens: Tokens) -> Ints:
    """(bars, 3) levels 0..5 of bass, chords, lead."""
    levels: Ints = np.searchsorted(VOICE_BOUNDS, _per_bar(melody.onsets(tokens)).sum(axis=1), side="right")
    return levels


def drum_levels(tokens: Tokens) -> Ints:
    """(bars, 9) levels 0..3 of the drums."""
    levels: Ints = np.searchsorted(DRUM_BOUNDS, _per_bar(tokens > 0).sum(axis=1), side="right")
    return levels


def harmony(tokens: Tokens) -> Floats:
    """(halves, 12): pitch classes that carry weight in each half bar."""
    summed = _sounding(tokens, range(len(melody.REGISTERS)))
    share = summed / np.maximum(summed.sum(axis=1, keepdims=True), 1e-6)
    present: Floats = (share >= _HARMONY_SHARE).astype(np.float32)
    return present


def roots(tokens: Tokens) -> Ints:
    """(halves,) the pitch class the bass holds longest in each half bar, -1 where there is no bass."""
    summed = _sounding(tokens, (0,))
    return np.where(summed.any(axis=1), summed.argmax(axis=1), -1)


def lengths(tokens: Tokens) -> Ints:
    """(bars, 3) 1 short, 2 medium, 3 long, by the median length of a voice's notes; 0 where it is silent."""
    ticks = np.array([0, *melody.LENGTHS])
    columns = [stop - 1 for _, stop in melody.LAYOUT.part_ranges]
    rows = _per_bar(ticks[tokens[:, columns]]).astype(np.float64)
    medians = np.zeros((len(rows), len(columns)))
    sounding = (rows > 0).any(axis=1)
    rows[rows == 0] = np.nan
    with np.errstate(all="ignore"):
        medians[sounding] = np.nanmedian(rows.swapaxes(1, 2)[sounding], axis=-1)
    return np.where(sounding, 1 + np.searchsorted(LENGTH_BOUNDS, medians, side="right"), 0)


def register(tokens: Tokens) -> Ints:
    """(bars,) 1..4 by the mean pitch of the lead; 0 where it is silent."""
    (start, stop), lead = melody.LAYOUT.part_ranges[2], melody.REGISTERS[2]
    rows = _per_bar(tokens[:, start : stop - 1])
    count = (rows > 0).sum(axis=(1, 2))
    mean = rows.sum(axis=(1, 2)) / np.maximum(count, 1) + lead.low - 1
    return np.where(count > 0, 1 + np.searchsorted(REGISTER_BOUNDS, mean, side="right"), 0)


def thickness(tokens: Tokens) -> Ints:
    """(bars,) how many notes a chord has, rounded mean; 0 where there are none."""
    start, stop = melody.LAYOUT.part_ranges[1]
    rows = _per_bar(tokens[:, start : stop - 1] > 0)
    chords = rows.any(axis=2).sum(axis=1)
    mean: Ints = np.round(rows.sum(axis=(1, 2)) / np.maximum(chords, 1)).astype(np.int64)
    return mean


def form(tokens: Tokens, layout: Layout) -> Floats:
    """(bars, parts, 4): 1 where a part repeats its bar of 1, 2, 4, 8 bars ago."""
    same = _per_bar(matches(tokens, layout)).sum(axis=1)
    repeated: Floats = (same >= _REPEATED_TICKS).astype(np.float32)
    return repeated


def _sounding(tokens: Tokens, voices: range | tuple[int, ...]) -> Floats:
    """(halves, 12) for how many ticks in all each pitch class sounds in each half bar."""
    halves = -(-len(tokens) // HARMONY_TICKS)
    ticks = halves * HARMONY_TICKS
    change = np.zeros((ticks + melody.LENGTHS[-1] + 1, 12), np.float32)
    lasting = np.array([0, *melody.LENGTHS])
    for voice in voices:
        start, stop = melody.LAYOUT.part_ranges[voice]
        tick, note = np.nonzero(tokens[:, start : stop - 1])
        pitch_class = (tokens[tick, start + note] + melody.REGISTERS[voice].low - 1) % 12
        length = lasting[np.maximum(tokens[tick, stop - 1], 1)]
        np.add.at(change, (tick, pitch_class), 1)
        np.add.at(change, (tick + length, pitch_class), -1)
    weight = np.cumsum(change, axis=0)[:ticks]
    summed: Floats = weight.reshape(halves, HARMONY_TICKS, 12).sum(axis=1)
    return summed


def _per_bar(rows: NDArray[Any]) -> NDArray[Any]:
    """(T, ...) to (bars, 16, ...), the last bar filled up with zeros."""
    bars = -(-len(rows) // TICKS_PER_BAR)
    padded = np.zeros((bars * TICKS_PER_BAR, *rows.shape[1:]), rows.dtype)
    padded[: len(rows)] = rows
    return padded.reshape(bars, TICKS_PER_BAR, *rows.shape[1:])


def _spread(values: NDArray[Any], ticks: int, count: int) -> NDArray[Any]:
    """One row a bar to one row a tick."""
    return np.repeat(values, ticks, axis=0)[:count]
