"""Turn channel messages into parts. A part holds what one channel of one track plays."""

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
# Controllers from 120 on are channel mode messages, which do not belong to the music.
_FIRST_MODE_MESSAGE = 120

Channel = int
"""Channels count from 0, and 16 more for each further MIDI port in the file."""
Control = tuple[int, bytes]
"""(pulse, MIDI message)"""


class _TrackMessage(NamedTuple):
    """A MIDI message and the number of its track."""

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
    """Collects the messages of one track after the other. Raises RefusedError for more notes than `limits` allow."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lines: list[_Line] = []
        self._of_track: dict[Channel, _Line] = {}
        # By channel and not by track, because a synthesiser receives channels only.
        self._controls: dict[Channel, list[_TrackMessage]] = {}
        self._selections: list[Selection] = []
        self._track, self._port, self._strikes = -1, 0, 0
        self._prefix: Channel | None = None
        self._is_gs = False

    def begin_track(self) -> None:
        """Begin the next track."""
        self._track, self._port, self._prefix = self._track + 1, 0, None
        self._of_track = {}

    def end_track(self, pulse: int) -> None:
        """End the track, and every note that still sounds, at `pulse`."""
        for line in self._of_track.values():
            line.end = pulse
        self._lines += [line for line in self._of_track.values() if line.keys]

    def hear(self, pulse: int, event: Event) -> None:
        """Add one event of the track."""
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
        """Return all parts that have notes. A channel's controllers apply to each of its parts."""
        number = sum(len(self._controls.get(line.channel, ())) for line in self._lines)
        if number > self._limits.events:
            raise RefusedError(f"has more than {self._limits.events:,} controllers in all its parts")
        for controls in self._controls.values():
            controls.sort(key=lambda each: each.pulse)
        notes = [notes_of(line.keys.values(), line.end) for line in self._lines]
        drums = self._drum_channels(notes)
        # The name of a single track with several parts is the song's name.
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
        self._controls.setdefault(channel, []).append(_TrackMessage(pulse, self._track, message))
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


def _from_first_note(controls: Sequence[_TrackMessage], pulse: int) -> tuple[int, tuple[Control, ...]]:
    """Return the program that applies at a part's first note, and all other messages."""
    program = 0
    others: list[_TrackMessage] = []
    for control in controls:
        if _is_program(control.message) and control.pulse <= pulse:
            program = control.message[1]
        else:
            others.append(control)
    return program, tuple(_without_copies(others))


def _without_copies(controls: Sequence[_TrackMessage]) -> Iterator[Control]:
    """Leave out messages that another track repeats at the same pulse. Messages that one track repeats stay."""
    for pulse, at_once in groupby(controls, key=lambda each: each.pulse):
        groups: list[list[bytes]] = []
        for _, of_track in groupby(at_once, key=lambda each: each.track):
            messages = [each.message for each in of_track]
            if groups and _are_copies(groups[-1], messages):
                groups[-1] = max(groups[-1], messages, key=len)
            else:
                groups.append(messages)
        yield from ((pulse, message) for messages in groups for message in messages)


def _are_copies(some: list[bytes], others: list[bytes]) -> bool:
    """Return whether two tracks hold the same messages in the same order; one of them may lack program changes."""
    if len(some) == len(others):
        return some == others
    fewer, more = sorted((some, others), key=len)
    return fewer == [message for message in more if not _is_program(message)]


def _is_program(message: bytes) -> bool:
    return message[0] & 0xF0 == _PROGRAM
