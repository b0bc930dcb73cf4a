"""How busy the parts of a genre are in its drops: what textbooks of production say of dance music."""

from collections.abc import Mapping
from typing import Final

from models.codecs.plan import DRUM_LEVELS, VOICE_LEVELS

_MOST_VOICE, _MOST_DRUM = VOICE_LEVELS - 1, DRUM_LEVELS - 1

Levels = Mapping[str, tuple[int, int]]
"""The least and the highest levels of voices and drums, by the names of their slots in `models.codecs.bars`."""

# Off-beat hats and a clap in house; few chords and notes above a busy bass and sixteenths of hats in techno; a lead in
# eighths or sixteenths, off-beat hats and a rolling bass in trance.
_LEVELS: Final[Mapping[str, Levels]] = {
    "house": {"lead level": (0, 4), "open_hat": (2, 2), "clap": (1, 1), "ride": (0, 0)},
    "techno": {
        "bass level": (3, _MOST_VOICE),
        "chords level": (0, 2),
        "lead level": (0, 2),
        "closed_hat": (_MOST_DRUM, _MOST_DRUM),
        "open_hat": (0, 1),
        "snare": (0, 0),
    },
    "trance": {
        "bass level": (3, _MOST_VOICE),
        "lead level": (3, _MOST_VOICE),
        "open_hat": (2, 2),
        "rim": (0, 0),
    },
}  # fmt: skip


def levels_of(genre: str) -> Levels:
    """Return the levels that parts of a genre have in its drops; parts that are not named have any."""
    return _LEVELS.get(genre, {})
