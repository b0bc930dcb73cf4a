"""Effects beside the notes: filter sweeps of voices, risers and impacts, and their MIDI numbers."""

from collections.abc import Collection, Mapping
from typing import Final, Literal, NamedTuple

from models.notes import CHANNELS, MELODIC_VOICES, Voice

EFFECTS: Final = "effects"
"""The name of the part that risers and impacts are."""
Lane = Literal["lead", "chords", "bass", "drums", "effects"]
"""A voice, or the part of risers and impacts."""
HOST: Final[Voice] = "lead"
"""Risers and impacts go to the port of this voice, and are sent if its effects are."""

FILTER: Final = 74
"""The controller that General MIDI 2 calls brightness; synthesisers open and close a low-pass filter with it."""
FILTER_NEUTRAL: Final = 64
EXPRESSION: Final = 11
EXPRESSION_NEUTRAL: Final = 127

# Relative to the drums, in LU, as `models.instruments.Instrument.level`.
EFFECTS_LEVEL: Final = -8.0

_CHANNELS: Final = tuple(channel for channel in range(16, 0, -1) if channel != CHANNELS["drums"])

ControlRow = tuple[int, Lane, bytes]
"""A message of an effect that was sent: pulse, lane, and the MIDI message."""


class EffectSound(NamedTuple):
    """How an effect is played: a General MIDI program (from 0), a pitch and a velocity."""

    program: int
    pitch: int
    velocity: int


# Noise has no pitch that could clash with the chords. Seashore and Synth Drum are in every General MIDI set.
RISER: Final = EffectSound(122, 60, 80)
IMPACT: Final = EffectSound(118, 36, 112)


class Effects(NamedTuple):
    """The effects that apply during a tick, as a state, so that any tick can follow any other.

    `filters` has the voices whose filter is not neutral, and its value 0..127. `riser` is the height of the riser, 1..127,
    and `impact` the velocity of the impact; 0 means that none sounds.
    """

    filters: tuple[tuple[Voice, int], ...] = ()
    riser: int = 0
    impact: int = 0


NO_EFFECTS: Final = Effects()


def _own_channel(channels: Mapping[Voice, int]) -> int:
    """Return the channel (1 to 16) of risers and impacts: 16, or the highest one that no voice has and that is not 10."""
    return next(channel for channel in _CHANNELS if channel not in channels.values())


def lane_channels(channels: Mapping[Voice, int], voices: Collection[Voice]) -> dict[Lane, int]:
    """Return the channel (1 to 16) of each lane whose effects are sent, if those of `voices` are sent."""
    lanes: dict[Lane, int] = {voice: channels[voice] for voice in MELODIC_VOICES if voice in voices}
    return lanes | {EFFECTS: _own_channel(channels)} if HOST in voices else lanes


def neutral_controls(lanes: Collection[Lane]) -> list[tuple[Lane, int, int]]:
    """Return (lane, controller, value) for each controller that the effects of these lanes move, in the neutral state."""
    moved = [(lane, FILTER, FILTER_NEUTRAL) for lane in lanes]
    return [*moved, (EFFECTS, EXPRESSION, EXPRESSION_NEUTRAL)] if EFFECTS in lanes else moved
