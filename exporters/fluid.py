"""A synthesiser that plays a sound font with FluidSynth."""

import contextlib
import ctypes
import io
from pathlib import Path
from typing import Any, Final

import numpy as np

from exporters.synthesiser import Samples, SynthesiserError

# If $CI is set, the binding prints which library it found, which would corrupt a command's JSON output.
with contextlib.redirect_stdout(io.StringIO()):
    import fluidsynth

# Low enough that many notes together stay in the range that FluidSynth's reverb handles well.
_GAIN: Final = 0.3
_CHANNELS: Final = 16
# Silent channels. Each holds one program, so that its samples are loaded from the font only once.
_HOLDING: Final = 128
_SETTINGS: Final = {
    "synth.polyphony": 1024,
    "synth.cpu-cores": 1,
    # FluidSynth's chorus inverts one side against the other, so the sound would cancel in mono.
    "synth.chorus.active": 0,
    # Only the samples of programs in use are loaded. With a large compressed font this saves seconds for each part.
    "synth.dynamic-sample-loading": 1,
}
_DRUM_CHANNEL: Final = 9
_DRUM_BANK: Final = 128


class FluidSynth:
    """A `Synthesiser` with one FluidSynth instance. Raises SynthesiserError if the font cannot be loaded."""

    def __init__(self, font: Path, rate: int) -> None:
        _be_quiet()
        channels = _CHANNELS + _HOLDING
        self._synth: Any = fluidsynth.Synth(
            gain=_GAIN, samplerate=float(rate), channels=channels, **_SETTINGS
        )
        self._loaded: set[tuple[int, int]] = set()
        self._font = self._synth.sfload(str(font), update_midi_preset=1)
        if self._font < 0:
            self.close()
            raise SynthesiserError(f"FluidSynth cannot load the sound font {font}")

    def send(self, message: bytes) -> None:
        """Play one MIDI channel message."""
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
                pass  # pressure changes no General MIDI instrument

    def play(self, count: int) -> Samples:
        """Return the next `count` samples of both channels."""
        sides = np.zeros((2, count), np.float32)
        left, right = (side.ctypes.data_as(ctypes.c_void_p) for side in sides)
        write = fluidsynth._fl.fluid_synth_write_float
        write(ctypes.c_void_p(self._synth.synth), ctypes.c_int(count), left, 0, 1, right, 0, 1)
        return sides.T

    def close(self) -> None:
        """Free the instance."""
        self._synth.delete()

    def _hold(self, bank: int, program: int) -> None:
        """Keep the samples of a program loaded, even if the part changes to another program and back."""
        if (bank, program) not in self._loaded and len(self._loaded) < _HOLDING:
            self._synth.program_select(_CHANNELS + len(self._loaded), self._font, bank, program)
            self._loaded.add((bank, program))


def _be_quiet() -> None:
    """Turn off FluidSynth's messages on the terminal, because errors report its failures."""
    for level in range(5):
        fluidsynth._fl.fluid_set_log_function(ctypes.c_int(level), None, None)
