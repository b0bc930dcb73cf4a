"""A take to a standard MIDI file: type 1, one named track per voice, tempo map, sections as markers, exact pulses."""

import contextlib
import os
import struct
from collections.abc import Iterable
from pathlib import Path

import mido

from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT, VOICES, Note, Voice
from models.take import Take

_CHANNELS: dict[Voice, int] = {"lead": 1, "chords": 2, "bass": 3, "drums": 10}
# General MIDI programs, from 0: saw lead, warm pad, synth bass 1.
_PROGRAMS: dict[Voice, int] = {"lead": 81, "chords": 89, "bass": 38}
_END = b"\x00\xff\x2f\x00"


class WriteError(Exception):
    """The file cannot be written; the text names it and says why."""


def check_writable(path: Path) -> None:
    """Raise WriteError before any work begins if `path` could not be written in the end."""
    folder = path.parent
    if not folder.is_dir():
        raise WriteError(f"cannot write {path}: there is no folder {folder}")
    if path.is_dir():
        raise WriteError(f"cannot write {path}: it is a folder")
    if path.exists() and not path.is_file():
        raise WriteError(f"cannot write {path}: it is no plain file")
    if path.exists() and not os.access(path, os.W_OK):
        raise WriteError(f"cannot write {path}: permission denied")
    try:  # nothing but trying tells what a disk allows
        _partial(path).touch()
        _partial(path).unlink()
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


def write_midi(take: Take, path: Path) -> None:
    """Write a take, whole or not at all; WriteError when the disk refuses."""
    partial = _partial(path)
    try:
        partial.write_bytes(midi_bytes(take))
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial")


def midi_bytes(take: Take) -> bytes:
    """The file's content; the same take gives the same bytes."""
    tracks = [_conductor(take)]
    for voice in VOICES:
        notes = [note for note in take.notes if note.voice == voice]
        if notes:
            tracks.append(_track(voice, notes, take.channels.get(voice, _CHANNELS[voice]) - 1))
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), PULSES_PER_BEAT)
    return header + b"".join(struct.pack(">4sI", b"MTrk", len(track)) + track for track in tracks)


def _conductor(take: Take) -> bytes:
    events: list[tuple[int, mido.MetaMessage]] = [
        (0, mido.MetaMessage("track_name", name="edmd")),
        (0, mido.MetaMessage("time_signature", numerator=BEATS_PER_BAR, denominator=4)),
    ]
    events += [
        (max(pulse, 0), mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
        for pulse, tempo in take.tempos
    ]
    events += [(max(pulse, 0), mido.MetaMessage("marker", text=name)) for pulse, name in take.sections]
    return _meta_bytes(sorted(events, key=lambda event: event[0])) + _END


def _meta_bytes(events: Iterable[tuple[int, mido.MetaMessage]]) -> bytes:
    data, before = bytearray(), 0
    with mido.midifiles.meta.meta_charset("utf-8"):
        for pulse, message in events:
            data += _variable(pulse - before) + bytes(message.bytes())
            before = pulse
    return bytes(data)


def _track(voice: Voice, notes: Iterable[Note], channel: int) -> bytes:
    """A voice's track, written straight to bytes: hours of music are too many messages for objects."""
    data = bytearray(_meta_bytes([(0, mido.MetaMessage("track_name", name=voice))]))
    if voice in _PROGRAMS:
        data += bytes((0, 0xC0 | channel, _PROGRAMS[voice]))
    before, status_before = 0, 0
    for event in _packed(notes):
        pulse, is_on = event >> 17, event >> 16 & 1
        data += _variable(pulse - before)
        before = pulse
        status = (0x90 if is_on else 0x80) | channel
        if status != status_before:  # running status
            data.append(status)
            status_before = status
        data += bytes((event >> 8 & 0x7F, event & 0x7F))
    return bytes(data) + _END


def _packed(notes: Iterable[Note]) -> list[int]:
    """Ons and offs in order, each in one number: pulse, on (after the offs of its pulse), pitch, velocity."""
    events: list[int] = []
    for note in notes:
        events.append(note.pulse << 17 | 1 << 16 | note.pitch << 8 | note.velocity)
        events.append((note.pulse + note.length) << 17 | note.pitch << 8)
    events.sort(key=lambda event: event >> 16)
    return events


def _variable(value: int) -> bytes:
    """A delta time: seven bits a byte, all but the last marked; ValueError below 0."""
    if value < 0x80:
        return bytes((value,))
    data = [value & 0x7F]
    while value := value >> 7:
        data.append(value & 0x7F | 0x80)
    return bytes(reversed(data))
