"""MIDI messages as bytes, built before they are due where they can be."""

from typing import Final

CLOCK: Final = b"\xf8"
START: Final = b"\xfa"
CONTINUE: Final = b"\xfb"
STOP: Final = b"\xfc"

_PEDAL_OFF, _ALL_NOTES_OFF, _ALL_SOUND_OFF = 64, 123, 120


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    """Return a note-on; `channel` is 1 to 16, `velocity` is kept within 1 to 127, for 0 would be an off."""
    return bytes((0x8F + channel, pitch, min(max(velocity, 1), 127)))


def note_off(channel: int, pitch: int) -> bytes:
    """Return a note-off with release velocity 64; `channel` is 1 to 16."""
    return bytes((0x7F + channel, pitch, 64))


def song_position(sixteenth: int) -> bytes:
    """Return SPP; its 14 bits count sixteenths and wrap after 1024 bars."""
    return bytes((0xF2, sixteenth & 0x7F, sixteenth >> 7 & 0x7F))


def channel_silence(channel: int) -> tuple[bytes, bytes, bytes]:
    """Return what ends all sound of a channel (1 to 16): pedal up, all notes off, all sound off."""
    status = 0xAF + channel
    pedal, notes, sound = (bytes((status, cc, 0)) for cc in (_PEDAL_OFF, _ALL_NOTES_OFF, _ALL_SOUND_OFF))
    return pedal, notes, sound
