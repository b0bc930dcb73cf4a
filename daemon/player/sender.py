"""Sending of MIDI messages, with a list of the sounding notes and a row for each note message."""

from collections.abc import Collection, Iterable

from daemon.player.effects import ending_messages
from daemon.player.link import PlayerSettings
from daemon.player.midi_bytes import CLOCK, note_off, note_on
from daemon.player.mpe import MPE, Zone, prelude
from daemon.player.places import Place, Places, places_of, silence_of
from daemon.player.ports.outputs import Outputs, find_port
from daemon.player.timing.clock import Clock
from daemon.player.timing.schedule import EndNote, Held, Key, SoundingNotes
from models.notes import Note, Voice
from models.take import SentRow

_Head = tuple[int, Voice, bool, int, int, int]
_Entry = tuple[str, bytes, _Head | None]


def end_all_sound(outputs: Outputs, settings: PlayerSettings) -> None:
    """Send pedal up, all notes off and all sound off to each place of each voice, and end all effects."""
    places = [place for each in places_of(outputs, settings).values() for place in each]
    for port, message in (*silence_of(places), *ending_messages(outputs, settings)):
        outputs.send(port, message)


class Sender:
    """Sends one note-off for every note-on: at the note's end, or before the same key starts again.

    `clock_ports` are parts of the names of the ports that get the MIDI clock; None means all.

    Methods queue messages and `flush` sends the queue, so that only sending remains to be done when they are due.
    """

    def __init__(
        self,
        clock: Clock,
        outputs: Outputs,
        places: Places,
        clock_ports: tuple[str, ...] | None = None,
    ) -> None:
        self._clock, self._outputs, self._clock_ports = clock, outputs, clock_ports
        self._places, self._zone = places, Zone()
        self._sounding = SoundingNotes()
        self._serial = 0
        self._queue: list[_Entry] = []
        self._sent_seconds: list[float] = []
        self._rows: list[SentRow] = []
        self._late_us: list[int] = []

    def start(self, note: Note, pulse: int) -> list[EndNote]:
        """Queue a note-on for each place of the voice, and return the actions that end them."""
        first, *further = self._places[note.voice]
        return [self._start(note, first, pulse, is_told=True)] + [
            self._start(note, place, pulse, is_told=False) for place in further
        ]

    def _start(self, note: Note, place: Place, pulse: int, *, is_told: bool) -> EndNote:
        port, channel = place
        if channel == MPE:
            channel = self._zone.take()
            self._queue += [(port, message, None) for message in prelude(channel, note.velocity)]
        key = Key(port, channel, note.pitch)
        if key in self._sounding:
            self._end(key, pulse)
        self._serial += 1
        self._sounding.begin(key, Held(note.voice, self._serial, is_told, place[1] == MPE))
        head = (pulse, note.voice, True, note.pitch, note.velocity, channel) if is_told else None
        self._queue.append((port, note_on(channel, note.pitch, note.velocity), head))
        return EndNote(key, self._serial)

    def end(self, end: EndNote, pulse: int) -> None:
        """Queue a note-off if its note still sounds."""
        if self._sounding.serial_of(end.key) == end.serial:
            self._end(end.key, pulse)

    def voice_of(self, end: EndNote) -> Voice | None:
        """Return the voice of a note, or None if nothing sounds on its key."""
        return self._sounding.voice_of(end.key)

    def release(self, voices: Collection[Voice], pulse: int) -> None:
        """Queue note-offs for all sounding notes of these voices."""
        for key in self._sounding.of(voices):
            self._end(key, pulse)

    def broadcast(self, *messages: bytes, but: str = "") -> None:
        """Queue messages of the MIDI clock for every open port that gets them.

        A port that a clock comes from (`but`) gets them only if the configuration names it.
        """
        ports = [port for port in self._outputs.open_ports() if self._gets_clock(port, but)]
        for message in messages:
            self._queue += [(port, message, None) for port in ports]

    def _gets_clock(self, port: str, but: str) -> bool:
        if self._clock_ports is not None:
            return any(find_port((port,), wanted) for wanted in self._clock_ports)
        return not (but and (find_port((port,), but) or find_port((but,), port)))

    def queue(self, port: str, message: bytes) -> None:
        """Queue a message that does not belong to a note."""
        self._queue.append((port, message, None))

    def send_now(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Send (port, message) pairs at once. They must not belong to notes."""
        self._queue += [(port, message, None) for port, message in messages]
        self.flush(self._clock.now())

    def flush(self, due: float) -> None:
        """Send the queued messages, which were due at `due` seconds."""
        send, now, sent_seconds = self._outputs.send, self._clock.now, self._sent_seconds
        for port, message, _ in self._queue:
            send(port, message)
            sent_seconds.append(now())
        for (_, message, head), seconds in zip(self._queue, sent_seconds, strict=True):
            if head:
                self._rows.append((*head, round((seconds - due) * 1e6)))
            elif message is CLOCK:
                self._late_us.append(round((seconds - due) * 1e6))
        self._queue.clear()
        sent_seconds.clear()

    def silence(self, voices: Collection[Voice], pulse: int) -> None:
        """End all sound at the places of these voices now."""
        self.release(voices, pulse)
        self.send_now(silence_of(place for voice in voices for place in self._places[voice]))

    def leave(self, ports: Collection[str], pulse: int) -> None:
        """End all sound on these ports now."""
        for key in [key for key in self._sounding if key.port in ports]:
            self._end(key, pulse)
        self.send_now(silence_of(place for place in self._all_places() if place[0] in ports))

    def silence_strangers(self, notes: Iterable[tuple[int, int]]) -> None:
        """End the notes of an earlier player at all places, but no note of this player.

        They are given as (channel, pitch) of the first place of their voice.
        """
        notes = tuple(notes)
        heads = {places[0][1]: places for places in reversed([*self._places.values()])}
        further = [(place, pitch) for channel, pitch in notes for place in heads.get(channel, ())[1:]]
        ports = dict.fromkeys(port for port, _ in self._all_places())
        wanted = [((port, channel), pitch) for port in ports for channel, pitch in notes] + further
        for (port, channel), pitch in wanted:
            if channel != MPE and Key(port, channel, pitch) not in self._sounding:
                self._queue.append((port, note_off(channel, pitch), None))
        self.send_now(silence_of(place for place, _ in wanted if not self._sounds(*place)))

    def _all_places(self) -> list[Place]:
        return [place for places in self._places.values() for place in places]

    def sounding(self) -> tuple[tuple[int, int], ...]:
        """Return the sounding notes as (channel, pitch) of the first place of their voice."""
        return tuple((key.channel, key.pitch) for key in self._sounding.told())

    def take_rows(self) -> tuple[tuple[SentRow, ...], tuple[int, ...]]:
        """Return the rows and the lateness of MIDI clocks in µs since the last call."""
        taken = tuple(self._rows), tuple(self._late_us)
        self._rows.clear()
        self._late_us.clear()
        return taken

    def _end(self, key: Key, pulse: int) -> None:
        held = self._sounding.end(key)
        if held.is_mpe:
            self._zone.give(key.channel)
        head = (pulse, held.voice, False, key.pitch, 0, key.channel) if held.is_told else None
        self._queue.append((key.port, note_off(key.channel, key.pitch), head))

    def _sounds(self, port: str, channel: int) -> bool:
        return any(key.port == port and channel in (MPE, key.channel) for key in self._sounding)
