"""Which hit plays a General MIDI drum, how fast and how loud; `drums.js` of the panel does the same."""

from collections.abc import Mapping
from typing import Final

from models.take import Key

_DRUMS: Final[Mapping[str, tuple[int, ...]]] = {
    "kick": (35, 36),
    "snare": (38, 40),
    "clap": (39,),
    "closed hat": (42, 44),
    "open hat": (46,),
    "tom": (41, 43, 45, 47, 48, 50),
    "crash": (49, 52, 55, 57),
    "ride": (51, 53, 59),
}
_OF_PITCH: Final = {pitch: drum for drum, pitches in _DRUMS.items() for pitch in pitches}
_MIDDLE_TOM: Final = 45
_KICK_CLASS: Final = 7  # all kicks end at 49 Hz, a G
_NEAREST_FIFTH: Final = 3


def drum_of(pitch: int) -> str:
    """Return the drum of a General MIDI percussion note. Rare instruments count as rim."""
    return _OF_PITCH.get(pitch, "rim")


def root_of(key: Key) -> int:
    """Return the pitch class of the tonic."""
    return (key.sharps * 7 + (9 if key.is_minor else 0)) % 12


def kick_rate(root: int) -> float:
    """Return how much faster a kick is played so that it ends at the tonic or its fifth, whichever is nearer."""
    steps = (root - _KICK_CLASS + 6) % 12 - 6
    if abs(steps) > _NEAREST_FIFTH:
        steps += 7 if steps < 0 else -5
    return float(2 ** (steps / 12))


def rate_of(drum: str, pitch: int, root: int) -> float:
    """Return how much faster than its hit a drum is played."""
    if drum == "kick":
        return kick_rate(root)
    return float(2 ** ((pitch - _MIDDLE_TOM) / 12)) if drum == "tom" else 1.0
