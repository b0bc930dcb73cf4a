"""The values added to the networks' logits at a tick: they forbid some notes and favour those of the plan."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import Floats
from models.codecs.melody import Register
from models.notes import Voice
from models.scales import key_shift, scale_pitch_classes

_FORBIDDEN: Final = -1e4
# Subtracted from the logits of pitches outside the planned chords; with it chord loops return as exactly as in songs.
_DISCORD: Final[dict[Voice, float]] = {"bass": 1.6, "chords": 1.2, "lead": 0.4}
# Subtracted from those of the bass on beats, where it carries the chord. Between beats approach notes stay possible.
_DISCORD_ON_BEAT: Final = 5.0
# Subtracted from the logits of bass pitches other than the planned root, between beats and on beats. Without it 65 % of
# bass notes lie on the root, in songs 83 %.
_OFF_ROOT: Final = (0.5, 1.0)
# The middle pitch of each voice; for the lead by its register, the first one where that is unstated. Beyond
# `_NEAR_SEMITONES` from the middle, each semitone subtracts `_FAR`: songs stay within 46 semitones over eight bars.
_MIDDLE: Final[dict[Voice, int]] = {"bass": 38, "chords": 62}
_MIDDLE_OF_LEAD: Final = (75, 60, 70, 81, 91)
_NEAR_SEMITONES: Final[dict[Voice, int]] = {"bass": 9, "chords": 9, "lead": 6}
_FAR: Final[dict[Voice, float]] = {"bass": 0.15, "chords": 0.15, "lead": 0.3}
# What the lead's pitches gain and lose by their distance from its last pitch: added for a step of one or two semitones,
# subtracted for each semitone beyond a third. Without it 12 % of the lead's moves are steps, in songs 23 %.
_STEP: Final = 0.8
_LEAP: Final = 0.1
_SMALLEST_LEAP: Final = 4


@lru_cache(maxsize=1024)
def melody_mask(
    scale: str,
    silent: tuple[bool, bool, bool],
    harmony: int = 0,
    lead_register: int = 0,
    root: int = -1,
    *,
    on_beat: bool = False,
) -> Floats:
    """Return (V,) values for the melody network; they forbid pitches outside the scale and all notes of silent voices.

    `silent` is for bass, chords, lead. `harmony` is the 12-bit mask of the planned pitch classes, 0 if unstated;
    `lead_register` is 1..4, 0 if unstated; `root` is the bass's pitch class, -1 if unstated. The
    bass keeps most strictly to the chords where `on_beat` is true.
    """
    mask = np.zeros(melody.LAYOUT.vocabulary, np.float32)
    for register, off in zip(melody.REGISTERS, silent, strict=True):
        row = np.full(register.high - register.low + 1, _FORBIDDEN, np.float32)
        if not off:
            row = _outside(scale, register) + _leaning(register, harmony, lead_register, on_beat=on_beat)
            if register.voice == "bass" and root >= 0:
                row = row - _OFF_ROOT[on_beat] * (_pitches(register) % 12 != root).astype(np.float32)
        for number in range(register.notes):
            mask[melody.LAYOUT.slot_range(f"{register.voice}.{number}")][1:] = row
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=64)
def line_mask(line: int) -> Floats:
    """Return (V,) values that favour steps of the lead from its last pitch, a token; zeros if `line` is 0."""
    mask = np.zeros(melody.LAYOUT.vocabulary, np.float32)
    lead = melody.REGISTERS[-1]
    if line:
        distance = np.abs(_pitches(lead) - (lead.low + line - 1))
        row = _STEP * ((distance == 1) | (distance == 2)) - _LEAP * np.maximum(distance - _SMALLEST_LEAP, 0)
        for number in range(lead.notes):
            mask[melody.LAYOUT.slot_range(f"{lead.voice}.{number}")][1:] = row
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=256)
def strike_mask(strikes: tuple[int, ...], place: int) -> Floats:
    """Return (V,) values that demand notes of bass, chords, lead at the sixteenths of `strikes`, and rests elsewhere.

    `place` is the sixteenth of the bar. A voice without strikes is free.
    """
    mask = np.zeros(melody.LAYOUT.vocabulary, np.float32)
    for register, wanted in zip(melody.REGISTERS, strikes, strict=True):
        if wanted:
            first = mask[melody.LAYOUT.slot_range(f"{register.voice}.0")]
            first[0 if wanted >> place & 1 else slice(1, None)] = _FORBIDDEN
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=512)
def percussion_mask(
    silent: tuple[bool, ...],
    kick_pull: float = 0.0,
    backbeat_pull: float = 0.0,
    crash_pull: float = 0.0,
    hat_pull: float = 0.0,
) -> Floats:
    """Return (V,) values for the percussion network; they forbid silent drums and pull kick, backbeat, crash, open hat.

    A pull above 0 favours a hit. The clap has the backbeat, without one the snare; a pull below 0 acts on both.
    """
    mask = np.zeros(percussion.LAYOUT.vocabulary, np.float32)
    for drum, off in zip(percussion.DRUMS, silent, strict=True):
        mask[percussion.LAYOUT.slot_range(drum)][1:] = _FORBIDDEN if off else 0.0
    backbeat = "snare" if silent[percussion.DRUMS.index("clap")] else "clap"
    other = "clap" if backbeat == "snare" else "snare"
    pulls = {"kick": kick_pull, backbeat: backbeat_pull, other: min(backbeat_pull, 0.0), "crash": crash_pull}
    for drum, pull in (pulls | {"open_hat": hat_pull}).items():
        if not silent[percussion.DRUMS.index(drum)]:
            mask[percussion.LAYOUT.slot_range(drum)][1:] = pull
    mask.flags.writeable = False
    return mask


def _pitches(register: Register) -> NDArray[np.int64]:
    return np.arange(register.low, register.high + 1)


def _outside(scale: str, register: Register) -> Floats:
    allowed = scale_pitch_classes(scale)
    if allowed is None:
        return np.zeros(register.high - register.low + 1, np.float32)
    inside = np.isin((_pitches(register) + key_shift(scale)) % 12, list(allowed))
    return np.where(inside, np.float32(0), np.float32(_FORBIDDEN))


def _leaning(register: Register, harmony: int, lead_register: int, *, on_beat: bool) -> Floats:
    pitches = _pitches(register)
    middle = _MIDDLE.get(register.voice, _MIDDLE_OF_LEAD[lead_register])
    away = _FAR[register.voice] * np.maximum(np.abs(pitches - middle) - _NEAR_SEMITONES[register.voice], 0)
    if harmony:
        carries = on_beat and register.voice == "bass"
        discord = _DISCORD_ON_BEAT if carries else _DISCORD[register.voice]
        away = away + discord * (harmony >> (pitches % 12) & 1 == 0)
    leaning: Floats = (-away).astype(np.float32)
    return leaning
