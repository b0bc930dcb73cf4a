"""What plays each voice where nobody says otherwise: one table for what is sent live and what is exported."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from models.notes import Voice

CENTRE: Final = 64


class Instrument(NamedTuple):
    """A General MIDI instrument and its place in the mix.

    `program` (from 0; of drums the kit) is named in files, `live_program` is sent to a synthesiser. `level` is the
    loudness where the voice plays, in LU beside the drums; `volume` (controller 7) comes near it on a General MIDI
    synthesiser. `pan` is controller 10.
    """

    program: int
    live_program: int
    level: float
    volume: int
    pan: int = CENTRE


# Saw lead, warm pad, synth bass 1, the TR-808 kit of GS and GM2. Live the drums have kit 0: General MIDI promises no
# other, and sound fonts agree on its loudness (within 1.6 dB) while their TR-808 kits are up to 10 dB apart.
# The volumes were measured with four sound fonts (docs/exporters.md).
INSTRUMENTS: Final[Mapping[Voice, Instrument]] = {
    "lead": Instrument(81, 81, level=-3.0, volume=64),
    "chords": Instrument(89, 89, level=-5.0, volume=127),
    "bass": Instrument(38, 38, level=-2.0, volume=80),
    "drums": Instrument(25, 0, level=0.0, volume=88),
}
