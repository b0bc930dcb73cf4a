"""Write music as MusicXML: one or two staves for each part, key, metre, tempo, and sections as rehearsal marks."""

import io
import math
import zipfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final
from xml.etree.ElementTree import indent, tostring

import music21
from music21 import clef, instrument, key, layout, metadata, meter, stream, tempo
from music21.musicxml.m21ToXml import ScoreExporter

from exporters.bars import Bar, by_bar
from exporters.layout import Layout, laid_out
from exporters.measures import Pen, beam, fill
from exporters.playback import add_sounds
from exporters.staves import Staff, octaves_above
from models.music import Music, Part
from models.notes import PULSES_PER_BEAT

Progress = Callable[[int, int], None]
_LONGEST_LABEL: Final = 9
_HEAD: Final = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
"""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def musicxml(music: Music, progress: Progress = lambda _, __: None) -> bytes:
    """Return the content of a MusicXML file. The same music gives the same bytes.

    `progress` is called with (steps done, all steps): one step for each staff, and one for the file.
    """
    laid = laid_out(music)
    score, parts = _score(laid, progress), [line.part for line in laid.lines]
    exporter = ScoreExporter(score, makeNotation=False)  # notation was made already, beat by beat
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
    """Return a MusicXML document as the content of a .mxl file."""
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


def _score(laid: Layout, progress: Progress) -> Any:
    music21.defaults.author = ""
    score = stream.Score()
    score.insert(0, metadata.Metadata(movementName=laid.music.title))
    for number, line in enumerate(laid.lines):
        score.insert(0, _part(number, *line))
        progress(number + 1, len(laid.lines) + 1)
    _brace(score, [line.part for line in laid.lines])
    _mark(score.parts[0], laid.music, laid.bars)
    return score


def _part(number: int, part: Part, staff: Staff, bars: Sequence[Bar]) -> Any:
    made = stream.PartStaff(id=f"P{number + 1}")
    made.partName, made.partAbbreviation = part.name, _label(part.name)
    made.insert(0, _instrument(number, part))
    lines = [by_bar(line, bars, is_drums=part.is_drums) for line in staff.layers]
    first = 0 if _is_upbeat(bars) else 1
    pen = Pen(part.is_drums, octaves_above(part))
    for bar in bars:
        measure = stream.Measure(number=bar.number + first)
        if bar.is_short:
            measure.showNumber = stream.enums.ShowNumber.NEVER
        for sign in _signs(bar, bars, staff, part):
            measure.insert(0, sign)
        fill(measure, bar, [line[bar.number] for line in lines], pen)
        if bar is bars[-1]:
            measure.rightBarline = "final"
        made.insert(bar.start / PULSES_PER_BEAT, measure)
    if not part.is_drums:
        made.makeAccidentals(inPlace=True, cautionaryNotImmediateRepeat=False)
    beam(made)
    return made


def _is_upbeat(bars: Sequence[Bar]) -> bool:
    """Return whether the first bar is short and the second has the same metre."""
    return len(bars) > 1 and bars[0].is_short and bars[0].signature == bars[1].signature


def _signs(bar: Bar, bars: Sequence[Bar], staff: Staff, part: Part) -> Iterator[Any]:
    """Yield the clef at the beginning, and key and metre where they change."""
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
    # music21 does not allow two parts to share a channel. `add_sounds` writes the right channels later.
    made.midiChannel, made.midiProgram = number, part.program
    return made


def _brace(score: Any, parts: Sequence[Part]) -> None:
    """Join the two staves of one part with a brace."""
    made = list(score.parts)
    for number, (upper, lower) in enumerate(pairwise(parts)):
        if upper is lower:
            group = layout.StaffGroup(made[number : number + 2], name=upper.name, symbol="brace")
            score.insert(0, group)


def _mark(part: Any, music: Music, bars: Sequence[Bar]) -> None:
    """Write tempos and markers above the top staff."""
    measures = list(part.getElementsByClass(stream.Measure))
    starts = [bar.start for bar in bars]
    signs: list[tuple[int, Any]]
    signs = [(pulse, tempo.MetronomeMark(number=round(bpm, 2))) for pulse, bpm in landmarks(music.tempos)]
    signs += [(pulse, music21.expressions.RehearsalMark(text)) for pulse, text in music.markers]
    for pulse, sign in signs:
        number = bisect_right(starts, pulse) - 1
        measures[number].insert(Fraction(pulse - starts[number], PULSES_PER_BEAT), sign)


def landmarks(tempos: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the tempo changes to write. Of a glide (changes less than a beat apart) only the first and last are kept."""
    around = pairwise([-math.inf, *(pulse for pulse, _ in tempos), math.inf])
    is_step = [after - before > PULSES_PER_BEAT for before, after in around]
    return [each for each, steps in zip(tempos, pairwise(is_step), strict=True) if any(steps)]
