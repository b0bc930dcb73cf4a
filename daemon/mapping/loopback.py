"""Recognises our own messages that come back: an output of edmd is connected to its input."""

from collections import deque
from math import inf
from typing import Final, NamedTuple

WITHIN_SECONDS: Final = 0.03
# The daemon tells of its notes at the end of their tick, so a note may come back before we know that we sent it.
_TOLD_SECONDS: Final = 0.6
_MATCHES: Final = 2
_MATCHES_SECONDS: Final = 2.0
_LOOP_SECONDS: Final = 10.0
_MOST: Final = 256


class _Note(NamedTuple):
    seconds: float
    port: str
    key: tuple[int, int, int]


class Loopback:
    """Compares what came in with what was sent. Times are in seconds of one clock."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, bytes]] = deque(maxlen=_MOST)
        self._heard: deque[_Note] = deque(maxlen=_MOST)
        self._matched: dict[str, deque[float]] = {}
        self._loops: dict[str, float] = {}
        self._told: set[str] = set()

    def sent(self, message: bytes, now: float) -> None:
        """Note a message to a controller."""
        self._sent.append((now, message))

    def noted(self, channel: int, pitch: int, velocity: int, now: float) -> None:
        """Note a note-on of the music, when the daemon tells of it. Two that came in before are a loop."""
        for note in self._heard:
            if note.key == (channel, pitch, velocity) and now - note.seconds < _TOLD_SECONDS:
                times = self._matched.setdefault(note.port, deque(maxlen=_MATCHES))
                times.append(now)
                if len(times) == _MATCHES and now - times[0] < _MATCHES_SECONDS:
                    self._loops[note.port] = now
                self._heard.remove(note)
                return

    def is_own(self, port: str, message: bytes, now: float) -> bool:
        """Whether a message that came in at `port` is one of ours."""
        if message[0] & 0xF0 == 0x90 and len(message) == 3 and message[2]:
            self._heard.append(_Note(now, port, ((message[0] & 15) + 1, message[1], message[2])))
        while self._sent and now - self._sent[0][0] >= WITHIN_SECONDS:
            self._sent.popleft()
        return any(each == message for _, each in self._sent) or self.is_looped(port, now)

    def is_looped(self, port: str, now: float) -> bool:
        """Whether our music came back at a port a short time ago."""
        return now - self._loops.get(port, -inf) < _LOOP_SECONDS

    def first_of(self, port: str) -> bool:
        """Return True once for each port, so that the user is told once."""
        is_first = port not in self._told
        self._told.add(port)
        return is_first
