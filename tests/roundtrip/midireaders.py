"""MIDI files as other libraries read them."""

from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import Any

import mido
import pretty_midi
import symusic

from tests.roundtrip.facts import Facts, Note, changes

_DRUMS = 9


def by_mido(path: Path) -> Facts:
    """Read with mido, which returns messages. A note-off ends the oldest sounding note of its pitch."""
    notes: Counter[Note] = Counter()
    metres = []
    for track in mido.MidiFile(path, charset="utf-8").tracks:
        pulse, program = 0, 0
        sounding: dict[int, deque[tuple[int, int, int]]] = defaultdict(deque)
        for message in track:
            pulse += message.time
            if message.type == "program_change":
                program = message.program
            elif message.type == "note_on":
                sounding[message.note].append((pulse, message.velocity, program))
            elif message.type == "note_off":
                begun, velocity, with_program = sounding[message.note].popleft()
                is_drums = message.channel == _DRUMS
                notes[Note(begun, message.note, pulse - begun, velocity, with_program, is_drums)] += 1
            elif message.type == "time_signature":
                metres.append((pulse, message.numerator, message.denominator))
    return Facts(notes, changes(metres))


def by_symusic(path: Path) -> Facts:
    """Read with symusic, which has a track for each track, channel and program."""
    score: Any = symusic.Score(path)
    notes = Counter(
        Note(note.time, note.pitch, note.duration, note.velocity, track.program, track.is_drum)
        for track in score.tracks
        for note in track.notes
    )
    return Facts(
        notes, changes((sign.time, sign.numerator, sign.denominator) for sign in score.time_signatures)
    )


def by_pretty_midi(path: Path) -> Facts:
    """Read with pretty_midi, which has seconds."""
    midi = pretty_midi.PrettyMIDI(str(path))

    def pulse(seconds: float) -> int:
        return int(midi.time_to_tick(seconds))

    notes = Counter(
        Note(
            pulse(note.start),
            note.pitch,
            pulse(note.end) - pulse(note.start),
            note.velocity,
            instrument.program,
            instrument.is_drum,
        )
        for instrument in midi.instruments
        for note in instrument.notes
    )
    signs = midi.time_signature_changes
    return Facts(notes, changes((pulse(sign.time), sign.numerator, sign.denominator) for sign in signs))
