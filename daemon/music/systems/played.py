"""The output of systems at a tick, in the common key (C major, A minor) and before articulation."""

from typing import Final, NamedTuple

import numpy as np

from models.codecs import melody, percussion
from models.codecs.base import Floats, Tokens
from models.codecs.melody import Sound
from models.codecs.percussion import Hit
from models.notes import MELODIC_VOICES, Voice

_FIRST_SLOTS: Final = {
    register.voice: start
    for register, (start, _) in zip(melody.REGISTERS, melody.LAYOUT.part_ranges, strict=True)
}


class Timed(NamedTuple):
    """A note with a time of its own: it begins `late` pulses after the beginning of its tick, and lasts `length` pulses.

    Velocity 0 leaves the velocity to the articulation.
    """

    voice: Voice
    pitch: int
    late: int
    length: int
    velocity: int = 0


class Played(NamedTuple):
    """The notes and drum hits that begin at a tick. `begun` are the melodic voices that other systems treat as beginning.

    A voice's earlier notes end when its `sounds` begin; `timed` notes end no others.
    """

    sounds: tuple[Sound, ...] = ()
    hits: tuple[Hit, ...] = ()
    begun: tuple[Voice, ...] = ()
    timed: tuple[Timed, ...] = ()

    def joined(self, other: "Played") -> "Played":
        """Return the notes and hits of both."""
        return Played(
            self.sounds + other.sounds,
            self.hits + other.hits,
            self.begun + other.begun,
            self.timed + other.timed,
        )


NOTHING: Final = Played()


def struck(played: Played) -> Floats:
    """Return (9,): 1 for each drum that is hit."""
    row = np.zeros(len(percussion.DRUMS), np.float32)
    for hit in played.hits:
        row[hit.drum] = 1
    return row


def of_sounds(sounds: tuple[Sound, ...]) -> Played:
    """Return melodic notes as `Played`."""
    return Played(sounds, (), tuple(dict.fromkeys(sound.voice for sound in sounds)))


def of_timed(notes: tuple[Timed, ...]) -> Played:
    """Return notes with times of their own as `Played`."""
    return Played(begun=tuple(dict.fromkeys(note.voice for note in notes)), timed=notes)


def of_melody(tokens: Tokens) -> Played:
    """Return the notes of a tick's (10,) melody tokens. A voice whose first slot is empty does not count as begun."""
    begun = tuple(voice for voice in MELODIC_VOICES if tokens[_FIRST_SLOTS[voice]])
    return Played(tuple(melody.decode(tokens)), (), begun)


def of_percussion(tokens: Tokens) -> Played:
    """Return the hits of a tick's (9,) percussion tokens."""
    return Played((), tuple(percussion.decode(tokens)))
