"""Read standard MIDI files as music; times are rounded to the nearest pulse."""

from dataclasses import replace
from pathlib import Path

from models.music import Music
from models.notes import PULSES_PER_BEAT
from models.reading.chunks import MidiTracks, read_tracks
from models.reading.conductor import Conductor
from models.reading.events import META, Event, TrackEvents
from models.reading.files import read_bytes
from models.reading.limits import LIMITS, Limits, RefusedError, check_extent
from models.reading.parts import INSTRUMENT, NAME, NOTE_ON, PartsReader
from models.reading.text import decoded, printable


def read_midi(path: Path, limits: Limits = LIMITS) -> Music:
    """Read a MIDI file of type 0 or 1, or of type 2 with one track. Raises RefusedError with the cause if it cannot."""
    return midi_music(read_bytes(path, limits.file_bytes), printable(path.stem), limits)


def midi_music(data: bytes, title: str, limits: Limits = LIMITS) -> Music:
    """Read the bytes of a MIDI file. `title` is used if the file has none. Raises RefusedError as `read_midi` does."""
    midi = read_tracks(data, limits)
    if not any(_strikes(event) for track in midi.tracks for event in track.events):
        raise RefusedError("has no notes" if midi.tracks else "has no tracks")
    names = [_name(track) for track in midi.tracks]
    conductor = _conducted(midi)
    ends = [_pulse(track.end, midi.ticks_per_beat) for track in midi.tracks]
    shell = conductor.music(_title(names, midi.tracks[0]) or title, max(ends))
    check_extent(shell, limits)
    reader = PartsReader(limits)
    for track, end in zip(midi.tracks, ends, strict=True):
        reader.begin_track()
        for event in track.events:
            reader.hear(_pulse(event[0], midi.ticks_per_beat), event)
        reader.end_track(end)
    parts = reader.parts(names)
    # A note lasts at least one pulse, so it may end after its track.
    last = max((note.pulse + note.length for part in parts for note in part.notes), default=0)
    return replace(shell, parts=parts, end_pulse=max(shell.end_pulse, last))


def _pulse(tick: int, ticks_per_beat: int) -> int:
    """Return the pulse nearest to a tick of the file."""
    return (2 * tick * PULSES_PER_BEAT + ticks_per_beat) // (2 * ticks_per_beat)


def _strikes(event: Event) -> bool:
    return event[1] & 0xF0 == NOTE_ON and bool(event[3])


def _conducted(midi: MidiTracks) -> Conductor:
    """Collect what applies to all parts: tempo, metre, key, markers."""
    conductor = Conductor(midi.remarks)
    for track in midi.tracks:
        for tick, status, kind, payload in track.events:
            if status == META and isinstance(payload, bytes):
                conductor.hear(_pulse(tick, midi.ticks_per_beat), kind, payload)
    return conductor


def _name(track: TrackEvents) -> str:
    """Return a track's first name, else the name of its instrument."""
    names: dict[int, str] = {}
    for _, status, kind, payload in track.events:
        if status == META and kind in (NAME, INSTRUMENT) and isinstance(payload, bytes):
            names.setdefault(kind, decoded(payload))
    return names.get(NAME) or names.get(INSTRUMENT, "")


def _title(names: list[str], first: TrackEvents) -> str:
    """Return the song's name: the name of a first track without notes, or of a single track with several channels."""
    channels = {status for _, status, _, velocity in first.events if status & 0xF0 == NOTE_ON and velocity}
    return names[0] if not channels or (len(names) == 1 and len(channels) > 1) else ""
