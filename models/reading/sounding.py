"""Note messages as notes: the one rule for notes that overlap, and for notes that nobody ends."""

from collections import deque
from collections.abc import Iterable

from models.music import Sound


class Key:
    """One key of one channel of a track: strikes and releases in, notes out.

    A release ends the oldest note of the key that still sounds, so as many notes come out as were struck and each keeps
    its length, also where they overlap. A note that never gets a release of its own ends with the key's last release
    after its beginning, or where there is none, with its track.
    """

    __slots__ = ("_open", "_pitch", "_released", "notes")

    def __init__(self, pitch: int) -> None:
        self.notes: list[Sound] = []
        self._pitch = pitch
        self._open: deque[tuple[int, int]] = deque()
        self._released = -1

    def strike(self, pulse: int, velocity: int) -> None:
        """Begin a note."""
        self._open.append((pulse, velocity))

    def release(self, pulse: int) -> None:
        """End a note, if one sounds."""
        self._released = pulse
        if self._open:
            self._end(pulse)

    def finish(self, pulse: int) -> None:
        """End what still sounds; the track ends at `pulse`."""
        while self._open:
            self._end(self._released if self._released > self._open[0][0] else pulse)

    def _end(self, pulse: int) -> None:
        begun, velocity = self._open.popleft()
        self.notes.append(Sound(begun, max(pulse - begun, 1), self._pitch, velocity))


def notes_of(keys: Iterable[Key], end: int) -> tuple[Sound, ...]:
    """All notes in order; those still sounding end at `end`."""
    notes: list[Sound] = []
    for key in keys:
        key.finish(end)
        notes += key.notes
    return tuple(sorted(notes))
