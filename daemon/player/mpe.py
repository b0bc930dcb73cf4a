"""MIDI Polyphonic Expression: each note has a channel of the lower zone, so it can be bent and pressed alone."""

from collections import Counter, deque
from typing import Final

from daemon.player.midi_bytes import channel_pressure, control_change, pitch_bend

MPE_PORT: Final = "edmd mpe"
MPE: Final = 0
"""The channel of a place that gives each note a channel of its own."""
MANAGER: Final = 1
MEMBERS: Final = range(2, 17)
ALL_CHANNELS: Final = range(1, 17)

_RPN_COARSE, _RPN_FINE, _DATA, _TIMBRE = 101, 100, 6, 74
_CONFIGURATION, _NO_RPN = 6, 127
_CENTRE: Final = 64


def configuration() -> tuple[bytes, ...]:
    """Return the messages that make the lower zone of all 15 members (RPN 6), and deselect the RPN."""
    pairs = (
        (_RPN_COARSE, 0),
        (_RPN_FINE, _CONFIGURATION),
        (_DATA, len(MEMBERS)),
        (_RPN_COARSE, _NO_RPN),
        (_RPN_FINE, _NO_RPN),
    )
    return tuple(control_change(MANAGER, controller, value) for controller, value in pairs)


def prelude(channel: int, velocity: int) -> tuple[bytes, ...]:
    """Return what precedes a note-on: no bend, neutral timbre, and pressure by the note's accent."""
    return (
        pitch_bend(channel, 0),
        control_change(channel, _TIMBRE, _CENTRE),
        channel_pressure(channel, velocity),
    )


class Zone:
    """The member channels. A channel rests as long as possible before its next note, so that releases ring out."""

    def __init__(self) -> None:
        self._free = deque(MEMBERS)
        self._taken: Counter[int] = Counter()  # the channel that has been taken longest comes first

    def take(self) -> int:
        """Return a channel for a note. If all have notes, the one that was taken first gets another."""
        channel = self._free.popleft() if self._free else next(iter(self._taken))
        count = self._taken.pop(channel, 0)
        self._taken[channel] = count + 1
        return channel

    def give(self, channel: int) -> None:
        """Take back the channel of a note that has ended."""
        self._taken[channel] -= 1
        if not self._taken[channel]:
            del self._taken[channel]
            self._free.append(channel)
