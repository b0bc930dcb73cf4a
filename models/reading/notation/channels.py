"""MIDI channels for parts: the one a score names, where no part with another sound has it; drums on 10."""

from collections.abc import Sequence
from typing import Final

from models.reading.notation.written import Staff

DRUMS: Final = 10
_MELODIC: Final = tuple(channel for channel in range(1, 17) if channel != DRUMS)


def channels(staves: Sequence[Staff]) -> list[int]:
    """A channel for each part, 1 to 16. When all are taken they are given again from the first."""
    taken: dict[int, int] = {}
    given: list[int | None] = []
    for staff in staves:
        channel = staff.channel
        if staff.is_drums:
            channel = channel or DRUMS
        elif channel is not None and (
            channel == DRUMS or taken.setdefault(channel, staff.program) != staff.program
        ):
            channel = None
        given.append(channel)
    free = [channel for channel in _MELODIC if channel not in given] or list(_MELODIC)
    number = 0
    for index, channel in enumerate(given):
        if channel is None:
            given[index] = free[number % len(free)]
            number += 1
    return [channel or DRUMS for channel in given]
