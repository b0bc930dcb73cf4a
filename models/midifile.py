"""A MIDI file as parts on the sixteenth grid."""

from pathlib import Path
from typing import Any, Final

import mido

from models.hearing import Part, PartNote
from models.notes import TICKS_PER_BEAT

LARGEST_BYTES: Final = 2 * 2**20
_MOST_NOTES: Final = 100_000
_DRUM_CHANNEL: Final = 9


class MidiFileError(Exception):
    """The file cannot be heard; the text says why, without naming it."""


def read_parts(path: Path) -> tuple[Part, ...]:
    """One part for each track and channel that has notes; MidiFileError when there are none to be had."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise MidiFileError(f"it is larger than {LARGEST_BYTES >> 20} MiB")
        file = mido.MidiFile(path, clip=True)
    except MidiFileError:
        raise
    except Exception as error:  # mido raises whatever its reading of strange bytes meets
        raise MidiFileError("it is no readable MIDI file") from error
    if file.ticks_per_beat <= 0 or file.type == 2:
        raise MidiFileError("it counts no beats")
    parts = tuple(part for track in file.tracks for part in _parts(track, file.ticks_per_beat))
    if not parts:
        raise MidiFileError("it has no notes")
    if sum(len(part.notes) for part in parts) > _MOST_NOTES:
        raise MidiFileError(f"it has more than {_MOST_NOTES} notes")
    return parts


def _parts(track: Any, pulses_per_beat: int) -> list[Part]:
    """Each channel of a track is a part of its own, as in files of one track."""
    now, open_notes, found = 0, dict[tuple[int, int], tuple[int, int]](), dict[int, list[PartNote]]()
    for message in track:
        now += message.time
        if message.type not in {"note_on", "note_off"}:
            continue
        place = message.channel, message.note
        if place in open_notes:
            begun, velocity = open_notes.pop(place)
            note = _on_grid(begun, now, message.note, velocity, pulses_per_beat)
            found.setdefault(message.channel, []).append(note)
        if message.type == "note_on" and message.velocity:
            open_notes[place] = now, message.velocity
    return [Part(track.name, channel == _DRUM_CHANNEL, tuple(notes)) for channel, notes in found.items()]


def _on_grid(begun: int, ended: int, pitch: int, velocity: int, pulses_per_beat: int) -> PartNote:
    ticks_per_pulse = TICKS_PER_BEAT / pulses_per_beat
    length = max(round((ended - begun) * ticks_per_pulse), 1)
    return PartNote(round(begun * ticks_per_pulse), length, pitch, velocity)
