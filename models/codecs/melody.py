"""The melody codec: bass, chords and lead as ten tokens for each tick, in a common key (C major or A minor)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Floats, Layout, Part, Slot, Tokens
from models.notes import Voice

NAME: Final = "melody-roles-v2"
LENGTHS: Final = (1, 2, 3, 4, 6, 8, 12, 16)


class Register(NamedTuple):
    """The range of pitches of a voice, and how many may begin together. Other pitches are moved in by octaves."""

    voice: Voice
    low: int
    high: int
    notes: int

    def token(self, pitch: int) -> int:
        """Return the token of a pitch, moved by octaves into the register."""
        while pitch < self.low:
            pitch += 12
        while pitch > self.high:
            pitch -= 12
        return pitch - self.low + 1


REGISTERS: Final = (
    Register("bass", 24, 55, 1),
    Register("chords", 43, 84, 4),
    Register("lead", 52, 99, 2),
)


def _part(register: Register) -> Part:
    pitches = tuple(
        # The plan sets the number of notes: a low temperature must not make the music silent.
        Slot(f"{register.voice}.{n}", register.high - register.low + 2, steady=True)
        for n in range(register.notes)
    )
    return Part(register.voice, (*pitches, Slot(f"{register.voice}.length", len(LENGTHS) + 1)))


LAYOUT: Final = Layout([_part(register) for register in REGISTERS])


class Sound(NamedTuple):
    """A note of a voice that begins at a tick; `length` is in ticks."""

    voice: Voice
    pitch: int
    length: int


def length_token(ticks: float) -> int:
    """Return the token of the nearest length, by ratio."""
    return int(np.argmin([abs(np.log(max(ticks, 0.5) / length)) for length in LENGTHS])) + 1


def encode(sounds: Sequence[Sequence[Sound]]) -> Tokens:
    """Return tokens (T, 10) of the notes that begin at each tick.

    If there are more notes than a voice can hold, the lead keeps the highest, the other voices keep the lowest.
    """
    tokens = np.zeros((len(sounds), len(LAYOUT.slots)), dtype=np.int64)
    for tick, row in enumerate(sounds):
        if not row:
            continue
        for register, (start, stop) in zip(REGISTERS, LAYOUT.part_ranges, strict=True):
            own = [sound for sound in row if sound.voice == register.voice]
            if own:
                tokens[tick, start:stop] = _encode_voice(register, own)
    return tokens


def _encode_voice(register: Register, sounds: Sequence[Sound]) -> list[int]:
    pitches = sorted({register.token(sound.pitch) for sound in sounds})
    chosen = pitches[: register.notes] if register.voice != "lead" else pitches[-register.notes :]
    length = float(np.median([sound.length for sound in sounds]))
    return [*chosen, *[0] * (register.notes - len(chosen)), length_token(length)]


def decode(tokens: NDArray[np.integer] | Sequence[int]) -> list[Sound]:
    """Return the notes that begin at a tick, from its ten tokens. Each pitch of a voice occurs once."""
    sounds: list[Sound] = []
    row = [int(token) for token in tokens]
    for register, (start, stop) in zip(REGISTERS, LAYOUT.part_ranges, strict=True):
        length = LENGTHS[max(row[stop - 1], 1) - 1]
        pitches = sorted({register.low + token - 1 for token in row[start : stop - 1] if token})
        sounds.extend(Sound(register.voice, pitch, length) for pitch in pitches)
    return sounds


def onsets(tokens: Tokens) -> Floats:
    """Return (T, 3): whether bass, chords and lead begin a note."""
    begins: Floats = (tokens[:, [start for start, _ in LAYOUT.part_ranges]] > 0).astype(np.float32)
    return begins
