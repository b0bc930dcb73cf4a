"""The instrument of each voice, for live playing and for exports: those of a genre, or the default ones."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from models.notes import VOICES, Voice

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

    def playing(self, program: int, volume: int | None = None) -> "Instrument":
        """Return the same place in the mix with another program, for files and live, and the volume that it needs."""
        return self._replace(
            program=program, live_program=program, volume=self.volume if volume is None else volume
        )


# Saw lead, warm pad, synth bass 1, the TR-808 kit of GS and GM2. Live drums use kit 0, because General MIDI guarantees no
# other, and because its loudness differs by only 1.6 dB between sound fonts (their TR-808 kits by up to 10 dB).
# The volumes were measured with four sound fonts (docs/exporters.md).
INSTRUMENTS: Final[Mapping[Voice, Instrument]] = {
    "lead": Instrument(81, 81, level=-3.0, volume=64),
    "chords": Instrument(89, 89, level=-5.0, volume=127),
    "bass": Instrument(38, 38, level=-2.0, volume=80),
    "drums": Instrument(25, 0, level=0.0, volume=88),
}
_SAW, _WARM_PAD, _SYNTH_BASS, _ANALOGUE = (INSTRUMENTS[voice] for voice in VOICES)
# What producers of each genre use, as far as General MIDI has it; their volumes were measured with three sound fonts.
_SQUARE, _DISTORTED, _VIBRAPHONE, _CRYSTAL = (
    _SAW.playing(*sound) for sound in ((80, 58), (84, 56), (11, 63), (98, 59))
)
_PIANO, _RHODES, _ORGAN, _STRINGS, _BRASS, _STABS, _SWEEP = (
    _WARM_PAD.playing(*sound)
    for sound in ((1, 83), (4, 66), (16, 82), (50, 77), (62, 72), (90, 67), (95, 85))
)
_DEEP_BASS, _FINGERS = (_SYNTH_BASS.playing(*sound) for sound in ((39, 71), (33, 78)))
_STANDARD, _POWER, _ELECTRONIC = (_ANALOGUE._replace(program=kit) for kit in (0, 16, 24))
# Lead, chords, bass and drums of each genre.
_GENRES: Final[Mapping[str, tuple[Instrument, ...]]] = {
    "house": (_SAW, _PIANO, _SYNTH_BASS, _ANALOGUE),
    "deep house": (_VIBRAPHONE, _RHODES, _DEEP_BASS, _ANALOGUE),
    "techno": (_SQUARE, _STABS, _SYNTH_BASS, _ANALOGUE),
    "trance": (_SAW, _STRINGS, _SYNTH_BASS, _ELECTRONIC),
    "drum and bass": (_SQUARE, _WARM_PAD, _DEEP_BASS, _STANDARD),
    "dubstep": (_DISTORTED, _SWEEP, _DEEP_BASS, _POWER),
    "breakbeat": (_SAW, _ORGAN, _FINGERS, _STANDARD),
    "synthwave": (_SAW, _BRASS, _SYNTH_BASS, _ELECTRONIC),
    "ambient": (_CRYSTAL, _WARM_PAD, _DEEP_BASS, _STANDARD),
}


def instruments_of(genre: str) -> Mapping[Voice, Instrument]:
    """Return the instruments of a genre; any other name gives the default ones."""
    return dict(zip(VOICES, _GENRES[genre], strict=True)) if genre in _GENRES else INSTRUMENTS
