"""Drums of club music: a groove of four bars drawn from a genre's grids, and fills and rolls before a new section."""

import random
from collections.abc import Mapping
from typing import Final

from models.codecs.percussion import DRUMS, PITCHES
from models.notes import TICKS_PER_BAR
from training.synthetic.loops import LOOP_BARS, STRENGTH, Event, Loop, steps

_PITCH: Final = dict(zip(DRUMS, PITCHES, strict=True))
_REST: Final = "." * TICKS_PER_BAR
Grids = Mapping[str, tuple[str, ...]]
FOUR: Final = "x...x...x...x..."
OFFBEAT: Final = "..x...x...x...x."
BACKBEAT: Final = "....x.......x..."

HOUSE: Final[Grids] = {
    "kick": (FOUR,),
    "clap": (BACKBEAT,),
    "snare": (_REST, "............o..o", ".......o.o......", "......o........o"),
    "open_hat": (OFFBEAT,),
    "closed_hat": ("x.o.x.o.x.o.x.o.", "o..xo..xo..xo..x", "xoxoxoxoxoxoxoxo", "...x..x....x..x."),
    "rim": (_REST, "...x..x....x....", ".x....x..x......", "..x..x....x..x..", "...x...x.x...x.."),
    "tom": (_REST, _REST, "..........x..x..", "...x......x....."),
}
DEEP_HOUSE: Final[Grids] = {
    "kick": (FOUR, FOUR, "x...x...x...x..o"),
    "clap": (BACKBEAT, BACKBEAT, _REST),
    "snare": (_REST, ".......o.......o", "...o.....o......"),
    "open_hat": (OFFBEAT, "..x.......x....."),
    "closed_hat": ("o.xoo.xoo.xoo.xo", "..xo..xo..xo..xo", "oxoxoxoxoxoxoxox"),
    "rim": ("...x..x...x..x..", "x..x..x...x.x...", "....x..x....x...", "......x..x....x."),
    "tom": (_REST,),
}
TRANCE: Final[Grids] = {
    "kick": (FOUR,),
    "clap": (BACKBEAT,),
    "snare": (_REST, BACKBEAT),
    "open_hat": (OFFBEAT,),
    "closed_hat": ("x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "x.oox.oox.oox.oo", "oo.ooo.ooo.ooo.o"),
    "ride": (_REST, OFFBEAT, "x...x...x...x..."),
    "rim": (_REST,),
}
TECHNO: Final[Grids] = {
    "kick": (FOUR,),
    "clap": (BACKBEAT, "............x...", _REST),
    "snare": (_REST, "..............o."),
    "open_hat": (OFFBEAT, "..X...x...X...x."),
    "closed_hat": ("xoxoxoxoxoxoxoxo", "oxXooxXooxXooxXo", "x.xxx.xxx.xxx.xx", "..x...x...x...x."),
    "ride": (_REST, OFFBEAT, "x.x.x.x.x.x.x.x.", "x...x...x...x..."),
    "rim": ("...x..x..x..x...", "x..x..x..x..x..x", "..x....x..x.....", ".....x.....x..x."),
    "tom": (_REST, "..xo..xo..xo..xo", "...x..x....x..x.", "......x.......x."),
}
PROGRESSIVE: Final[Grids] = {
    "kick": (FOUR,),
    "clap": (BACKBEAT,),
    "snare": (_REST, "...............o"),
    "open_hat": (OFFBEAT,),
    "closed_hat": ("x.x.x.x.x.x.x.x.", "oxxooxxooxxooxxo", "xoxoxoxoxoxoxoxo"),
    "ride": (_REST, OFFBEAT),
    "rim": (_REST, "...x..x.........", "......x...x..x.."),
    "tom": (_REST, "..........x..x.."),
}


def groove(grids: Grids, dice: random.Random) -> dict[str, Loop]:
    """Return four bars for each drum: one bar repeated, with small additions in the last and sometimes the second bar."""
    return {drum: _loop(drum, dice.choice(choices), dice) for drum, choices in grids.items()}


def _loop(drum: str, grid: str, dice: random.Random) -> Loop:
    turned = (
        _embellished(grid, dice) if drum in ("closed_hat", "rim", "tom", "snare") and "x" in grid else grid
    )
    often = dice.random() < 0.4
    bars = [turned if bar == LOOP_BARS - 1 or (often and bar == 1) else grid for bar in range(LOOP_BARS)]
    return tuple(hit(drum, tick, velocity) for tick, velocity in steps("".join(bars)))


def _embellished(grid: str, dice: random.Random) -> str:
    """Add ghost notes in one or two rests of the second half."""
    rests = [tick for tick in range(8, TICKS_PER_BAR) if grid[tick] == "."]
    ghosts = set(dice.sample(rests, min(len(rests), dice.choice((1, 1, 2)))))
    return "".join("o" if tick in ghosts else sign for tick, sign in enumerate(grid))


def hit(drum: str, tick: int, velocity: int) -> Event:
    """Return one stroke."""
    return Event(tick, 1, _PITCH[drum], min(velocity, 127))


def fill(dice: random.Random) -> Loop:
    """Return a fill for the last bar of a phrase; it replaces the groove's kick and snares."""
    kicks = dice.choice((FOUR[:12] + "....", "x...x.......x.x.", "x...x...x.......", "x.......x......."))
    over = dice.choice((_snares, _toms, _claps))
    return (*(hit("kick", tick, velocity) for tick, velocity in steps(kicks)), *over(dice))


def _snares(dice: random.Random) -> Loop:
    grid = dice.choice(("........x.x.xxxx", "........x..x..xx", "............xxxx", "....x.....x.x.xx"))
    return tuple(hit("snare", tick, 72 + 3 * tick) for tick, _ in steps(grid))


def _toms(dice: random.Random) -> Loop:
    grid = dice.choice(("........x.xx.xx.", "..........x.x.xx", "....x..x..x..x.."))
    return tuple(hit("tom", tick, velocity) for tick, velocity in steps(grid))


def _claps(dice: random.Random) -> Loop:
    grid = dice.choice(("....x.......x.xx", "....x..x..x.x.x.", "....x.......xxxx"))
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
    ends = 8 * TICKS_PER_BAR - dice.choice((0, 0, 4, 8))
    ticks = [
        bar * TICKS_PER_BAR + tick for bar, step in enumerate(every) for tick in range(0, TICKS_PER_BAR, step)
    ]
    return tuple(hit("snare", tick, 60 + tick // 2) for tick in ticks if tick < ends)


CRASH: Final[Loop] = (Event(0, 1, PITCHES[DRUMS.index("crash")], STRENGTH["x"]),)
