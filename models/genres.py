"""The kinds of drum beat, and the genres of dance music: their usual tempo, swing and beats."""

from typing import Final, NamedTuple

BEATS: Final = ("none", "four", "half", "two-step", "backbeat", "kick", "other")
"""No kick, snare or clap; a kick on every beat; half-time; two-step and breakbeat; other bars with a snare on two and four;
a kick alone; any other beat. A beat is an index into this tuple."""

NONE, FOUR, HALF, TWO_STEP, BACKBEAT, KICK, OTHER = range(len(BEATS))


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
_BY_NAME: Final = dict(zip(NAMES, GENRES, strict=True))


def genre_named(name: str) -> Genre:
    """Return the genre of that name. Raises KeyError if there is none."""
    return _BY_NAME[name]


def usual_beat(name: str) -> int:
    """Return the usual kind of beat of a genre's drops. Raises KeyError if there is no such genre."""
    return _BY_NAME[name].beats[0]
