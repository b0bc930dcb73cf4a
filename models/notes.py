"""Music as plain values: time in pulses, four voices, notes."""

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
# MIDI channels, counted from 1, where nobody says otherwise; General MIDI has its drums on the tenth.
CHANNELS: Final[Mapping[Voice, int]] = {"lead": 1, "chords": 2, "bass": 3, "drums": 10}

# What a stretch of a set may be, as its director and the songs it learned from have it.
SECTIONS: Final = ("intro", "build", "drop", "groove", "break", "outro")


class Note(NamedTuple):
    """One note of a voice, as it is scheduled: its end is known when it begins.

    `pulse` and `length` are in pulses (1/480 beat), `pitch` and `velocity` are MIDI numbers.
    """

    pulse: int
    length: int
    voice: Voice
    pitch: int
    velocity: int
