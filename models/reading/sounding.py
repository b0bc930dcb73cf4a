"""Turn note messages into notes, with one rule for notes that overlap and for notes without an end."""

from collections import deque
from collections.abc import Iterable

from models.music import Sound


class Key:
    """One key of one channel of a track: turns strikes and releases into notes.

    A release ends the oldest note of the key that still sounds. So every strike gives a note of its own length, even if
    notes overlap. A note without its own release ends at the key's last release after its beginning, or else at the end
    of its track.
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
        """End the notes that still sound; the track ends at `pulse`."""
        while self._open:
            self._end(self._released if self._released > self._open[0][0] else pulse)

    def _end(self, pulse: int) -> None:
        begun, velocity = self._open.popleft()
        self.notes.append(Sound(begun, max(pulse - begun, 1), self._pitch, velocity))


def notes_of(keys: Iterable[Key], end: int) -> tuple[Sound, ...]:
    """Return all notes in order. Notes that still sound end at `end`."""
    notes: list[Sound] = []
    for key in keys:
        key.finish(end)
        notes += key.notes
    return tuple(sorted(notes))
