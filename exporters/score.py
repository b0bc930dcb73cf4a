"""Music to MusicXML: a staff or two for each part, key, metre, tempo, sections as rehearsal marks."""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import indent, tostring

import music21
from music21 import clef, instrument, key, layout, metadata, meter, note, percussion, stream, tempo
from music21.musicxml.m21ToXml import ScoreExporter

from exporters.grid import Chord, pieces, straightened, swing_of
from exporters.music import Music, Part
from exporters.percussion import name_drums, sign_of
from exporters.staves import Staff, sharps_of, spelled, staves
from models.notes import PULSES_PER_BEAT, PULSES_PER_TICK, TICKS_PER_BEAT

Progress = Callable[[int, int], None]
_NOBODY: Final = Part("edmd", 1, 0, ())
_LONGEST_LABEL: Final = 9
_HEAD: Final = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
"""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class Bar(NamedTuple):
    """One bar in ticks; `signature` such as 4/4."""

    number: int
    start: int
    length: int
    signature: str


class Piece(NamedTuple):
    """What of a chord is one written note: tied to the piece before, to the one after, or both."""

    start: int
    length: int
    pitches: tuple[int, ...]
    from_before: bool
    to_after: bool


class Hand(NamedTuple):
    """How a part is written: in the key of `sharps`."""

    part: Part
    sharps: int


def musicxml(music: Music, progress: Progress = lambda _, __: None) -> bytes:
    """The MusicXML file's content; the same music gives the same bytes. `progress` hears (bars, of all)."""
    score, parts = _score(music, progress)
    exporter = ScoreExporter(score, makeNotation=False)  # it is made already, beat by beat
    root = exporter.parse()
    for encoding in root.iter("encoding"):
        for date in encoding.findall("encoding-date"):
            encoding.remove(date)
    for number, part in enumerate(parts):
        if part.is_drums:
            name_drums(root, f"P{number + 1}", part)
    indent(root)
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
    bars, sharps, swing = _bars(music), sharps_of(music.parts), swing_of(music.parts)
    written = [
        (part, staff)
        for part in music.parts or (_NOBODY,)
        for staff in staves(part, [straightened(each, swing) for each in part.notes])
    ]
    for number, (part, staff) in enumerate(written):
        made = _part(number, part, staff, bars, sharps)
        score.insert(0, made)
        progress((number + 1) * len(bars), len(written) * len(bars))
    _brace(score, [part for part, _ in written])
    _mark(score.parts[0], music, bars)
    return score, [part for part, _ in written]


def _bars(music: Music) -> list[Bar]:
    lines = music.bar_lines()
    if len(lines) == 1:
        lines = [0, music.metres[0].bar_pulses]
    made = []
    for number, (start, end) in enumerate(pairwise(lines)):
        metre = [each for each in music.metres if each.pulse <= start][-1]
        ticks = round(start / PULSES_PER_TICK), round((end - start) / PULSES_PER_TICK)
        made.append(Bar(number, *ticks, f"{metre.beats}/{metre.unit}"))
    return made


def _part(number: int, part: Part, staff: Staff, bars: Sequence[Bar], sharps: int) -> Any:
    made = stream.PartStaff(id=f"P{number + 1}")
    made.partName, made.partAbbreviation = part.name, _label(part.name)
    made.insert(0, _instrument(number, part))
    lines = [_by_bar(line, bars) for line in staff.layers]
    signature = ""
    for bar in bars:
        measure = stream.Measure(number=bar.number + 1)
        if not bar.number:
            measure.insert(0, getattr(clef, staff.clef)())
            if not part.is_drums:
                measure.insert(0, key.KeySignature(sharps))
        if bar.signature != signature:
            measure.insert(0, meter.TimeSignature(bar.signature))
            signature = bar.signature
        _fill(measure, bar, [line[bar.number] for line in lines], Hand(part, sharps))
        made.insert(bar.start / TICKS_PER_BEAT, measure)
    if not part.is_drums:
        made.makeAccidentals(inPlace=True, cautionaryNotImmediateRepeat=False)
    _beam(made)
    made.getElementsByClass(stream.Measure).last().rightBarline = "final"
    return made


def _label(name: str) -> str:
    return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1].rstrip()}."


def _instrument(number: int, part: Part) -> Any:
    made = instrument.UnpitchedPercussion() if part.is_drums else instrument.Instrument()
    made.partName = made.instrumentName = part.name
    made.partId, made.instrumentId = f"P{number + 1}", f"P{number + 1}-I1"
    made.midiChannel, made.midiProgram = part.channel - 1, part.program
    return made


def _by_bar(line: Sequence[Chord], bars: Sequence[Bar]) -> list[list[Piece]]:
    """The pieces of each bar that a layer is written in."""
    made: list[list[Piece]] = [[] for _ in bars]
    number, last = 0, bars[-1].start + bars[-1].length
    for chord in (
        each._replace(length=min(each.end, last) - each.start) for each in line if each.start < last
    ):
        while number + 1 < len(bars) and bars[number + 1].start <= chord.start:
            number += 1
        for bar in bars[number:]:
            if bar.start >= chord.end:
                break
            made[bar.number] += _pieces(chord, bar)
    return made


def _pieces(chord: Chord, bar: Bar) -> Iterator[Piece]:
    at, end = max(chord.start, bar.start), min(chord.end, bar.start + bar.length)
    for length in pieces(at - bar.start, end - at, compound=_is_compound(bar)):
        yield Piece(at - bar.start, length, chord.pitches, at > chord.start, at + length < chord.end)
        at += length


def _is_compound(bar: Bar) -> bool:
    beats, _, unit = bar.signature.partition("/")
    return unit == "8" and int(beats) % 3 == 0


def _fill(measure: Any, bar: Bar, lines: Sequence[list[Piece]], hand: Hand) -> None:
    """Write a bar: one layer straight into it, two as voices, of which the second shows no rests."""
    sounding = [line for line in lines if line]
    if len(sounding) < 2:
        for at, thing in _written(sounding[0] if sounding else [], bar, hand):
            measure.insert(at, thing)
        return
    if not hand.part.is_drums:  # the higher line is the first, its stems up
        sounding.sort(key=lambda line: -fmean(pitch for piece in line for pitch in piece.pitches))
    for number, line in enumerate(sounding):
        voice = stream.Voice(id=str(number + 1))
        for at, thing in _written(line, bar, hand):
            if number and isinstance(thing, note.Rest):
                thing.style.hideObjectOnPrint = True
            if not isinstance(thing, note.Rest):
                thing.stemDirection = "down" if number else "up"
            voice.insert(at, thing)
        measure.insert(0, voice)


def _written(line: Sequence[Piece], bar: Bar, hand: Hand) -> Iterator[tuple[float, Any]]:
    """Notes with the rests between them, at their quarters in the bar."""
    if not line:
        rest = note.Rest(quarterLength=bar.length / TICKS_PER_BEAT)
        rest.fullMeasure = True
        yield 0.0, rest
        return
    at = 0
    for piece in (*line, Piece(bar.length, 0, (), False, False)):
        for length in pieces(at, piece.start - at, compound=_is_compound(bar)):
            yield at / TICKS_PER_BEAT, note.Rest(quarterLength=length / TICKS_PER_BEAT)
            at += length
        if piece.length:
            yield at / TICKS_PER_BEAT, _note(piece, hand)
        at += piece.length


def _note(piece: Piece, hand: Hand) -> Any:
    length = piece.length / TICKS_PER_BEAT
    if hand.part.is_drums:
        return _hits(piece.pitches, length)
    names = [spelled(pitch, hand.sharps) for pitch in piece.pitches]
    made = (
        note.Note(names[0], quarterLength=length)
        if len(names) == 1
        else music21.chord.Chord(names, quarterLength=length)
    )
    if piece.from_before or piece.to_after:
        kind = {(False, True): "start", (True, True): "continue", (True, False): "stop"}
        made.tie = music21.tie.Tie(kind[piece.from_before, piece.to_after])
    return made


def _hits(pitches: Sequence[int], length: float) -> Any:
    made = []
    for place, pitch in sorted({sign_of(pitch).place: pitch for pitch in pitches}.items()):
        hit = note.Unpitched(displayName=place, quarterLength=length)
        hit.notehead = sign_of(pitch).head
        made.append(hit)
    return made[0] if len(made) == 1 else percussion.PercussionChord(made, quarterLength=length)


def _beam(part: Any) -> None:
    signature = None
    for measure in part.getElementsByClass(stream.Measure):
        signature = measure.timeSignature or signature
        for line in measure.voices or [measure]:
            _beam_line(line, signature)


def _beam_line(line: Any, signature: Any) -> None:
    things = list(line.notesAndRests)
    beams = signature.getBeams(things)
    for thing, beam in zip(things, beams, strict=True):
        if beam is not None and not thing.isRest:
            thing.beams = beam


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
    for pulse, bpm in music.tempos:
        sign = tempo.MetronomeMark(number=round(bpm, 2))
        _insert(measures, bars, pulse, sign)
    for pulse, text in music.markers:
        _insert(measures, bars, pulse, music21.expressions.RehearsalMark(text))


def _insert(measures: Sequence[Any], bars: Sequence[Bar], pulse: int, thing: Any) -> None:
    tick = pulse / PULSES_PER_TICK
    bar = [each for each in bars if each.start <= tick][-1]
    measures[bar.number].insert(pulse / PULSES_PER_BEAT - bar.start / TICKS_PER_BEAT, thing)
