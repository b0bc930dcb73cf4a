"""The order of the screens of each listener: balanced over listeners, without chance that cannot be repeated."""

import math
import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from daemon.study.study import LEAST_RATING, MOST_RATING, SCALES, Study


class Screen(NamedTuple):
    """One screen: a clip of a source (its number in `Study.names`), or the attention check without a clip."""

    source: int
    clip: int

    @property
    def is_check(self) -> bool:
        """Whether this screen is the attention check."""
        return self == CHECK


CHECK: Final = Screen(-1, -1)


def williams(count: int) -> list[list[int]]:
    """Return the rows of a Williams design for `count` treatments.

    Over all rows each treatment is equally often in each place, and follows each other treatment equally often. An even
    count needs `count` rows, an odd one twice as many.
    """
    first = [(step + 1) // 2 if step % 2 else (count - step // 2) % count for step in range(count)]
    rows = [[(each + shift) % count for each in first] for shift in range(count)]
    return rows if count % 2 == 0 else rows + [row[::-1] for row in rows]


def clip_order(sources: int, clips: int, number: int) -> list[Screen]:
    """Return the order of all clips for the listener with this number (from 0).

    A block has one clip of each source, in the order of one row of the Williams design. As many listeners as the design
    has rows use each row once in every block. Each source's clips are rotated, so that each is in every block.
    """
    rows = williams(sources)
    step = 1 + number // (
        len(rows) * clips
    )  # other neighbours at the borders of blocks, once all is balanced
    turn = number + number // math.lcm(
        len(rows), clips
    )  # crosses rows and rotations, even with common divisors
    return [
        Screen(source, (block + turn) % clips)
        for block in range(clips)
        for source in rows[(number + block * step) % len(rows)]
    ]


def screens(study: Study, number: int) -> list[Screen]:
    """Return all screens of a listener: the clips, and the attention check somewhere in the middle third."""
    order = clip_order(len(study.sources), study.clips_of_each, number)
    third = len(order) // 3
    order.insert(third + number % (len(order) - 2 * third + 1), CHECK)
    return order


def asked_numbers(study: Study, number: int) -> list[int]:
    """Return the numbers that the attention check asks for, one for each scale. They are not all the same."""
    chance = random.Random(f"{study.seed}/{number}")  # noqa: S311 - anyone may know them: the page shows them
    return chance.sample(range(LEAST_RATING, MOST_RATING + 1), len(SCALES))


def file_of(study: Study, screen: Screen) -> str:
    """Return the file name of the clip of a screen."""
    return study.sources[study.names[screen.source]][screen.clip].file


def clip_places(order: Sequence[Screen]) -> dict[int, int]:
    """Return for each screen with a clip its place among the clips, both from 0."""
    with_clips = [index for index, screen in enumerate(order) if not screen.is_check]
    return {index: place for place, index in enumerate(with_clips)}
