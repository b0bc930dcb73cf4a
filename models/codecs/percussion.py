"""Percussion codec: nine drums as nine tokens a tick, each silent or at one of three velocities."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Floats, Layout, Part, Slot, Tokens

NAME: Final = "percussion-nine-v2"
DRUMS: Final = ("kick", "snare", "clap", "closed_hat", "open_hat", "tom", "crash", "ride", "rim")
# The General MIDI note each drum is played with.
PITCHES: Final = (36, 38, 39, 42, 46, 45, 49, 51, 37)
# What a medium hit of each drum is played at, and how soft, medium and loud stand to it.
MEDIUM_VELOCITY: Final = (108, 98, 96, 76, 84, 90, 88, 72, 78)
ACCENTS: Final = (0.62, 1.0, 1.17)
_SOFT_BELOW, _LOUD_FROM = 0.8, 1.09
# What is softer or louder is played no softer and no louder.
_SOFTEST, _LOUDEST = 0.35, 1.4
_GENERAL_MIDI: Final = {
    **dict.fromkeys((35, 36), 0),
    **dict.fromkeys((38, 40), 1),
    39: 2,
    **dict.fromkeys((42, 44), 3),
    46: 4,
    **dict.fromkeys((41, 43, 45, 47, 48, 50), 5),
    **dict.fromkeys((49, 52, 55, 57), 6),
    **dict.fromkeys((51, 53, 59), 7),
}
_RIM: Final = 8


def _slots(*drums: str) -> tuple[Slot, ...]:
    return tuple(Slot(drum, len(ACCENTS) + 1) for drum in drums)


LAYOUT: Final = Layout(
    [
        Part("kick", _slots("kick")),
        Part("backbeat", _slots("snare", "clap")),
        Part("hats", _slots("closed_hat", "open_hat")),
        Part("colour", _slots("tom", "crash", "ride", "rim")),
    ]
)


class Hit(NamedTuple):
    """A drum, as an index into `DRUMS`, and its velocity: 1 is what is usual for that drum in that song."""

    drum: int
    accent: float


def drum_of(pitch: int) -> int:
    """Return the drum a General MIDI percussion note stands for; rarer instruments count as rim."""
    return _GENERAL_MIDI.get(pitch, _RIM)


def accent_token(accent: float) -> int:
    """1 soft, 2 medium, 3 loud."""
    return 1 + (accent >= _SOFT_BELOW) + (accent >= _LOUD_FROM)


def accent_range(accent: float) -> tuple[float, float]:
    """From where to where an accent may be played and still is as loud: soft, medium or loud."""
    ranges = ((_SOFTEST, _SOFT_BELOW), (_SOFT_BELOW, _LOUD_FROM), (_LOUD_FROM, _LOUDEST))
    return ranges[accent_token(accent) - 1]


def encode(hits: Sequence[Sequence[Hit]]) -> Tokens:
    """(T, 9) tokens from the hits of each tick, the loudest of a drum counting."""
    tokens = np.zeros((len(hits), len(DRUMS)), dtype=np.int64)
    for tick, row in enumerate(hits):
        for hit in row:
            tokens[tick, hit.drum] = max(tokens[tick, hit.drum], accent_token(hit.accent))
    return tokens


def decode(tokens: NDArray[np.integer] | Sequence[int]) -> list[Hit]:
    """Return the hits of a tick from its nine tokens."""
    return [Hit(drum, ACCENTS[int(token) - 1]) for drum, token in enumerate(tokens) if token]


def struck(tokens: Tokens) -> Floats:
    """(T, 9): which drums sound."""
    sounding: Floats = (tokens > 0).astype(np.float32)
    return sounding


def velocity_of(hit: Hit) -> int:
    """Return the MIDI velocity of a hit."""
    return min(round(MEDIUM_VELOCITY[hit.drum] * hit.accent), 127)
