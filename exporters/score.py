"""Music to MusicXML: a staff or two for each part, key, metre, tempo, sections as rehearsal marks."""

import io
import math
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final
from xml.etree.ElementTree import indent, tostring

import music21
from music21 import clef, instrument, key, layout, metadata, meter, stream, tempo
from music21.musicxml.m21ToXml import ScoreExporter

from exporters.grid import straightened, swing_of
from exporters.measures import Bar, bars_of, beam, by_bar, even_beats, fill, with_triplets
from exporters.phase import on_beats
from exporters.playback import add_sounds, tones_of
from exporters.staves import Staff, staves
from exporters.triplets import STEPS_PER_BEAT, triplet_beats
from models.music import Music, Part
from models.notes import PULSES_PER_BEAT

Progress = Callable[[int, int], None]
_NOBODY: Final = Part("edmd", 1, 0, ())
_LONGEST_LABEL: Final = 9
_HEAD: Final = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
"""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def musicxml(music: Music, progress: Progress = lambda _, __: None) -> bytes:
    """The MusicXML file's content; the same music gives the same bytes. `progress` hears (staves, of all, and the file)."""
    score, parts = _score(on_beats(music), progress)
    exporter = ScoreExporter(score, makeNotation=False)  # it is made already, beat by beat
    root = exporter.parse()
    for encoding in root.iter("encoding"):
        for date in encoding.findall("encoding-date"):
            encoding.remove(date)
    add_sounds(root, {f"P{number + 1}": part for number, part in enumerate(parts)})
    indent(root)
    progress(1, 1)
    written: bytes = tostring(root, encoding="utf-8")
    return _HEAD + written + b"\n"


def compressed(document: bytes) -> bytes:
    """The same as a .mxl file."""
    container = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        b'<rootfile full-path="score.musicxml" media-type="application/vnd.recordare.musicxml+xml"/>'
        b"</rootfiles></container>\n"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("META-INF/container.xml", container), ("score.musicxml", document)):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _score(music: Music, progress: Progress) -> tuple[Any, list[Part]]:
    """Return the score, and the part that each of its staves belongs to."""
    music21.defaults.author = ""
    score = stream.Score()
    score.insert(0, metadata.Metadata(movementName=music.title))
    bars, swing = bars_of(music), swing_of(music.parts)
    beats = frozenset() if swing else even_beats(bars)
    written = [
        (part, staff, with_triplets(bars, triplets))
        for part in music.parts or (_NOBODY,)
        for triplets in (triplet_beats(part.notes, beats),)
        for staff in staves(part, [straightened(each, swing) for each in tones_of(part)], triplets)
    ]
    for number, (part, staff, its_bars) in enumerate(written):
        made = _part(number, part, staff, its_bars)
        score.insert(0, made)
        progress(number + 1, len(written) + 1)
    parts = [part for part, *_ in written]
    _brace(score, parts)
    _mark(score.parts[0], music, bars)
    return score, parts


def _part(number: int, part: Part, staff: Staff, bars: Sequence[Bar]) -> Any:
    made = stream.PartStaff(id=f"P{number + 1}")
    made.partName, made.partAbbreviation = part.name, _label(part.name)
    made.insert(0, _instrument(number, part))
    lines = [by_bar(line, bars) for line in staff.layers]
    for bar in bars:
        measure = stream.Measure(number=bar.number + 1)
        for sign in _signs(bar, bars, staff, part):
            measure.insert(0, sign)
        fill(measure, bar, [line[bar.number] for line in lines], is_drums=part.is_drums)
        if bar is bars[-1]:
            measure.rightBarline = "final"
        made.insert(bar.start / STEPS_PER_BEAT, measure)
    if not part.is_drums:
        made.makeAccidentals(inPlace=True, cautionaryNotImmediateRepeat=False)
    beam(made)
    return made


def _signs(bar: Bar, bars: Sequence[Bar], staff: Staff, part: Part) -> Iterator[Any]:
    """The clef at the beginning, key and metre where they change."""
    before = bars[bar.number - 1] if bar.number else None
    if before is None:
        yield getattr(clef, staff.clef)()
    if not part.is_drums and (before is None or bar.sharps != before.sharps):
        yield key.KeySignature(bar.sharps)
    if before is None or bar.signature != before.signature:
        yield meter.TimeSignature(bar.signature)


def _label(name: str) -> str:
    return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1].rstrip()}."


def _instrument(number: int, part: Part) -> Any:
    made = instrument.UnpitchedPercussion() if part.is_drums else instrument.Instrument()
    made.partName = made.instrumentName = part.name
    made.partId, made.instrumentId = f"P{number + 1}", f"P{number + 1}-I1"
    # music21 would have no two parts share a channel; `add_sounds` puts them right.
    made.midiChannel, made.midiProgram = number, part.program
    return made


def _brace(score: Any, parts: Sequence[Part]) -> None:
    """Join the two staves of one part."""
    made = list(score.parts)
    for number, (upper, lower) in enumerate(pairwise(parts)):
        if upper is lower:
            group = layout.StaffGroup(made[number : number + 2], name=upper.name, symbol="brace")
            score.insert(0, group)


def _mark(part: Any, music: Music, bars: Sequence[Bar]) -> None:
    """Tempi and markers above the topmost staff."""
    measures = list(part.getElementsByClass(stream.Measure))
    for pulse, bpm in landmarks(music.tempos):
        sign = tempo.MetronomeMark(number=round(bpm, 2))
        _insert(measures, bars, pulse, sign)
    for pulse, text in music.markers:
        _insert(measures, bars, pulse, music21.expressions.RehearsalMark(text))


def landmarks(tempos: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Changes of tempo as they are written: of a glide, changes not a beat apart, where it begins and ends."""
    around = pairwise([-math.inf, *(pulse for pulse, _ in tempos), math.inf])
    is_step = [after - before > PULSES_PER_BEAT for before, after in around]
    return [each for each, steps in zip(tempos, pairwise(is_step), strict=True) if any(steps)]


def _insert(measures: Sequence[Any], bars: Sequence[Bar], pulse: int, thing: Any) -> None:
    beat = pulse / PULSES_PER_BEAT
    bar = [each for each in bars if each.start <= beat * STEPS_PER_BEAT][-1]
    measures[bar.number].insert(beat - bar.start / STEPS_PER_BEAT, thing)
