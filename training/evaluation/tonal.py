"""Measures of harmony and of the lead's line: chord tones, chords by degree of the key, steps, range."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.notes import BARS_PER_PHRASE, MELODIC_VOICES, TICKS_PER_BAR, TICKS_PER_BEAT, Voice
from models.scales import MODES
from training.evaluation.bars import Bars, top_line
from training.evaluation.grid import Bools, Numbers, Sounds

_MAJOR: Final = (0, 4, 7)
_MINOR: Final = (0, 3, 7)
# (24, 12): the triads on each root, the major one before the minor one.
_TRIADS: Final = np.array(
    [
        [float((pitch - root) % 12 in shape) for pitch in range(12)]
        for root in range(12)
        for shape in (_MAJOR, _MINOR)
    ]
)
KEYS: Final = np.array(
    [[float((pitch - key) % 12 in MODES["major"]) for pitch in range(12)] for key in range(12)]
)
_LEAD_WEIGHT: Final = 0.5
_ROOT_WEIGHT: Final = 0.3
_FEWEST_TICKS: Final = 4
_LONGEST: Final = 16
_MINOR_TONIC: Final = 9
_LOOP_BARS: Final = 4
_KEY_BARS: Final = 16
_WIDEST_STEP: Final = 2
# Degrees of the minor key as (semitones above its tonic, is minor).
TONIC: Final = ((0, True), (3, False))
SUBMEDIANT: Final = ((8, False),)


def bass_on_chord(piece: Bars) -> Numbers:
    """Return for each bass note that begins on a beat while chords sound: 1 if it is one of their pitch classes, else 0."""
    bass = piece.sounds.of_voice("bass")
    classes = folded(piece.held["chords"].astype(np.float64)) > 0
    here = (bass.onset % TICKS_PER_BEAT == 0) & classes[bass.onset].any(axis=1)
    return np.asarray(classes[bass.onset[here], bass.pitch[here] % 12], np.float64)


def notes_per_chord(piece: Bars) -> Numbers:
    """Return the mean number of notes that the chords begin together, as the mean over windows of eight bars."""
    counts = piece.onsets["chords"].sum(axis=2)
    return _mean_of_windows(
        [
            counts[bars].sum() / max((counts[bars] > 0).sum(), 1)
            for bars in piece.windows()
            if counts[bars].any()
        ]
    )


def steps(piece: Bars, voice: Voice = "lead") -> Numbers:
    """Return the share of a voice's intervals of one or two semitones, as the mean over windows of eight bars."""
    line = top_line(piece.onsets[voice])
    shares = []
    for bars in piece.windows():
        own = line[bars].reshape(-1)
        moves = np.abs(np.diff(own[own > 0]))
        if len(moves):
            shares.append(((moves > 0) & (moves <= _WIDEST_STEP)).mean())
    return _mean_of_windows(shares)


def phrase_range(piece: Bars, voice: Voice = "lead") -> Numbers:
    """Return a voice's range in eight bars in semitones, as the mean over windows."""
    begun = np.asarray(piece.onsets[voice].any(axis=1))
    pitches = [np.flatnonzero(begun[bars].any(axis=0)) for bars in piece.windows()]
    return _mean_of_windows([float(np.ptp(own)) for own in pitches if len(own)])


def chord_degrees(piece: Bars, degrees: tuple[tuple[int, bool], ...]) -> Numbers:
    """Return for each bar with a chord: 1 if the chord is one of these degrees of its minor key, else 0.

    The key is that of sixteen bars, found anew every eight bars.
    """
    chords = bar_chords(piece)
    found: list[float] = []
    for bar in range(0, piece.count - _LOOP_BARS + 1, _LOOP_BARS):
        tonic = minor_tonic(piece.sounds, bar // BARS_PER_PHRASE * BARS_PER_PHRASE)
        own = chords[bar : bar + _LOOP_BARS]
        found += [((chord // 2 - tonic) % 12, bool(chord % 2)) in degrees for chord in own[own >= 0]]
    return np.array(found, float)


def bar_chords(piece: Bars) -> NDArray[np.int64]:
    """Return (bars,): the triad that explains a bar best by duration, 2 * root + is minor; -1 if almost nothing sounds.

    The lead counts half. The bass counts more for a chord's root.
    """
    weights = {voice: _per_bar(piece.held[voice]) for voice in MELODIC_VOICES}
    whole = weights["chords"] + weights["bass"] + _LEAD_WEIGHT * weights["lead"]
    total, low = whole.sum(axis=1), weights["bass"].sum(axis=1)
    roots = weights["bass"].repeat(2, axis=1) / np.maximum(low, 1)[:, None]
    score = whole @ _TRIADS.T / np.maximum(total, 1)[:, None] + _ROOT_WEIGHT * roots
    best = len(_TRIADS) - 1 - score[:, ::-1].argmax(axis=1)
    return np.where(total >= _FEWEST_TICKS, best, -1)


def minor_tonic(own: Sounds, first_bar: int) -> int:
    """Return the tonic of the minor scale that holds most of sixteen bars' notes by duration.

    If several hold the same share, the one nearest above the common key's is taken.
    """
    notes = own.between(first_bar * TICKS_PER_BAR, (first_bar + _KEY_BARS) * TICKS_PER_BAR)
    weight = np.bincount(notes.pitch % 12, np.minimum(notes.length, _LONGEST), 12)
    return int((KEYS @ weight).argmax() + _MINOR_TONIC) % 12


def _per_bar(held: Bools) -> Numbers:
    """Return (bars, 12): the ticks for which each pitch class sounds."""
    return folded(
        held.reshape(len(held) // TICKS_PER_BAR, TICKS_PER_BAR, held.shape[1]).sum(axis=1).astype(np.float64)
    )


def folded(pitches: Numbers) -> Numbers:
    """Return (N, 12): sums over the octaves of (N, 128)."""
    padded = np.pad(pitches, ((0, 0), (0, -pitches.shape[1] % 12)))
    folded: Numbers = padded.reshape(len(pitches), padded.shape[1] // 12, 12).sum(axis=1)
    return folded


def _mean_of_windows(values: list[float]) -> Numbers:
    return np.array([np.mean(values)] if values else [], float)
