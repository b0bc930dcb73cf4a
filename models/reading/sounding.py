"""Note messages as notes: the one rule for notes that overlap, and for notes that nobody ends."""

from collections.abc import Iterable

from models.music import Sound


class Key:
    """One key of one channel: strikes and releases in, notes out.

    It follows what a synthesiser does with the same messages. A strike ends the note that sounds and begins another; a
    release ends the note that sounds. A release at the very moment of such a strike belongs to the older note: some programs
    write it second. Two strikes at one moment are one note, as loud as the louder. A note without a release lasts to the
    end of its track.
    """

    __slots__ = ("_begun", "_pitch", "_struck_again", "_velocity", "notes")

    def __init__(self, pitch: int) -> None:
        self.notes: list[Sound] = []
        self._pitch = pitch
        self._begun = -1
        self._velocity = 0
        self._struck_again = -1

    def strike(self, pulse: int, velocity: int) -> None:
        """Begin a note."""
        if self._begun == pulse:
            self._velocity = max(velocity, self._velocity)
            return
        if self._begun >= 0:
            self._end(pulse)
            self._struck_again = pulse
        elif self.notes and self.notes[-1].pulse == pulse:
            velocity = max(velocity, self.notes.pop().velocity)
        self._begun, self._velocity = pulse, velocity

    def release(self, pulse: int) -> None:
        """End the note that sounds, if one does."""
        if self._struck_again == pulse:
            self._struck_again = -1
        elif self._begun >= 0:
            self._end(pulse)

    def finish(self, pulse: int) -> None:
        """End the note that still sounds where the track ends."""
        if self._begun >= 0:
            self._end(pulse)

    def _end(self, pulse: int) -> None:
        self.notes.append(Sound(self._begun, max(pulse - self._begun, 1), self._pitch, self._velocity))
        self._begun = -1


def notes_of(keys: Iterable[Key], end: int) -> tuple[Sound, ...]:
    """All notes in order; those still sounding end at `end`."""
    notes: list[Sound] = []
    for key in keys:
        key.finish(end)
        notes += key.notes
    return tuple(sorted(notes))
