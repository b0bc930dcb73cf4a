"""The percussion codec: nine drums as nine tokens for each tick, each silent or at one of three velocities."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Floats, Layout, Part, Slot, Tokens

NAME: Final = "percussion-nine-v2"
DRUMS: Final = ("kick", "snare", "clap", "closed_hat", "open_hat", "tom", "crash", "ride", "rim")
# The General MIDI note of each drum.
PITCHES: Final = (36, 38, 39, 42, 46, 45, 49, 51, 37)
# The velocity of a medium hit of each drum, and the factors for soft, medium and loud hits.
MEDIUM_VELOCITY: Final = (108, 98, 96, 76, 84, 90, 88, 72, 78)
ACCENTS: Final = (0.62, 1.0, 1.17)
_SOFT_BELOW, _LOUD_FROM = 0.8, 1.09
# Accents are limited to this range.
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
    """A drum, as an index into `DRUMS`, and its accent: the velocity relative to the drum's usual one in the song."""

    drum: int
    accent: float


def drum_of(pitch: int) -> int:
    """Return the drum for a General MIDI percussion note. Rare instruments count as rim."""
    return _GENERAL_MIDI.get(pitch, _RIM)


def accent_token(accent: float) -> int:
    """Return the token of an accent: 1 soft, 2 medium, 3 loud."""
    return 1 + (accent >= _SOFT_BELOW) + (accent >= _LOUD_FROM)


def accent_range(accent: float) -> tuple[float, float]:
    """Return the range of accents that have the same token: soft, medium or loud."""
    ranges = ((_SOFTEST, _SOFT_BELOW), (_SOFT_BELOW, _LOUD_FROM), (_LOUD_FROM, _LOUDEST))
    return ranges[accent_token(accent) - 1]


def encode(hits: Sequence[Sequence[Hit]]) -> Tokens:
    """Return tokens (T, 9) of the hits at each tick. If a drum has several hits, the loudest counts."""
    tokens = np.zeros((len(hits), len(DRUMS)), dtype=np.int64)
    for tick, row in enumerate(hits):
        for hit in row:
            tokens[tick, hit.drum] = max(tokens[tick, hit.drum], accent_token(hit.accent))
    return tokens


def decode(tokens: NDArray[np.integer] | Sequence[int]) -> list[Hit]:
    """Return the hits of a tick from its nine tokens."""
    return [Hit(drum, ACCENTS[int(token) - 1]) for drum, token in enumerate(tokens) if token]


def struck(tokens: Tokens) -> Floats:
    """Return (T, 9): 1 for each drum that is hit."""
    sounding: Floats = (tokens > 0).astype(np.float32)
    return sounding


def velocity_of(hit: Hit) -> int:
    """Return the MIDI velocity of a hit."""
    return min(round(MEDIUM_VELOCITY[hit.drum] * hit.accent), 127)
