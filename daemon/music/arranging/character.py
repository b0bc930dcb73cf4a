"""How busy the parts of a genre are in its drops: what textbooks of production say of dance music."""

from collections.abc import Mapping
from typing import Final

from daemon.music.arranging.barplan import TOGETHER
from models.codecs.plan import DRUM_LEVELS, VOICE_LEVELS

_MOST_VOICE, _MOST_DRUM = VOICE_LEVELS - 1, DRUM_LEVELS - 1

Levels = Mapping[str, tuple[int, int]]
"""The least and the highest levels of voices, drums and strike, by the names of the slots in `models.codecs.bars`."""

# A snare that rolls belongs to builds.
_PLAIN: Final[Levels] = {"snare": (0, _MOST_DRUM - 1)}
# Off-beat hats and a clap in house; few chords and notes above a rolling bass and sixteenths of hats in techno; a lead in
# eighths or sixteenths, off-beat hats and a busy bass in trance.
_LEVELS: Final[Mapping[str, Levels]] = {
    "house": {"bass level": (2, 3), "open_hat": (2, 2), "clap": (1, 1), "ride": (0, 0)},
    "techno": {
        "bass level": (4, _MOST_VOICE),
        "chords level": (0, 1),
        "chords strike": (0, TOGETHER - 1),
        "lead level": (0, 1),
        "closed_hat": (_MOST_DRUM, _MOST_DRUM),
        "open_hat": (0, 1),
        "snare": (0, 0),
    },
    "trance": {
        "bass level": (3, 4),
        "lead level": (3, _MOST_VOICE),
        "open_hat": (2, 2),
        "rim": (0, 0),
    },
}  # fmt: skip


def levels_of(genre: str) -> Levels:
    """Return the levels that parts of a genre have in its drops; parts that are not named have any."""
    return {**_PLAIN, **_LEVELS.get(genre, {})}


def strikes_together(genre: str) -> bool:
    """Return whether bass and chords of a genre strike together in its simple tracks."""
    return "chords strike" not in levels_of(genre)
