"""The default instrument of each voice, for live playing and for exports."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from models.notes import Voice

CENTRE: Final = 64


class Instrument(NamedTuple):
    """A General MIDI instrument and its place in the mix.

    `program` (from 0; for drums the kit) is written to files, `live_program` is sent to a synthesiser. `level` is the
    intended loudness of the voice relative to the drums, in LU. `volume` (controller 7) gives about that loudness on a
    General MIDI synthesiser. `pan` is controller 10.
    """

    program: int
    live_program: int
    level: float
    volume: int
    pan: int = CENTRE


# Saw lead, warm pad, synth bass 1, the TR-808 kit of GS and GM2. Live drums use kit 0, because General MIDI guarantees no
# other, and because its loudness differs by only 1.6 dB between sound fonts (their TR-808 kits by up to 10 dB).
# The volumes were measured with four sound fonts (docs/exporters.md).
INSTRUMENTS: Final[Mapping[Voice, Instrument]] = {
    "lead": Instrument(81, 81, level=-3.0, volume=64),
    "chords": Instrument(89, 89, level=-5.0, volume=127),
    "bass": Instrument(38, 38, level=-2.0, volume=80),
    "drums": Instrument(25, 0, level=0.0, volume=88),
}
