"""FluidSynth with a sound font, as a synthesiser."""

import contextlib
import ctypes
import io
from pathlib import Path
from typing import Any, Final

import numpy as np

from exporters.synthesiser import Samples, SynthesiserError

# Where $CI is set the binding prints what it found, into the midst of what a command prints as JSON.
with contextlib.redirect_stdout(io.StringIO()):
    import fluidsynth

# Low enough that sums of many notes stay well inside what 32-bit floats and FluidSynth's reverb like.
_GAIN: Final = 0.3
_CHANNELS: Final = 16
# Channels that play nothing: each holds one program, so that its samples are read from the font once.
_HOLDING: Final = 128
_SETTINGS: Final = {
    "synth.polyphony": 1024,
    "synth.cpu-cores": 1,
    # FluidSynth's chorus turns left against right: what is played in mono cancels itself.
    "synth.chorus.active": 0,
    # Only the samples of the programs in use are read: of a large compressed font that saves seconds a part.
    "synth.dynamic-sample-loading": 1,
}
_DRUM_CHANNEL: Final = 9
_DRUM_BANK: Final = 128


class FluidSynth:
    """One FluidSynth, a `Synthesiser`."""

    def __init__(self, font: Path, rate: int) -> None:
        _be_quiet()
        channels = _CHANNELS + _HOLDING
        self._synth: Any = fluidsynth.Synth(
            gain=_GAIN, samplerate=float(rate), channels=channels, **_SETTINGS
        )
        self._held: set[tuple[int, int]] = set()
        self._font = self._synth.sfload(str(font), update_midi_preset=1)
        if self._font < 0:
            self.close()
            raise SynthesiserError(f"FluidSynth cannot load the sound font {font}")

    def send(self, message: bytes) -> None:
        """Take in one MIDI channel message."""
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        match kind, *message[1:]:
            case 0x80, pitch, _:
                self._synth.noteoff(channel, pitch)
            case 0x90, pitch, velocity:
                self._synth.noteon(channel, pitch, velocity)
            case 0xB0, controller, value:
                self._synth.cc(channel, controller, value)
            case 0xC0, program:
                self._hold(_DRUM_BANK if channel == _DRUM_CHANNEL else 0, program)
                self._synth.program_change(channel, program)
            case 0xE0, low, high:
                self._synth.pitch_bend(channel, (high << 7 | low) - 8192)
            case _:
                pass  # pressure: no General MIDI instrument listens

    def play(self, count: int) -> Samples:
        """Return the next `count` samples of both channels."""
        sides = np.zeros((2, count), np.float32)
        left, right = (side.ctypes.data_as(ctypes.c_void_p) for side in sides)
        write = fluidsynth._fl.fluid_synth_write_float
        write(ctypes.c_void_p(self._synth.synth), ctypes.c_int(count), left, 0, 1, right, 0, 1)
        return sides.T

    def close(self) -> None:
        """Free it."""
        self._synth.delete()

    def _hold(self, bank: int, program: int) -> None:
        """Keep the samples of a program, however often the part leaves it and comes back."""
        if (bank, program) not in self._held and len(self._held) < _HOLDING:
            self._synth.program_select(_CHANNELS + len(self._held), self._font, bank, program)
            self._held.add((bank, program))


def _be_quiet() -> None:
    """What FluidSynth has to say is said by errors, not on the terminal."""
    for level in range(5):
        fluidsynth._fl.fluid_set_log_function(ctypes.c_int(level), None, None)
