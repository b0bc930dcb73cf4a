"""Assign MIDI channels to the parts of a score."""

from collections.abc import Sequence
from typing import Final

from models.reading.notation.written import Staff

DRUMS: Final = 10
_MELODIC: Final = tuple(channel for channel in range(1, 17) if channel != DRUMS)


def channels(staves: Sequence[Staff]) -> list[int]:
    """Return a channel for each part, 1 to 16.

    A part has the channel that the score states, unless a part with another program has it already. Drums are on 10.
    If all channels are in use, they are assigned again from the first.
    """
    program_of: dict[int, int] = {}
    assigned: list[int | None] = []
    for staff in staves:
        channel = staff.channel
        if staff.is_drums:
            channel = channel or DRUMS
        elif channel is not None and (
            channel == DRUMS or program_of.setdefault(channel, staff.program) != staff.program
        ):
            channel = None
        assigned.append(channel)
    free = [channel for channel in _MELODIC if channel not in assigned] or list(_MELODIC)
    number = 0
    for index, channel in enumerate(assigned):
        if channel is None:
            assigned[index] = free[number % len(free)]
            number += 1
    return [channel or DRUMS for channel in assigned]
