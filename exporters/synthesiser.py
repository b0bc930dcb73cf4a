"""FluidSynth as a function of time: MIDI messages at their samples in, stereo samples out, nothing heard."""

import contextlib
import ctypes
import io
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from exporters.writing import ExportError

# Where $CI is set the binding prints what it found, into the midst of what a command prints as JSON.
with contextlib.redirect_stdout(io.StringIO()):
    import fluidsynth

Samples = NDArray[np.float32]  # (samples, 2)

# Low enough that sums of many notes stay well inside what 32-bit floats and FluidSynth's reverb like.
_GAIN: Final = 0.3
_MOST_NOTES: Final = 1024


class SynthesiserError(ExportError):
    """FluidSynth cannot play with this sound font."""


class Synthesiser:
    """One FluidSynth; `close` frees it. Every new one begins the same, so the same messages are the same samples."""

    def __init__(self, font: Path, rate: int) -> None:
        _be_quiet()
        settings = {"synth.polyphony": _MOST_NOTES, "synth.cpu-cores": 1}
        self._synth: Any = fluidsynth.Synth(gain=_GAIN, samplerate=float(rate), channels=16, **settings)
        if self._synth.sfload(str(font), update_midi_preset=1) < 0:
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


def _be_quiet() -> None:
    """What FluidSynth has to say is said by errors, not on the terminal."""
    for level in range(5):
        fluidsynth._fl.fluid_set_log_function(ctypes.c_int(level), None, None)
