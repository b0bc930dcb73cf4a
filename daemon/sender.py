"""Sends messages, knows what sounds, and keeps a row of each note message for the composer."""

from collections.abc import Collection, Iterable, Mapping

from daemon.clock import Clock
from daemon.midi_bytes import channel_silence, note_off, note_on
from daemon.outputs import Outputs
from daemon.schedule import EndNote, Held, Key, SoundingNotes
from models.notes import VOICES, Note, Voice

Row = tuple[int, Voice, bool, int, int, int, int]
"""(pulse, voice, is_on, pitch, velocity, channel 1 to 16, lateness in µs)."""


class Sender:
    """Every note-on it sends is followed by one note-off: at its end, or before the key sounds anew."""

    def __init__(self, clock: Clock, outputs: Outputs, channels: Mapping[Voice, int]) -> None:
        self.outputs = outputs
        self._clock = clock
        self._channels = dict(channels)
        self._sounding = SoundingNotes()
        self._serial = 0
        self._rows: list[Row] = []

    def start(self, note: Note, pulse: int, due: float) -> EndNote:
        """Send a note-on that was due at `due` seconds; return what ends it."""
        channel = self._channels[note.voice]
        key = Key(self.outputs.port_of(note.voice), channel, note.pitch)
        if key in self._sounding:
            self._end(key, pulse, due)
        self._serial += 1
        self._sounding.begin(key, Held(note.voice, self._serial))
        self.outputs.send(key.port, note_on(channel, note.pitch, note.velocity))
        late_us = self._late_us(due)
        self._rows.append((pulse, note.voice, True, note.pitch, note.velocity, channel, late_us))
        return EndNote(key, self._serial)

    def end(self, end: EndNote, pulse: int, due: float) -> None:
        """Send a note-off if the note it belongs to still sounds."""
        if self._sounding.serial_of(end.key) == end.serial:
            self._end(end.key, pulse, due)

    def release(self, voices: Collection[Voice], pulse: int, due: float) -> None:
        """End every sounding note of these voices."""
        for key in self._sounding.of(voices):
            self._end(key, pulse, due)

    def silence(self, voices: Collection[Voice], pulse: int) -> None:
        """End, now, every sound of the ports and channels of these voices."""
        self.release(voices, pulse, self._clock.now())
        for port, channel in dict.fromkeys((self.outputs.port_of(v), self._channels[v]) for v in voices):
            for message in channel_silence(channel):
                self.outputs.send(port, message)

    def silence_strangers(self, notes: Iterable[tuple[int, int]]) -> None:
        """End (channel, pitch) notes that another player began, on all ports, save what sounds of our own."""
        ports = dict.fromkeys(self.outputs.port_of(voice) for voice in VOICES)
        notes = tuple(notes)
        for port in ports:
            for channel, pitch in notes:
                if Key(port, channel, pitch) not in self._sounding:
                    self.outputs.send(port, note_off(channel, pitch))
            for channel in dict.fromkeys(channel for channel, _ in notes):
                if not self._sounds(port, channel):
                    for message in channel_silence(channel):
                        self.outputs.send(port, message)

    def take_rows(self) -> tuple[Row, ...]:
        """Return the rows since the last call."""
        rows = tuple(self._rows)
        self._rows.clear()
        return rows

    def _end(self, key: Key, pulse: int, due: float) -> None:
        held = self._sounding.end(key)
        self.outputs.send(key.port, note_off(key.channel, key.pitch))
        self._rows.append((pulse, held.voice, False, key.pitch, 0, key.channel, self._late_us(due)))

    def _late_us(self, due: float) -> int:
        return round((self._clock.now() - due) * 1e6)

    def _sounds(self, port: str, channel: int) -> bool:
        return any(key.port == port and key.channel == channel for key in self._sounding)
