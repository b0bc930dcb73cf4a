"""Sort the messages of a port: those of a clock, those of channels, and those that are ignored."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from daemon.link.inputs import CLOCK, CONTINUE, SONG_POSITION, START, STOP

MOST_A_SECOND: Final = 5000
"""Messages of one port beyond this rate are dropped. USB carries a few thousand in practice, a DIN cable 1,000."""

_TRANSPORT: Final = (CLOCK, START, CONTINUE, STOP)
_SYSTEM: Final = 0xF0
# The length of a channel message by its upper four bits.
_LENGTHS: Final = {0x80: 3, 0x90: 3, 0xA0: 3, 0xB0: 3, 0xC0: 2, 0xD0: 2, 0xE0: 3}


class Sorted(NamedTuple):
    """The events of `ClockIn` and of `MidiIn`."""

    clock: tuple[tuple[float, int, int], ...]
    channel: tuple[tuple[float, bytes], ...]


def sort(messages: Iterable[tuple[float, bytes]]) -> Sorted:
    """Sort (seconds, bytes). System exclusive, active sensing and incomplete messages are left out."""
    clock, channel = [], []
    for seconds, message in messages:
        status = message[0] if message else 0
        if status in _TRANSPORT:
            clock.append((seconds, status, 0))
        elif status == SONG_POSITION and len(message) == 3:
            clock.append((seconds, status, message[1] & 0x7F | (message[2] & 0x7F) << 7))
        elif status < _SYSTEM and len(message) == _LENGTHS.get(status & 0xF0):
            channel.append((seconds, message))
    return Sorted(tuple(clock), tuple(channel))


class Allowance:
    """Lets at most MOST_A_SECOND messages of a port pass, and a burst of a fifth of that."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._left = float(MOST_A_SECOND // 5)

    def take(self, now: float) -> bool:
        """Return whether one more message may pass at a time."""
        earned = (now - self._seconds) * MOST_A_SECOND
        self._seconds = now
        self._left = min(self._left + earned, MOST_A_SECOND / 5)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
