"""The genres of dance music: their usual tempo, swing and beats."""

from typing import Final, NamedTuple

from models.beats import BACKBEAT, FOUR, HALF, KICK, NONE, TWO_STEP


class Genre(NamedTuple):
    """A genre. `tempo` is in BPM; `beats` are the kinds of beat of its drops, the usual one first."""

    name: str
    tempo: float
    beats: tuple[int, ...]
    swing: float = 0.0


GENRES: Final = (
    Genre("house", 124, (FOUR,)),
    Genre("deep house", 121, (FOUR,), 0.12),
    Genre("techno", 132, (FOUR,)),
    Genre("trance", 138, (FOUR,)),
    Genre("drum and bass", 174, (TWO_STEP,)),
    Genre("dubstep", 140, (HALF,)),
    Genre("breakbeat", 132, (TWO_STEP, BACKBEAT)),
    Genre("synthwave", 108, (BACKBEAT, FOUR)),
    Genre("ambient", 90, (NONE, KICK)),
)
NAMES: Final = tuple(genre.name for genre in GENRES)
"""The names of the genres. A genre is an index into this tuple."""
