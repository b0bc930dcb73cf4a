"""Build MIDI messages as bytes."""

from typing import Final

CLOCK: Final = b"\xf8"
START: Final = b"\xfa"
CONTINUE: Final = b"\xfb"
STOP: Final = b"\xfc"

_PEDAL_OFF, _ALL_NOTES_OFF, _ALL_SOUND_OFF = 64, 123, 120


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    """Return a note-on; `channel` is 1 to 16; `velocity` is clamped to 1..127, because 0 would mean note-off."""
    return bytes((0x8F + channel, pitch, min(max(velocity, 1), 127)))


def note_off(channel: int, pitch: int) -> bytes:
    """Return a note-off with release velocity 64; `channel` is 1 to 16."""
    return bytes((0x7F + channel, pitch, 64))


def program_change(channel: int, program: int) -> bytes:
    """Return a program change; `channel` is 1 to 16, `program` counts from 0."""
    return bytes((0xBF + channel, program))


def control_change(channel: int, controller: int, value: int) -> bytes:
    """Return a control change; `channel` is 1 to 16."""
    return bytes((0xAF + channel, controller, value))


def channel_pressure(channel: int, pressure: int) -> bytes:
    """Return the pressure of a channel (1 to 16); it is clamped to 0..127."""
    return bytes((0xCF + channel, min(max(pressure, 0), 127)))


def pitch_bend(channel: int, bend: int) -> bytes:
    """Return a pitch bend of a channel (1 to 16), -8192 to 8191; 0 is none."""
    return bytes((0xDF + channel, bend + 8192 & 0x7F, bend + 8192 >> 7))


def song_position(sixteenth: int) -> bytes:
    """Return a song position pointer; it counts sixteenths in 14 bits, so it wraps after 1024 bars."""
    return bytes((0xF2, sixteenth & 0x7F, sixteenth >> 7 & 0x7F))


def channel_silence(channel: int) -> tuple[bytes, bytes, bytes]:
    """Return the messages that end all sound on a channel (1 to 16): pedal up, all notes off, all sound off."""
    controllers = (_PEDAL_OFF, _ALL_NOTES_OFF, _ALL_SOUND_OFF)
    pedal, notes, sound = (control_change(channel, each, 0) for each in controllers)
    return pedal, notes, sound
