"""Plans of bars, computed from existing music: levels, harmony, manner and form. Networks are conditioned on them."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import Floats, Layout, Tokens, matches
from models.notes import TICKS_PER_BAR

Ints = NDArray[np.int64]

# The least numbers of ticks with onsets in a bar for level 1, 2, ... 5 of a voice, and 1, 2, 3 of a drum.
# Four on the floor is level 2.
VOICE_BOUNDS: Final = (1, 3, 5, 8, 12)
DRUM_BOUNDS: Final = (1, 4, 8)
VOICE_LEVELS: Final = len(VOICE_BOUNDS) + 1
DRUM_LEVELS: Final = len(DRUM_BOUNDS) + 1
# The least median lengths in ticks of medium and long notes; the least mean pitches of a lead's registers 2, 3, 4.
LENGTH_BOUNDS: Final = (2, 4)
REGISTER_BOUNDS: Final = (64, 76, 88)
HARMONY_TICKS: Final = TICKS_PER_BAR // 2
_HARMONY_SHARE: Final = 0.12
# A bar repeats another if at least this many of its ticks are equal.
_REPEATED_TICKS: Final = TICKS_PER_BAR - 1


class MelodyPlan(NamedTuple):
    """The plans of T ticks. Each tick holds the values of its bar (harmony and roots: of its half bar).

    `harmony` (T, 12) is 0 or 1, all zeros if unstated; `roots` (T,) -1..11; `levels` (T, 3) 0..5, -1 if unstated;
    `lengths` (T, 3) 0..3, `register` and `thickness` (T,) 0..4, each 0 if unstated; `form` (T, 3, 4) 0 or 1,
    `form_known` (T, 1) 0 or 1.
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
    """The plans of T ticks: `levels` (T, 9) 0..3, -1 if unstated; `form` (T, 4, 4) and `form_known` (T, 1) 0 or 1."""

    levels: Ints
    form: Floats
    form_known: Floats


def melody_plan(tokens: Tokens) -> MelodyPlan:
    """Return the plan of every tick of melody tokens (T, 10)."""
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
    """Return the plan of every tick of percussion tokens (T, 9)."""
    count = len(tokens)
    return PercussionPlan(
        _spread(drum_levels(tokens), TICKS_PER_BAR, count),
        _spread(form(tokens, percussion.LAYOUT), TICKS_PER_BAR, count),
        np.ones((count, 1), np.float32),
    )


def voice_levels(tokens: Tokens) -> Ints:
    """Return the levels 0..5 of bass, chords and lead: (bars, 3)."""
    levels: Ints = np.searchsorted(VOICE_BOUNDS, _per_bar(melody.onsets(tokens)).sum(axis=1), side="right")
    return levels


def drum_levels(tokens: Tokens) -> Ints:
    """Return the levels 0..3 of the drums: (bars, 9)."""
    levels: Ints = np.searchsorted(DRUM_BOUNDS, _per_bar(tokens > 0).sum(axis=1), side="right")
    return levels


def harmony(tokens: Tokens) -> Floats:
    """Return (halves, 12): 1 for each pitch class with at least 12 % of the sounding time of a half bar."""
    summed = _sounding(tokens, range(len(melody.REGISTERS)))
    share = summed / np.maximum(summed.sum(axis=1, keepdims=True), 1e-6)
    present: Floats = (share >= _HARMONY_SHARE).astype(np.float32)
    return present


def roots(tokens: Tokens) -> Ints:
    """Return the pitch class that the bass plays longest in each half bar, or -1 without bass: (halves,)."""
    summed = _sounding(tokens, (0,))
    return np.where(summed.any(axis=1), summed.argmax(axis=1), -1)


def lengths(tokens: Tokens) -> Ints:
    """Return 1 (short), 2 (medium) or 3 (long) by the median length of a voice's notes, 0 if silent: (bars, 3)."""
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
    """Return 1..4 by the mean pitch of the lead, 0 if it is silent: (bars,)."""
    (start, stop), lead = melody.LAYOUT.part_ranges[2], melody.REGISTERS[2]
    rows = _per_bar(tokens[:, start : stop - 1])
    count = (rows > 0).sum(axis=(1, 2))
    mean = rows.sum(axis=(1, 2)) / np.maximum(count, 1) + lead.low - 1
    return np.where(count > 0, 1 + np.searchsorted(REGISTER_BOUNDS, mean, side="right"), 0)


def thickness(tokens: Tokens) -> Ints:
    """Return the mean number of notes in a chord, rounded, 0 without chords: (bars,)."""
    start, stop = melody.LAYOUT.part_ranges[1]
    rows = _per_bar(tokens[:, start : stop - 1] > 0)
    chords = rows.any(axis=2).sum(axis=1)
    mean: Ints = np.round(rows.sum(axis=(1, 2)) / np.maximum(chords, 1)).astype(np.int64)
    return mean


def form(tokens: Tokens, layout: Layout) -> Floats:
    """Return (bars, parts, 4): 1 if a part repeats its bar of 1, 2, 4 or 8 bars ago."""
    same = _per_bar(matches(tokens, layout)).sum(axis=1)
    repeated: Floats = (same >= _REPEATED_TICKS).astype(np.float32)
    return repeated


def _sounding(tokens: Tokens, voices: range | tuple[int, ...]) -> Floats:
    """Return the total ticks that each pitch class sounds in each half bar: (halves, 12)."""
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
    """Reshape (T, ...) to (bars, 16, ...); the last bar is padded with zeros."""
    bars = -(-len(rows) // TICKS_PER_BAR)
    padded = np.zeros((bars * TICKS_PER_BAR, *rows.shape[1:]), rows.dtype)
    padded[: len(rows)] = rows
    return padded.reshape(bars, TICKS_PER_BAR, *rows.shape[1:])


def _spread(values: NDArray[Any], ticks: int, count: int) -> NDArray[Any]:
    """Repeat each row `ticks` times, to one row for each tick."""
    return np.repeat(values, ticks, axis=0)[:count]
