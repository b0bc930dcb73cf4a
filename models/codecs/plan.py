"""Plans of bars, computed from existing music: levels, harmony, manner and form. Networks are conditioned on them."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.beats import beats
from models.codecs import melody, percussion
from models.codecs.base import LAGS, LOOKBACK_BARS, Floats, Layout, Tokens, matches
from models.codecs.chords import chords_of
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
# The lead's height in each half bar is measured in steps of four semitones from its lowest pitch.
HEIGHT_SEMITONES: Final = 4
HEIGHTS: Final = -(-(melody.REGISTERS[2].high - melody.REGISTERS[2].low + 1) // HEIGHT_SEMITONES)
# The least ranges in semitones of a bar's lead for span 2, 3, 4.
SPAN_BOUNDS: Final = (5, 9, 14)
SPANS: Final = len(SPAN_BOUNDS) + 1
# The least shares of onsets that bass and chords have in common for strike 2 (partly) and 3 (together).
STRIKE_BOUNDS: Final = (1 / 3, 0.75)
STRIKES: Final = len(STRIKE_BOUNDS) + 1
_HARMONY_SHARE: Final = 0.12
# A bar repeats another if at least this many of its ticks are equal.
REPEATED_TICKS: Final = TICKS_PER_BAR - 1


class MelodyPlan(NamedTuple):
    """The plans of T ticks. Each tick holds the values of its bar (harmony, chords, heights: of its half bar).

    `harmony` (T, 12) is 0 or 1, all zeros if unstated; `roots`, `chord_roots` and `qualities` (T,) are -1 if unstated;
    `levels` (T, 3) 0..5, -1 if unstated; `lengths` (T, 3) 0..3, `register` and `thickness` (T,) 0..4, `heights` (T,)
    0..12, `span` (T,) 0..4, `strike` (T,) 0..3, each 0 if unstated. `form` and `rhythm` (T, 3, 5), `recalled` (T, 3),
    `form_known` and `rhythm_known` (T, 1) are 0 or 1. The last column of form and rhythm is about the recalled bar;
    `recalled` says whether the plan names one.
    """

    harmony: Floats
    roots: Ints
    chord_roots: Ints
    qualities: Ints
    levels: Ints
    lengths: Ints
    register: Ints
    thickness: Ints
    heights: Ints
    span: Ints
    strike: Ints
    form: Floats
    form_known: Floats
    rhythm: Floats
    rhythm_known: Floats
    recalled: Floats


class PercussionPlan(NamedTuple):
    """The plans of T ticks.

    `beat` (T,) is an index of `models.beats.BEATS`, -1 if unstated; `levels` (T, 9) 0..3, -1 if unstated. `form` (T, 4, 5),
    `form_known` (T, 1) and `recalled` (T, 4) are 0 or 1, as in `MelodyPlan`.
    """

    beat: Ints
    levels: Ints
    form: Floats
    form_known: Floats
    recalled: Floats


def melody_plan(tokens: Tokens) -> MelodyPlan:
    """Return the plan of every tick of melody tokens (T, 10). It names no recalled bars."""
    count = len(tokens)

    def per_bar(values: NDArray[Any]) -> NDArray[Any]:
        return _spread(values, TICKS_PER_BAR, count)

    def per_half(values: NDArray[Any]) -> NDArray[Any]:
        return _spread(values, HARMONY_TICKS, count)

    known = np.ones((count, 1), np.float32)
    chord_roots, qualities = chords(tokens)
    return MelodyPlan(
        harmony=per_half(harmony(tokens)),
        roots=per_half(roots(tokens)),
        chord_roots=per_half(chord_roots),
        qualities=per_half(qualities),
        levels=per_bar(voice_levels(tokens)),
        lengths=per_bar(lengths(tokens)),
        register=per_bar(register(tokens)),
        thickness=per_bar(thickness(tokens)),
        heights=per_half(heights(tokens)),
        span=per_bar(span(tokens)),
        strike=per_bar(strike(tokens)),
        form=per_bar(_with_recall(form(tokens, melody.LAYOUT))),
        form_known=known,
        rhythm=per_bar(_with_recall(rhythm(tokens))),
        rhythm_known=known,
        recalled=np.zeros((count, len(melody.REGISTERS)), np.float32),
    )


def percussion_plan(tokens: Tokens) -> PercussionPlan:
    """Return the plan of every tick of percussion tokens (T, 9). It names no recalled bars."""
    count = len(tokens)
    return PercussionPlan(
        _spread(beats(_per_bar(tokens).reshape(-1, tokens.shape[1])), TICKS_PER_BAR, count),
        _spread(drum_levels(tokens), TICKS_PER_BAR, count),
        _spread(_with_recall(form(tokens, percussion.LAYOUT)), TICKS_PER_BAR, count),
        np.ones((count, 1), np.float32),
        np.zeros((count, len(percussion.LAYOUT.parts)), np.float32),
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


def chords(tokens: Tokens) -> tuple[Ints, Ints]:
    """Return the root and the quality of each half bar's chord, -1 if neither chords nor bass sound: (halves,) each."""
    return chords_of(_sounding(tokens, (0, 1)), roots(tokens))


def heights(tokens: Tokens) -> Ints:
    """Return 1..12 by the mean pitch of the lead's highest notes in each half bar, 0 without any: (halves,)."""
    (start, stop), lead = melody.LAYOUT.part_ranges[2], melody.REGISTERS[2]
    tops = _per_bar(tokens[:, start : stop - 1].max(axis=1)).reshape(-1, HARMONY_TICKS)
    count = (tops > 0).sum(axis=1)
    mean = tops.sum(axis=1) / np.maximum(count, 1) - 1
    assert lead.high - lead.low < HEIGHTS * HEIGHT_SEMITONES  # noqa: S101
    return np.where(count > 0, 1 + (mean // HEIGHT_SEMITONES).astype(np.int64), 0)


def span(tokens: Tokens) -> Ints:
    """Return 1..4 by the range of the lead's highest notes in a bar, 0 if it is silent: (bars,)."""
    start, stop = melody.LAYOUT.part_ranges[2]
    tops = _per_bar(tokens[:, start : stop - 1].max(axis=1))
    sounds = (tops > 0).any(axis=1)
    low = np.where(tops > 0, tops, np.iinfo(np.int64).max).min(axis=1)
    wide = np.where(sounds, tops.max(axis=1) - low, 0)
    return np.where(sounds, 1 + np.searchsorted(SPAN_BOUNDS, wide, side="right"), 0)


def strike(tokens: Tokens) -> Ints:
    """Return 1 apart, 2 partly or 3 together by the onsets that bass and chords share; 0 if one is silent: (bars,)."""
    onsets = _per_bar(melody.onsets(tokens)) > 0
    bass, chord = onsets[:, :, 0], onsets[:, :, 1]
    share = (bass & chord).sum(axis=1) / np.maximum((bass | chord).sum(axis=1), 1)
    return np.where(
        bass.any(axis=1) & chord.any(axis=1), 1 + np.searchsorted(STRIKE_BOUNDS, share, side="right"), 0
    )


def rhythm(tokens: Tokens) -> Floats:
    """Return (bars, 3, 4): 1 if a voice sounds and has the onsets of its bar of 1, 2, 4 or 8 bars ago."""
    onsets = _per_bar(melody.onsets(tokens)) > 0
    return np.stack([same_rhythm(onsets, np.full(onsets.shape[::2], bars)) for bars in LOOKBACK_BARS], axis=2)


def same_rhythm(onsets: NDArray[np.bool_], lags: Ints) -> Floats:
    """Return (bars, P): 1 if a part sounds and has the onsets of its bar `lags` (bars, P) before, 0 for lag 0.

    `onsets` is (bars, 16, P).
    """
    bars = np.arange(len(onsets))[:, None]
    old = bars - lags
    there = (lags > 0) & (old >= 0)
    earlier = onsets[np.maximum(old, 0), :, np.arange(onsets.shape[2])]
    now = onsets.swapaxes(1, 2)
    same: Floats = (there & (earlier == now).all(axis=2) & now.any(axis=2)).astype(np.float32)
    return same


def form(tokens: Tokens, layout: Layout) -> Floats:
    """Return (bars, parts, 4): 1 if a part repeats its bar of 1, 2, 4 or 8 bars ago."""
    same = _per_bar(matches(tokens, layout)).sum(axis=1)
    repeated: Floats = (same >= REPEATED_TICKS).astype(np.float32)
    return repeated


def _with_recall(rows: Floats) -> Floats:
    """Return (bars, parts, 5) from (bars, parts, 4), with zeros for the recalled bar."""
    wide = np.zeros((*rows.shape[:2], LAGS), np.float32)
    wide[:, :, : rows.shape[2]] = rows
    return wide


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
