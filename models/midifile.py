"""A MIDI file as parts on the sixteenth grid."""

from pathlib import Path
from typing import Any, Final, NamedTuple

import mido
from mido.midifiles.meta import KeySignatureError, MetaSpec_key_signature, add_meta_spec

from models.hearing import Part, PartNote
from models.notes import CHANNELS, TICKS_PER_BEAT

LARGEST_BYTES: Final = 2 * 2**20
_MOST_NOTES: Final = 100_000
_USUAL_TEMPO: Final = 500_000


class MidiFileError(Exception):
    """The file cannot be heard; the text says why, without naming it."""


class _AnyKeySignature(MetaSpec_key_signature):  # type: ignore[misc]
    """Key signatures as files have them: one that does not exist is None, and no reason to refuse a file."""

    type = "key_signature"

    def decode(self, message: Any, data: Any) -> None:
        try:
            super().decode(message, data)
        except (KeySignatureError, IndexError):
            message.key = None

    def check(self, name: str, value: Any) -> None:
        if value is not None:
            super().check(name, value)


add_meta_spec(_AnyKeySignature)


def open_midi(path: Path, charset: str = "latin-1") -> mido.MidiFile:
    """Read a file's messages; whatever mido meets in strange bytes is raised."""
    return mido.MidiFile(path, clip=True, charset=charset)


class MidiMusic(NamedTuple):
    """One part for each track and channel that has notes; `tempo` is the BPM it begins with."""

    parts: tuple[Part, ...]
    tempo: float


def read_music(path: Path) -> MidiMusic:
    """Read a file; MidiFileError when there is no music to be had."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise MidiFileError(f"it is larger than {LARGEST_BYTES >> 20} MiB")
        file = open_midi(path)
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
    return MidiMusic(parts, _tempo(file))


def _tempo(file: mido.MidiFile) -> float:
    tempos = (message.tempo for track in file.tracks for message in track if message.type == "set_tempo")
    return float(mido.tempo2bpm(next((tempo for tempo in tempos if tempo), _USUAL_TEMPO)))


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
    return [
        Part(track.name, channel + 1 == CHANNELS["drums"], tuple(notes)) for channel, notes in found.items()
    ]


def _on_grid(begun: int, ended: int, pitch: int, velocity: int, pulses_per_beat: int) -> PartNote:
    ticks_per_pulse = TICKS_PER_BEAT / pulses_per_beat
    length = max(round((ended - begun) * ticks_per_pulse), 1)
    return PartNote(round(begun * ticks_per_pulse), length, pitch, velocity)
