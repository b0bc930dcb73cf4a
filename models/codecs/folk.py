"""The codec of `folk`: a time series of sixteenths, each with a pitch that begins, `hold` or `rest`, as for kern files.

One more symbol separates songs. The next song begins at the next bar line.
"""

from collections.abc import Sequence
from typing import Final

from models.codecs.base import Floats
from models.codecs.symbols import Reading, SymbolCodec, forbidden, single_line
from models.notes import PULSES_PER_BEAT, PULSES_PER_TICK, Note

REST, HOLD, SEPARATOR = range(3)
PITCH: Final = 3
# A note follows the last one after so long at most, sooner if that one was long: else songs end in whole notes for ever.
_LONGEST_GAP: Final = 3 * PULSES_PER_BEAT
_AFTER_A_LONG_ONE: Final = 2 * PULSES_PER_BEAT
_BARS: Final = tuple(beats * PULSES_PER_BEAT for beats in (2, 3, 4))


class FolkCodec(SymbolCodec):
    """A time series of one line, which is `lead`."""

    name = "folk-kern"
    voices = ("lead",)
    grid_pulses = PULSES_PER_TICK
    size = PITCH + 128
    own_features = len(_BARS)
    separator = SEPARATOR

    def fitted(self, notes: Sequence[Note]) -> list[Note]:
        """Return one line on the sixteenth grid."""
        line = single_line([note for note in notes if note.voice == "lead"], PULSES_PER_TICK)
        return [note._replace(velocity=0) for note in line]

    def encode(self, notes: Sequence[Note], end: int) -> list[int]:
        """Return a symbol for each sixteenth up to `end`."""
        symbols = [REST] * (end // PULSES_PER_TICK)
        for note in notes:
            first, length = note.pulse // PULSES_PER_TICK, note.length // PULSES_PER_TICK
            symbols[first : first + length] = [PITCH + note.pitch, *[HOLD] * (length - 1)]
        return symbols

    def read(self, reading: Reading, symbol: int) -> tuple[Reading, tuple[Note, ...]]:
        """Apply the symbol of a sixteenth. A note ends at a rest, at the next note, or at the separator."""
        if symbol == HOLD:
            return reading.moved_on(PULSES_PER_TICK)
        after, ended = reading.ended(reading.pulse, reading.sounding)
        if symbol == SEPARATOR:
            to_bar = -reading.pulse % reading.bar_pulses
            after, _ = after.moved_on(to_bar)
            return after._replace(at_once=reading.at_once + 1), ended
        if symbol != REST:
            after = after.begun("lead", symbol - PITCH)
        after, _ = after.moved_on(PULSES_PER_TICK)
        return after, ended

    def describe_more(self, reading: Reading, row: Floats) -> None:
        """Write which of 2/4, 3/4 (or 6/8), 4/4 the bar is; none of them for other metres."""
        if reading.bar_pulses in _BARS:
            row[_BARS.index(reading.bar_pulses)] = 1

    def allowed(self, reading: Reading) -> Floats:
        """Forbid to hold a rest, endless silence, long notes one after the other, and a song without notes."""
        mask = forbidden(self.size)
        mask[PITCH:] = 0
        longest = _LONGEST_GAP if reading.gap <= _AFTER_A_LONG_ONE else _AFTER_A_LONG_ONE
        if reading.pulse - reading.struck >= longest:
            return mask
        mask[REST] = 0
        if reading.sounding:
            mask[HOLD] = 0
        if not reading.at_once:
            mask[SEPARATOR] = 0
        return mask
