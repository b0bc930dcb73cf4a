"""What is added to the networks' logits at a tick: what may not be chosen, and what the plan leans towards."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.music.sounding import key_shift
from models.codecs import melody, percussion
from models.codecs.base import Floats
from models.codecs.melody import Register
from models.notes import Voice
from models.scales import scale_pitch_classes

_FORBIDDEN: Final = -1e4
# How far pitches outside the planned chords are leaned away from: with it a chord loop returns as nearly as in songs.
_DISCORD: Final[dict[Voice, float]] = {"bass": 1.6, "chords": 1.2, "lead": 0.4}
# How far a bass is leaned away from what is not the planned root: 0.65 of its notes lie on it without, 0.83 in songs.
_OFF_ROOT: Final = 0.5
# The middle of each voice, of the lead by its register, 0 where that is unstated; further than an octave's better part
# away from it a pitch is leaned away from, a semitone so much: songs keep within 46 semitones over eight bars.
_MIDDLE: Final[dict[Voice, int]] = {"bass": 38, "chords": 62}
_MIDDLE_OF_LEAD: Final = (75, 60, 70, 81, 91)
_NEAR_SEMITONES: Final = 9
_FAR: Final = 0.15


@lru_cache(maxsize=1024)
def melody_mask(
    scale: str, silent: tuple[bool, bool, bool], harmony: int = 0, lead_register: int = 0, root: int = -1
) -> Floats:
    """(V,) of the melody network. Outside the scale and in silent voices (bass, chords, lead) nothing may be chosen.

    `harmony` is a 12-bit mask of the pitch classes planned, 0 where unstated; `lead_register` 1..4, 0 where unstated;
    `root` the bass's pitch class, -1 where unstated.
    """
    mask = np.zeros(melody.LAYOUT.vocabulary, np.float32)
    for register, off in zip(melody.REGISTERS, silent, strict=True):
        row = np.full(register.high - register.low + 1, _FORBIDDEN, np.float32)
        if not off:
            row = _outside(scale, register) + _leaning(register, harmony, lead_register)
            if register.voice == "bass" and root >= 0:
                row = row - _OFF_ROOT * (_pitches(register) % 12 != root).astype(np.float32)
        for number in range(register.notes):
            mask[melody.LAYOUT.slot_range(f"{register.voice}.{number}")][1:] = row
    mask.flags.writeable = False
    return mask


@lru_cache(maxsize=512)
def percussion_mask(
    silent: tuple[bool, ...], kick_pull: float = 0.0, backbeat_pull: float = 0.0, crash_pull: float = 0.0
) -> Floats:
    """(V,) of the percussion network: a silent drum may not be struck; kick, crash and backbeat are pulled towards."""
    mask = np.zeros(percussion.LAYOUT.vocabulary, np.float32)
    for drum, off in zip(percussion.DRUMS, silent, strict=True):
        mask[percussion.LAYOUT.slot_range(drum)][1:] = _FORBIDDEN if off else 0.0
    backbeat = "snare" if silent[percussion.DRUMS.index("clap")] else "clap"
    for drum, pull in (("kick", kick_pull), (backbeat, backbeat_pull), ("crash", crash_pull)):
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


def _leaning(register: Register, harmony: int, lead_register: int) -> Floats:
    pitches = _pitches(register)
    middle = _MIDDLE.get(register.voice, _MIDDLE_OF_LEAD[lead_register])
    away = _FAR * np.maximum(np.abs(pitches - middle) - _NEAR_SEMITONES, 0)
    if harmony:
        away = away + _DISCORD[register.voice] * (harmony >> (pitches % 12) & 1 == 0)
    leaning: Floats = (-away).astype(np.float32)
    return leaning
