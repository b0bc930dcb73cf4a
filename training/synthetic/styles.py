"""How songs of each genre of `models.genres` are made: their drums, backing, leads and harmony."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from training.synthetic import drums
from training.synthetic.backing import HELD, Backing
from training.synthetic.hooks import ANTHEM, FLOWING, LONG, RIFF, UNISON, Manner


class Style(NamedTuple):
    """The choices of a genre; `static` and `sevenths` are probabilities for `chord_loop`. `drifts`: it has no builds."""

    grids: drums.Grids
    backings: tuple[Backing, ...]
    hooks: tuple[Manner, ...]
    static: float
    sevenths: float
    drifts: bool = False


_HOUSE: Final = (
    Backing("x..x..x...x.x..."), Backing("x..x..x..x..x..."), Backing("x...x..x..x....."), Backing("x..x..x...x....."),
    Backing("..x...x...x...x.", bass_ticks=2), Backing("x...x...x...x..."), Backing("x.....x...x..x.."),
    Backing("x..x...x..x..x.."), Backing("..x...x...x...x.", "x.....x...x....."),
)  # fmt: skip
_DEEP_HOUSE: Final = (
    Backing("x..x..x...x.x..."), Backing("x.....x...x....."), Backing("..x..x....x..x.."), Backing("x..x......x..x.."),
    Backing("x.....x..x....x.", "..x..x....x....."), Backing("x..x..x..x..x...", "x.....x........."),
    Backing("x..x..x.x..x..x.", HELD, 3, 16),
)  # fmt: skip
_TECHNO: Final = (
    Backing("..x...x...x...x.", bass_ticks=2, chord_ticks=2), Backing("..xx..xx..xx..xx", "...x.....x......", 1, 2),
    Backing("x..x..x..x..x...", bass_ticks=2, chord_ticks=2), Backing("..x...x...x...x.", "x..x..x.........", 2, 2),
    Backing("x.x...x.x.x...x.", "......x.......x.", 1, 2),
)  # fmt: skip
_TRANCE: Final = (
    Backing("x..x..x...x.x..."), Backing("x..x..x..x..x.x."), Backing("..x...x...x...x.", bass_ticks=2),
    Backing("x...x...x...x..."), Backing("x..x..x..x..x..."), Backing("x.....x...x....."),
    Backing("x.x.x.x...x.x.x.", bass_ticks=2, chord_ticks=2), Backing("..xx..xx..xx..xx", HELD, 1, 16),
)  # fmt: skip
_DRUM_AND_BASS: Final = (
    Backing("x.....x...x.....", HELD, 6, 16), Backing("x..x......x..x..", HELD, 4, 16), Backing("x.........x....."),
    Backing("x..x..x...x.x...", HELD, 3, 16), Backing("x.....x.........x...x.....x.....", HELD, 6, 16),
    Backing("x..x..x..x......", "x.........x....."), Backing("x.....x...x....."),
)  # fmt: skip
_DUBSTEP: Final = (
    Backing("x.x.x.x...x.x.x.", HELD, 2, 16), Backing("x..x..x.x.x.x.x.", HELD, 2, 16),
    Backing("x.xxx.xx..x.x.x.", HELD, 2, 16), Backing("x..x..x...x.x..."), Backing("x.....x...x....."),
    Backing("x...x.x...x.xx..x...x.x.x.x.x...", HELD, 4, 16), Backing("x..x..x.........x.x.x.x.x.......", HELD, 3, 16),
)  # fmt: skip
_BREAKBEAT: Final = (
    Backing("x.....x...x.x..."), Backing("x..x......x..x.."), Backing("x.x....x..x....."), Backing("x..x..x...x....."),
    Backing("x.x..x....x.x...", "x.....x...x....."), Backing("x.....x...x.x...", HELD, 4, 16),
)  # fmt: skip
_SYNTHWAVE: Final = (
    Backing("x.x.x.x.x.x.x.x.", HELD, 2, 16), Backing("x.x.x.x.x.x.x.x.", HELD, 1, 16),
    Backing("x...x...x...x...", HELD, 4, 16), Backing("x..x..x.x..x..x.", HELD, 3, 16),
    Backing("x..x..x..x..x.x."), Backing("x..x..x...x.x..."),
)  # fmt: skip
_AMBIENT: Final = (
    Backing(HELD, "", 16, 16), Backing("x.......x.......", HELD, 8, 16), Backing("x.............x.", "", 16, 16),
)  # fmt: skip

STYLES: Final[Mapping[str, Style]] = {
    "house": Style(drums.HOUSE, _HOUSE, (FLOWING, FLOWING, UNISON, RIFF), 0.1, 0.3),
    "deep house": Style(drums.DEEP_HOUSE, _DEEP_HOUSE, (FLOWING, RIFF, LONG), 0.2, 0.85),
    "techno": Style(drums.TECHNO, _TECHNO, (RIFF, RIFF, FLOWING), 0.7, 0.3),
    "trance": Style(drums.TRANCE, _TRANCE, (ANTHEM, UNISON, FLOWING), 0.0, 0.1),
    "drum and bass": Style(drums.DRUM_AND_BASS, _DRUM_AND_BASS, (FLOWING, LONG, ANTHEM), 0.25, 0.5),
    "dubstep": Style(drums.DUBSTEP, _DUBSTEP, (FLOWING, LONG, RIFF), 0.3, 0.15),
    "breakbeat": Style(drums.BREAKBEAT, _BREAKBEAT, (FLOWING, FLOWING, RIFF), 0.15, 0.35),
    "synthwave": Style(drums.SYNTHWAVE, _SYNTHWAVE, (FLOWING, ANTHEM, LONG), 0.05, 0.25),
    "ambient": Style(drums.AMBIENT, _AMBIENT, (LONG,), 0.2, 0.6, drifts=True),
}
"""The styles by the names of `models.genres`."""
