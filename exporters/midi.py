"""A take to a standard MIDI file: type 1, one named track per voice, tempo map, sections as markers, exact pulses."""

import contextlib
import io
import os
from collections.abc import Iterable
from pathlib import Path

import mido

from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT, VOICES, Note, Voice
from models.take import Take

_CHANNELS: dict[Voice, int] = {"lead": 1, "chords": 2, "bass": 3, "drums": 10}
# General MIDI programs, from 0: saw lead, warm pad, synth bass 1.
_PROGRAMS: dict[Voice, int] = {"lead": 81, "chords": 89, "bass": 38}


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
    song = mido.MidiFile(type=1, ticks_per_beat=PULSES_PER_BEAT, charset="utf-8")
    song.tracks.append(_conductor(take))
    for voice in VOICES:
        notes = [note for note in take.notes if note.voice == voice]
        if notes:
            song.tracks.append(_track(voice, notes, take.channels.get(voice, _CHANNELS[voice]) - 1))
    buffer = io.BytesIO()
    song.save(file=buffer)
    return buffer.getvalue()


def _conductor(take: Take) -> mido.MidiTrack:
    events: list[tuple[int, mido.MetaMessage]] = [
        (0, mido.MetaMessage("track_name", name="edmd")),
        (0, mido.MetaMessage("time_signature", numerator=BEATS_PER_BAR, denominator=4)),
    ]
    events += [
        (max(pulse, 0), mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
        for pulse, tempo in take.tempos
    ]
    events += [(max(pulse, 0), mido.MetaMessage("marker", text=name)) for pulse, name in take.sections]
    return _with_deltas(sorted(events, key=lambda event: event[0]))


def _track(voice: Voice, notes: Iterable[Note], channel: int) -> mido.MidiTrack:
    events: list[tuple[int, int, mido.Message | mido.MetaMessage]] = [
        (0, 0, mido.MetaMessage("track_name", name=voice))
    ]
    if voice in _PROGRAMS:
        events.append((0, 1, mido.Message("program_change", channel=channel, program=_PROGRAMS[voice])))
    for note in notes:
        on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
        off = mido.Message("note_off", channel=channel, note=note.pitch, velocity=0)
        events += [(note.pulse, 3, on), (note.pulse + note.length, 2, off)]
    events.sort(key=lambda event: event[:2])
    return _with_deltas((pulse, message) for pulse, _, message in events)


def _with_deltas(events: Iterable[tuple[int, mido.Message | mido.MetaMessage]]) -> mido.MidiTrack:
    track, before = mido.MidiTrack(), 0
    for pulse, message in events:
        track.append(message.copy(time=pulse - before))
        before = pulse
    return track
