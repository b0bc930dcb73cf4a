"""Drums of club music: a groove drawn from a genre's grids, and fills and rolls before a new section."""

import random
from collections.abc import Mapping
from typing import Final

from models.codecs.percussion import DRUMS, PITCHES
from models.notes import TICKS_PER_BAR
from training.synthetic.loops import PHRASE_BARS, STRENGTH, Event, Loop, steps

_PITCH: Final = dict(zip(DRUMS, PITCHES, strict=True))
_REST: Final = "." * TICKS_PER_BAR
Grids = Mapping[str, tuple[str, ...]]
"""For each drum the grids from which a song takes one, of one bar or two."""

FOUR: Final = "x...x...x...x..."
OFFBEAT: Final = "..x...x...x...x."
BACKBEAT: Final = "....x.......x..."
HALF: Final = "........X......."
_EIGHTHS: Final = "x.o.x.o.x.o.x.o."

HOUSE: Final[Grids] = {
    "kick": (FOUR,),
    "clap": (BACKBEAT,),
    "snare": (_REST, _REST, "............o..o", ".......o........"),
    "open_hat": (OFFBEAT,),
    "closed_hat": (_REST, _REST, _REST, _EIGHTHS, "xoxoxoxoxoxoxoxo", "x.oxx.oxx.oxx.ox"),
    "rim": (_REST, "...x..x....x....", "..x..x....x..x..", "...x...x.x...x.."),
    "tom": (_REST, _REST, "..........x..x.."),
}
DEEP_HOUSE: Final[Grids] = {
    "kick": (FOUR, FOUR, FOUR, "x...x...x...x..o"),
    "clap": (BACKBEAT,),
    "snare": (_REST, ".......o.......o", "...o.....o......"),
    "open_hat": (OFFBEAT, OFFBEAT, "..x.......x....."),
    "closed_hat": (_REST, _REST, "o.xoo.xoo.xoo.xo", "..xo..xo..xo..xo", "oxoxoxoxoxoxoxox"),
    "rim": (_REST, "...x..x...x..x..", "x..x..x...x.x...", "......x..x....x."),
}
TRANCE: Final[Grids] = {
    "kick": (FOUR,),
    "clap": (BACKBEAT,),
    "snare": (_REST, _REST, BACKBEAT),
    "open_hat": (OFFBEAT,),
    "closed_hat": (_REST, _REST, _EIGHTHS, "xoxoxoxoxoxoxoxo", "x.oox.oox.oox.oo"),
    "ride": (_REST, OFFBEAT, FOUR),
}
TECHNO: Final[Grids] = {
    "kick": (FOUR,),
    "clap": (BACKBEAT, "............x...", _REST),
    "snare": (_REST, _REST, "..............o."),
    "open_hat": (OFFBEAT, "..X...x...X...x."),
    "closed_hat": (_REST, _REST, "xoxoxoxoxoxoxoxo", "oxXooxXooxXooxXo", "x.xxx.xxx.xxx.xx"),
    "ride": (_REST, OFFBEAT, "x.x.x.x.x.x.x.x.", FOUR),
    "rim": (_REST, "...x..x..x..x...", "x..x..x..x..x..x", "..x....x..x....."),
    "tom": (_REST, "..xo..xo..xo..xo", "......x.......x."),
}
DRUM_AND_BASS: Final[Grids] = {
    "kick": (
        "x.........x.....",
        "x.........x.....",
        "x.........x..x..",
        "x..x......x.....",
        "x.x.......x.....",
    ),
    "snare": (
        "....X.......X...",
        "....X.......X...",
        "....X..o....X...",
        "....X..o.o..X..o",
        "....X.....o.X...",
    ),
    "clap": (_REST, BACKBEAT),
    "closed_hat": ("x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "x.xox.xox.xox.xo", "x.x.x.xxx.x.x.xx"),
    "open_hat": (_REST, "..............x.", "......x........."),
    "ride": (_REST, _REST, "x.x.x.x.x.x.x.x."),
    "rim": (_REST, "..o....o.o.....o"),
}
DUBSTEP: Final[Grids] = {
    "kick": (
        "x...............",
        "x.....x.........",
        "x..x............",
        "x.........x.....",
        "x.............x.",
    ),
    "snare": (HALF,),
    "clap": (HALF, _REST),
    "closed_hat": (
        "x.x.x.x.x.x.x.x.",
        "x..x..x.x..x..x.",
        "x.x.x.xxx.x.x.x.",
        "x...x...x...x...",
        "x.xxx.xxx.xxx.xx",
    ),
    "open_hat": (_REST, "..........x.....", "..............x."),
    "rim": (_REST, "...x......x.....", "......o....o..o."),
}
BREAKBEAT: Final[Grids] = {
    "kick": (
        "x.x.......x.....", "x.........x.....", "x..x......x.....", "x.x.......xx....", "x......x..x.....",
        "x.......x.x.....",
    ),
    "snare": ("....X.......X...", "....X..o.o..X...", "....X..o....X..o", "....X....o..X..."),
    "clap": (_REST, _REST, BACKBEAT),
    "closed_hat": ("x.x.x.x.x.x.x.x.", "x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "x.xxx.x.x.xxx.x."),
    "open_hat": (_REST, "......x.........", "..............x."),
    "rim": (_REST, "...x..x...x..x..", "..o...o...o...o."),
}  # fmt: skip
SYNTHWAVE: Final[Grids] = {
    "kick": ("x.......x.......", "x.......x.......", FOUR, "x.....x.x.......", "x......xx......."),
    "snare": ("....X.......X...",),
    "clap": (_REST, BACKBEAT),
    "closed_hat": (_EIGHTHS, "x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", FOUR),
    "open_hat": (_REST, OFFBEAT, "..............x."),
    "tom": (_REST, _REST, ".............xxx"),
}
AMBIENT: Final[Grids] = {
    "kick": (_REST, "x...............", "x.......x.......", "x.........x....."),
    "closed_hat": (_REST, "..o...o...o...o.", "....o.......o...", "o..o..o.o..o..o."),
    "rim": (_REST, _REST, "......o...o.....", "...o.........o.."),
    "ride": (_REST, "o...............", "o.......o......."),
}


def groove(grids: Grids, dice: random.Random) -> dict[str, Loop]:
    """Return eight bars for each drum: one grid repeated."""
    return {drum: _repeated(drum, dice.choice(choices)) for drum, choices in grids.items()}


def _repeated(drum: str, grid: str) -> Loop:
    whole = grid * (PHRASE_BARS * TICKS_PER_BAR // len(grid))
    return tuple(hit(drum, tick, velocity) for tick, velocity in steps(whole))


def hit(drum: str, tick: int, velocity: int) -> Event:
    """Return one stroke."""
    return Event(tick, 1, _PITCH[drum], min(velocity, 127))


def fill(bar: Loop, dice: random.Random) -> Loop:
    """Return a fill in place of the kick and the snares of a phrase's last bar; its first half keeps the bar's beat."""
    from_tick = dice.choice((8, 8, 12))
    kept = tuple(event for event in bar if event.tick < from_tick)
    over = dice.choice((_snares, _toms, _claps))
    return (*kept, *(event for event in over(dice) if event.tick >= from_tick))


def _snares(dice: random.Random) -> Loop:
    grid = dice.choice(("........x.x.xxxx", "........x..x..xx", "........x...xxxx", "..........x.x.xx"))
    return tuple(hit("snare", tick, 72 + 3 * tick) for tick, _ in steps(grid))


def _toms(dice: random.Random) -> Loop:
    grid = dice.choice(("........x.xx.xx.", "..........x.x.xx", "........x..x.xx."))
    return tuple(hit("tom", tick, velocity) for tick, velocity in steps(grid))


def _claps(dice: random.Random) -> Loop:
    grid = dice.choice(("............x.xx", "..........x.x.x.", "............xxxx"))
    return tuple(hit("clap", tick, velocity) for tick, velocity in steps(grid))


def roll(dice: random.Random) -> Loop:
    """Return eight bars of snare that grow denser and louder, sometimes with a rest at the end."""
    every = dice.choice(
        (
            (4, 4, 4, 4, 2, 2, 1, 1),
            (8, 8, 4, 4, 2, 2, 1, 1),
            (4, 4, 4, 4, 4, 4, 2, 1),
            (4, 4, 2, 2, 2, 2, 1, 1),
        )
    )
    ends = PHRASE_BARS * TICKS_PER_BAR - dice.choice((0, 0, 4, 8))
    ticks = [
        bar * TICKS_PER_BAR + tick for bar, step in enumerate(every) for tick in range(0, TICKS_PER_BAR, step)
    ]
    return tuple(hit("snare", tick, 60 + tick // 2) for tick in ticks if tick < ends)


CRASH: Final[Loop] = (Event(0, 1, PITCHES[DRUMS.index("crash")], STRENGTH["x"]),)
"""A crash at the beginning of a section."""
