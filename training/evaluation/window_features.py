"""Numbers that describe eight bars in detail, for the discriminator: each voice, the drums, harmony, what goes together."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy.stats import entropy

from models.codecs import percussion
from models.notes import MELODIC_VOICES, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES, Voice
from training.evaluation import likeness
from training.evaluation.bars import Bars, flat, top_line
from training.evaluation.grid import Bools, Numbers
from training.evaluation.tonal import KEYS, bar_chords, folded

_LAGS: Final = (1, 2, 4)
_WIDEST_STEP, _WIDEST_SMALL = 2, 7
_TICKS: Final = np.arange(TICKS_PER_BAR)
_PLACES: Final = {
    "on beats": _TICKS % TICKS_PER_BEAT == 0,
    "on off-beat eighths": _TICKS % TICKS_PER_BEAT == 2,
    "on other sixteenths": _TICKS % 2 == 1,
}
_BACKBEAT: Final = (4, 12)
_MIDDLE: Final = 8
_CLASHES: Final = (1, 6, 11)

Row = dict[str, float]


def window_features(piece: Bars) -> list[Row]:
    """Return the numbers of each window of eight bars that has at least eight melodic notes; NaN if undefined there."""
    chords = bar_chords(piece)
    return [
        {
            **{
                f"{voice} {name}": value
                for voice in VOICES
                for name, value in _rhythm(piece, voice, bars).items()
            },
            **{
                f"{voice} {name}": value
                for voice in MELODIC_VOICES
                for name, value in _line(piece, voice, bars).items()
            },
            **_drums(piece.onsets["drums"][bars]),
            **_together(piece, bars),
            **_harmony(piece, bars),
            "different chords": float(len(set(chords[bars].tolist()) - {-1})),
            "chord changes": float((np.diff(chords[bars]) != 0).mean()),
        }
        for bars in piece.windows()
    ]


def table_of(rows: list[Row]) -> Numbers:
    """Return (windows, features) from rows that all have the same names."""
    return np.array([list(row.values()) for row in rows], float)


def _rhythm(piece: Bars, voice: Voice, bars: slice) -> Row:
    onsets, rhythm = piece.onsets[voice][bars], piece.rhythm(voice)[bars]
    struck = rhythm.sum()
    places = {name: _share(rhythm[:, here].sum(), struck) for name, here in _PLACES.items()}
    similar = {f"similarity at {lag} bars": _mean(likeness.at_lag(flat(onsets), lag)) for lag in _LAGS}
    sounding = flat(onsets)[rhythm.any(axis=1)]
    return {
        "onsets per bar": float(struck / len(rhythm)),
        "notes per onset": _share(onsets.sum(), struck),
        "different bars": float(len(np.unique(sounding, axis=0))) if len(sounding) else np.nan,
        "different rhythms": float(len(np.unique(rhythm[rhythm.any(axis=1)], axis=0))) if struck else np.nan,
        **places,
        **similar,
    }


def _line(piece: Bars, voice: Voice, bars: slice) -> Row:
    first, last = bars.start * TICKS_PER_BAR, bars.stop * TICKS_PER_BAR
    notes = piece.sounds.of_voice(voice).between(first, last)
    line = top_line(piece.onsets[voice][bars]).reshape(-1)
    moves = np.abs(np.diff(line[line > 0]))
    known = len(notes.pitch) > 0
    return {
        "sounds": float(piece.held[voice][first:last].any(axis=1).mean()),
        "length": float(np.median(notes.length)) if known else np.nan,
        "pitch": float(np.median(notes.pitch)) if known else np.nan,
        "range": float(np.ptp(notes.pitch)) if known else np.nan,
        "pitches": float(len(np.unique(notes.pitch))) if known else np.nan,
        "interval": _mean(moves),
        "repeated pitches": _mean(moves == 0),
        "steps": _mean((moves > 0) & (moves <= _WIDEST_STEP)),
        "leaps": _mean(moves > _WIDEST_SMALL),
    }


def _drums(onsets: Bools) -> Row:
    kick, hats = onsets[:, :, 0], onsets[:, :, 3] | onsets[:, :, 4]
    back = onsets[:, :, 1] | onsets[:, :, 2]
    beats = _PLACES["on beats"]
    return {
        **{
            f"{drum} per bar": float(onsets[:, :, n].sum(axis=1).mean())
            for n, drum in enumerate(percussion.DRUMS)
        },
        "kick on beats": float(kick[:, beats].mean()),
        "kick between beats": float(kick[:, ~beats].sum(axis=1).mean()),
        "backbeat on 2 and 4": float(back[:, _BACKBEAT].mean()),
        "backbeat on 3": float(back[:, _MIDDLE].mean()),
        **{f"hats {name}": float(hats[:, here].mean()) for name, here in _PLACES.items()},
        "different drums": float(onsets.any(axis=(0, 1)).sum()),
    }


def _together(piece: Bars, bars: slice) -> Row:
    rhythms: Mapping[str, Bools] = {
        **{voice: piece.rhythm(voice)[bars] for voice in MELODIC_VOICES},
        "kick": piece.onsets["drums"][bars][:, :, 0],
    }
    pairs = (("bass", "kick"), ("bass", "chords"), ("lead", "chords"), ("lead", "bass"))
    return {
        f"{one} with {other}": _share((rhythms[one] & rhythms[other]).sum(), rhythms[one].sum())
        for one, other in pairs
    }


def _harmony(piece: Bars, bars: slice) -> Row:
    first, last = bars.start * TICKS_PER_BAR, bars.stop * TICKS_PER_BAR
    notes = piece.sounds.between(first, last)
    classes = np.bincount(notes.pitch % 12, minlength=12).astype(np.float64)
    chords = folded(piece.held["chords"][first:last].astype(np.float64)) > 0
    lead, bass = (piece.sounds.of_voice(voice).between(first, last) for voice in ("lead", "bass"))
    on_beat = [
        (own.onset[own.onset % TICKS_PER_BEAT == 0], own.pitch[own.onset % TICKS_PER_BEAT == 0] % 12)
        for own in (lead, bass)
    ]
    (at, pitch), (low_at, low) = [
        (tick[chords[tick].any(axis=1)], own[chords[tick].any(axis=1)]) for tick, own in on_beat
    ]
    clash = np.any([chords[at, (pitch + step) % 12] for step in _CLASHES], axis=0)
    return {
        "pitch-class entropy": float(entropy(classes, base=2)),
        "in one scale": _share(float((KEYS @ classes).max()), classes.sum()),
        "pitch classes": float((classes > 0).sum()),
        "lead on the chord": _mean(chords[at, pitch]),
        "lead against the chord": _mean(clash),
        "bass on the chord": _mean(chords[low_at, low]),
    }


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan


def _mean(values: Numbers | Bools) -> float:
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    return float(known.mean()) if len(known) else np.nan
