"""The built-in synthesiser: the General MIDI instruments of the package libsonare. It needs no sound font."""

from typing import Final

import libsonare
import numpy as np

from exporters.synthesiser import Samples, SynthesiserError

_BLOCK: Final = 128
_POLYPHONY: Final = 64
_PART: Final = 1  # the number of the engine's only instrument
# The engine can queue this many messages. If more come at one sample, the queue is emptied between them.
_QUEUE: Final = 1024


class BuiltIn:
    """A `Synthesiser` with one engine of libsonare."""

    def __init__(self, rate: int) -> None:
        try:
            self._engine = libsonare.RealtimeEngine(rate, _BLOCK, command_capacity=2 * _QUEUE, max_channels=2)
            self._engine.set_sf2_instrument(libsonare.Sf2InstrumentConfig(polyphony=_POLYPHONY), _PART)
            self._engine.play()
        except libsonare.SonareError as error:
            raise SynthesiserError(f"libsonare cannot play: {error}") from error
        self._queued = 0
        self._programs: dict[int, int] = {}

    def send(self, message: bytes) -> None:
        """Play one MIDI channel message. Raises SynthesiserError if the engine refuses it."""
        try:
            self._send(message[0] & 0xF0, message[0] & 0x0F, message[1:])
        except libsonare.SonareError as error:
            raise SynthesiserError(f"libsonare cannot play so many messages at once: {error}") from error

    def _send(self, kind: int, channel: int, data: bytes) -> None:
        if self._queued >= _QUEUE:
            self._engine.flush_control_commands()
            self._queued = 0
        self._queued += 1
        match kind, *data:
            case 0x80, pitch, velocity:
                self._engine.push_midi_note_off(_PART, 0, channel, pitch, velocity)
            case 0x90, pitch, velocity:
                # A program is sent with the next note only, because the queue has little room.
                if channel in self._programs:
                    self._engine.push_midi_program(_PART, 0, channel, self._programs.pop(channel))
                self._engine.push_midi_note_on(_PART, 0, channel, pitch, velocity)
            case 0xB0, controller, value:
                self._engine.push_midi_cc(_PART, 0, channel, controller, value)
            case 0xC0, program:
                self._programs[channel] = program
            case 0xE0, low, high:
                self._engine.push_midi_pitch_bend(_PART, 0, channel, high << 7 | low)
            case _:
                pass  # pressure changes no General MIDI instrument

    def play(self, count: int) -> Samples:
        """Return the next `count` samples of both channels."""
        silence = np.zeros((2, count), np.float32)
        sides = self._engine.render_offline(silence, block_size=_BLOCK, finalize=False)
        self._queued = 0
        return np.array(sides, np.float32).T

    def close(self) -> None:
        """Free the engine."""
        self._engine.close()
