"""From channel messages to parts. A part is what one channel of one track plays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from models.music import Part, Sound
from models.reading.drumkits import Selection, by_bank, by_sysex, drum_channels, is_drum_name, is_gs_reset
from models.reading.events import META, SYSEX, Event
from models.reading.limits import Limits, RefusedError
from models.reading.sounding import Key, notes_of
from models.reading.text import decoded

NAME, INSTRUMENT, _CHANNEL_PREFIX, _PORT = 0x03, 0x04, 0x20, 0x21
_NOTE_OFF, NOTE_ON, _CONTROL, _PROGRAM, _BEND = 0x80, 0x90, 0xB0, 0xC0, 0xE0
# Channel mode messages are about what sounds at the moment, not about the music.
_FIRST_MODE_MESSAGE = 120

Channel = int
"""From 0; 16 more for each further MIDI port that a file names."""
Control = tuple[int, bytes]
"""(pulse, MIDI message)"""


class _Heard(NamedTuple):
    """A message, with the track that it stands in."""

    pulse: int
    track: int
    message: bytes


@dataclass
class _Line:
    """The notes of one channel of one track."""

    track: int
    channel: Channel
    keys: dict[int, Key] = field(default_factory=dict)
    name: str = ""
    end: int = 0


class PartsReader:
    """Takes in the messages of one track after the other. RefusedError for more notes than `limits` allow."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lines: list[_Line] = []
        self._of_track: dict[Channel, _Line] = {}
        # By channel, whatever their track: a synthesiser knows no tracks.
        self._controls: dict[Channel, list[_Heard]] = {}
        self._selections: list[Selection] = []
        self._track, self._port, self._strikes = -1, 0, 0
        self._prefix: Channel | None = None
        self._is_gs = False

    def begin_track(self) -> None:
        """What comes now belongs to the next track."""
        self._track, self._port, self._prefix = self._track + 1, 0, None
        self._of_track = {}

    def end_track(self, pulse: int) -> None:
        """Notes that still sound end there."""
        for line in self._of_track.values():
            line.end = pulse
        self._lines += [line for line in self._of_track.values() if line.keys]

    def hear(self, pulse: int, event: Event) -> None:
        """Take in one event of the track."""
        _, status, first, second = event
        if isinstance(second, bytes):
            if status == META:
                self._meta(first, second)
            else:
                self._sysex(pulse, second)
        elif status < SYSEX:
            kind, channel = status & 0xF0, 16 * self._port + (status & 0x0F)
            if kind in (_NOTE_OFF, NOTE_ON):
                self._note(pulse, channel, first, second if kind == NOTE_ON else 0)
            elif kind != _CONTROL or first < _FIRST_MODE_MESSAGE:
                size = 2 if _PROGRAM <= kind < _BEND else 3
                self._control(pulse, channel, bytes((status, first, second)[:size]))

    def parts(self, track_names: Sequence[str]) -> tuple[Part, ...]:
        """Return all parts that have notes. What a channel's controllers say holds for each of its parts."""
        kept = sum(len(self._controls.get(line.channel, ())) for line in self._lines)
        if kept > self._limits.events:
            raise RefusedError(f"has more than {self._limits.events:,} controllers in all its parts")
        for controls in self._controls.values():
            controls.sort(key=lambda heard: heard.pulse)
        notes = [notes_of(line.keys.values(), line.end) for line in self._lines]
        drums = self._drum_channels(notes)
        # The name of the only track is the song's, where several parts play in it.
        names = [""] if len(track_names) == 1 and len(self._lines) > 1 else track_names
        return tuple(
            self._part(line, sounds, line.name or names[line.track], is_drums=line.channel in drums)
            for line, sounds in zip(self._lines, notes, strict=True)
        )

    def _part(self, line: _Line, notes: tuple[Sound, ...], name: str, *, is_drums: bool) -> Part:
        program, controls = _from_first_note(self._controls.get(line.channel, []), notes[0].pulse)
        number = line.channel % 16 + 1
        is_drums = is_drums or is_drum_name(name)
        return Part(name or f"channel {number}", number, program, notes, controls, is_drums)

    def _drum_channels(self, notes: Sequence[tuple[Sound, ...]]) -> set[Channel]:
        first: dict[Channel, int] = {}
        for line, sounds in zip(self._lines, notes, strict=True):
            first[line.channel] = min(sounds[0].pulse, first.get(line.channel, sounds[0].pulse))
        return drum_channels(sorted(self._selections, key=lambda each: each.pulse), first)

    def _line(self, channel: Channel) -> _Line:
        return self._of_track.setdefault(channel, _Line(self._track, channel))

    def _note(self, pulse: int, channel: Channel, pitch: int, velocity: int) -> None:
        keys = self._line(channel).keys
        if velocity:
            self._strikes += 1
            if self._strikes > self._limits.notes:
                raise RefusedError(f"has more than {self._limits.notes:,} notes")
            keys.setdefault(pitch, Key(pitch)).strike(pulse, velocity)
        elif pitch in keys:
            keys[pitch].release(pulse)

    def _control(self, pulse: int, channel: Channel, message: bytes) -> None:
        self._controls.setdefault(channel, []).append(_Heard(pulse, self._track, message))
        if message[0] & 0xF0 == _CONTROL:
            self._select(by_bank(pulse, channel, message[1], message[2], is_gs=self._is_gs))

    def _meta(self, kind: int, payload: bytes) -> None:
        if kind == _PORT and len(payload) == 1:
            self._port = payload[0]
        elif kind == _CHANNEL_PREFIX and len(payload) == 1:
            self._prefix = 16 * self._port + (payload[0] & 0x0F)
        elif kind in (NAME, INSTRUMENT) and self._prefix is not None:
            self._line(self._prefix).name = decoded(payload)

    def _sysex(self, pulse: int, payload: bytes) -> None:
        self._is_gs = self._is_gs or is_gs_reset(payload)
        self._select(by_sysex(pulse, 16 * self._port, payload))

    def _select(self, selection: Selection | None) -> None:
        if selection:
            self._selections.append(selection)


def _from_first_note(controls: Sequence[_Heard], pulse: int) -> tuple[int, tuple[Control, ...]]:
    """Return the program in force at a part's first note, and all other messages."""
    program = 0
    others: list[_Heard] = []
    for heard in controls:
        if _is_program(heard.message) and heard.pulse <= pulse:
            program = heard.message[1]
        else:
            others.append(heard)
    return program, tuple(_without_copies(others))


def _without_copies(controls: Sequence[_Heard]) -> Iterator[Control]:
    """Leave out what another track says again at the same pulse; what one track says twice stays."""
    for pulse, at_once in groupby(controls, key=lambda heard: heard.pulse):
        kept: list[list[bytes]] = []
        for _, of_track in groupby(at_once, key=lambda heard: heard.track):
            messages = [heard.message for heard in of_track]
            if kept and _are_copies(kept[-1], messages):
                kept[-1] = max(kept[-1], messages, key=len)
            else:
                kept.append(messages)
        yield from ((pulse, message) for messages in kept for message in messages)


def _are_copies(some: list[bytes], others: list[bytes]) -> bool:
    """Whether two tracks say the same, in the same order. Only one of them may need to change the program."""
    if len(some) == len(others):
        return some == others
    fewer, more = sorted((some, others), key=len)
    return fewer == [message for message in more if not _is_program(message)]


def _is_program(message: bytes) -> bool:
    return message[0] & 0xF0 == _PROGRAM
