"""The notes of a MIDI file for a comparison of players, and the lateness of a player."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import mido

from models.notes import PULSES_PER_BEAT

Key = tuple[int, int]
"""Channel (from 0) and pitch."""

HUNDRED: Final = 100


class Struck(NamedTuple):
    """A note of the file: onset and length in pulses."""

    pulse: int
    length: int
    key: Key
    velocity: int


class Call(NamedTuple):
    """A note-on by a player."""

    seconds: float
    key: Key


def read_notes(path: Path) -> list[Struck]:
    """Return the notes of a file by onset."""
    song = mido.MidiFile(path)
    notes: list[Struck] = []
    for track in song.tracks:
        now, held = 0, dict[Key, tuple[int, int]]()
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = (message.channel, message.note)
            if key in held:
                start, velocity = held.pop(key)
                notes.append(Struck(start, now - start, key, velocity))
            if message.type == "note_on" and message.velocity:
                held[key] = (now, message.velocity)
    scale = PULSES_PER_BEAT / song.ticks_per_beat
    return sorted(n._replace(pulse=round(n.pulse * scale), length=round(n.length * scale)) for n in notes)


def lateness_us(notes: Sequence[Struck], calls: Iterable[Call], tempo: float) -> list[float]:
    """Return how late each call was relative to the most punctual one, so that a constant delay does not count."""
    moments: Mapping[Key, list[float]] = defaultdict(list)
    for note in notes:
        moments[note.key].append(note.pulse * 60.0 / (tempo * PULSES_PER_BEAT))
    waiting = {key: iter(sorted(times)) for key, times in moments.items()}
    late = [call.seconds - next(waiting[call.key]) for call in calls]
    earliest = min(late)
    return [(each - earliest) * 1e6 for each in late]
