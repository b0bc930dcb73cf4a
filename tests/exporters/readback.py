"""Scores read back: by verovio as the MIDI that it plays, by music21 as what is written."""

import base64
import warnings
from collections import Counter
from typing import Any

import music21

from models.notes import PULSES_PER_BEAT
from models.reading.midi import midi_music
from tests import needs

verovio = needs.library("verovio")

# All places in a score without hundred-twenty-eighths are multiples of this.
_STEP_PULSES = 10

LoudnessFigures = Counter[tuple[int, int, int]]
"""(pulse, pitch, velocity) of each note"""


def played(document: bytes) -> dict[str, LoudnessFigures]:
    """The notes of each part as verovio plays them; a warning of its fails the test through `capfd`."""
    verovio.enableLog(verovio.LOG_WARNING)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(document.decode())
    data = base64.b64decode(toolkit.renderToMIDI())
    heard: dict[str, LoudnessFigures] = {}
    for part in midi_music(data, "").parts:
        notes = ((stepped(note.pulse), note.pitch, note.velocity) for note in part.notes)
        heard[part.name] = heard.get(part.name, Counter()) + Counter(notes)
    return heard


def stepped(pulse: int) -> int:
    """A pulse as it was written: verovio counts 120 ticks a beat, and cuts fractions off."""
    return round((pulse + 1) / _STEP_PULSES) * _STEP_PULSES


def read(document: bytes) -> Any:
    """Return the score as music21 reads it, without its warnings about rare drums."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", music21.musicxml.xmlObjects.MusicXMLWarning)
        return music21.converter.parseData(document.decode(), format="musicxml", forceSource=True)


def onsets(score: Any, name: str) -> Counter[int]:
    """Return the number of notes that begin at each pulse of a part on one or two staves; tied notes count as one."""
    begun: Counter[int] = Counter()
    for note in (note for part in score.parts if part.partName == name for note in part.recurse().notes):
        hits = list(note.notes) if isinstance(note, music21.chord.ChordBase) else [note]
        fresh = [hit for hit in hits if hit.tie is None or hit.tie.type == "start"]
        begun[round(float(note.getOffsetInHierarchy(score)) * PULSES_PER_BEAT)] += len(fresh)
    return +begun
