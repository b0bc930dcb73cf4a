"""The basic units of music: time in pulses, ticks and bars; voices; notes."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

PULSES_PER_BEAT: Final = 480
TICKS_PER_BEAT: Final = 4
BEATS_PER_BAR: Final = 4
BARS_PER_PHRASE: Final = 8
PULSES_PER_TICK: Final = PULSES_PER_BEAT // TICKS_PER_BEAT
TICKS_PER_BAR: Final = TICKS_PER_BEAT * BEATS_PER_BAR
PULSES_PER_BAR: Final = PULSES_PER_BEAT * BEATS_PER_BAR
PULSES_PER_CLOCK: Final = PULSES_PER_BEAT // 24

Voice = Literal["lead", "chords", "bass", "drums"]
VOICES: Final[tuple[Voice, ...]] = ("lead", "chords", "bass", "drums")
MELODIC_VOICES: Final[tuple[Voice, ...]] = ("lead", "chords", "bass")
# Default MIDI channels, counted from 1. General MIDI has its drums on channel 10.
CHANNELS: Final[Mapping[Voice, int]] = {"lead": 1, "chords": 2, "bass": 3, "drums": 10}

MAIN: Final = "main"
"""The deck that always exists."""

# The kinds of sections in songs and in the director's plan.
SECTIONS: Final = ("intro", "build", "drop", "groove", "break", "outro")


class Note(NamedTuple):
    """One note of a voice. `pulse` and `length` are in pulses (1/480 beat), `pitch` and `velocity` are MIDI numbers.

    A note is scheduled with its length, so its end is known when it begins.
    """

    pulse: int
    length: int
    voice: Voice
    pitch: int
    velocity: int
