"""The clicks before the music: wood blocks on the channel of the drums, the first of each bar higher and louder."""

from collections.abc import Iterator
from typing import Final

from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT, Note

_HIGH: Final = 76
_LOW: Final = 77
_LENGTH_PULSES: Final = PULSES_PER_BEAT // 4


def clicks(bars: int, until_pulse: int) -> Iterator[Note]:
    """Yield a click for each beat of so many bars, which end at a pulse."""
    for beat in range(bars * BEATS_PER_BAR):
        pulse = until_pulse - (bars * BEATS_PER_BAR - beat) * PULSES_PER_BEAT
        is_first = beat % BEATS_PER_BAR == 0
        yield Note(pulse, _LENGTH_PULSES, "drums", _HIGH if is_first else _LOW, 112 if is_first else 88)
