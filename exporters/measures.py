"""Write bars as music21 objects: layers as voices, ties over bar lines, drums as signs, beams within beats."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from statistics import fmean
from typing import Any, NamedTuple

import music21
from music21 import duration, note, percussion, stream

from exporters.bars import Bar, Piece
from exporters.percussion import sign_of
from exporters.playback import mark
from exporters.staves import spelled
from exporters.tones import Tone
from exporters.values import is_plain
from models.notes import PULSES_PER_BEAT


class Pen(NamedTuple):
    """How the notes of a part are written: as drum signs, or `octaves` above their sound."""

    is_drums: bool
    octaves: int = 0


def fill(measure: Any, bar: Bar, lines: Sequence[list[Piece]], pen: Pen) -> None:
    """Write a bar. One layer goes directly into the measure; two become voices, the second without visible rests."""
    sounding = [line for line in lines if line]
    if len(sounding) < 2:
        for at, thing in _written(sounding[0] if sounding else [], bar, pen):
            measure.insert(at, thing)
        return
    if not pen.is_drums:  # the first line is the higher one, with stems up
        sounding.sort(key=lambda line: -fmean(tone.pitch for piece in line for tone in piece.tones))
    for number, line in enumerate(sounding):
        voice = stream.Voice(id=str(number + 1))
        for at, thing in _written(line, bar, pen):
            if number and isinstance(thing, note.Rest):
                thing.style.hideObjectOnPrint = True
            if not isinstance(thing, note.Rest):
                thing.stemDirection = "down" if number else "up"
            voice.insert(at, thing)
        measure.insert(0, voice)


def _written(line: Sequence[Piece], bar: Bar, pen: Pen) -> Iterator[tuple[Fraction, Any]]:
    """Yield notes and the rests between them, with their positions in the bar in quarters. Triplets get brackets."""
    if not line:
        rest = note.Rest(quarterLength=bar.length / PULSES_PER_BEAT)
        rest.fullMeasure = True
        yield Fraction(0), rest
        return
    for _, beat in groupby(_things(line, bar, pen), lambda each: each[0] // PULSES_PER_BEAT):
        placed = list(beat)
        in_three = [thing.duration.tuplets[0] for _, thing in placed if thing.duration.tuplets]
        if in_three:
            in_three[0].type, in_three[-1].type = "start", "stop"
        for at, thing in placed:
            yield Fraction(at, PULSES_PER_BEAT), thing


def _things(line: Sequence[Piece], bar: Bar, pen: Pen) -> Iterator[tuple[int, Any]]:
    """Yield notes and rests with their positions in the bar in pulses."""
    at = 0
    for piece in (*line, Piece(bar.length, 0, (), False, False)):
        for length in bar.pieces(at, piece.start - at):
            yield at, note.Rest(duration=_duration(length))
            at += length
        if piece.length:
            yield at, _note(piece, pen)
        at += piece.length


def _duration(pulses: int) -> Any:
    """Return the duration of a plain note value, or of one in a triplet of eighths."""
    if is_plain(pulses):
        return duration.Duration(pulses / PULSES_PER_BEAT)
    made = duration.Duration(pulses * 3 / 2 / PULSES_PER_BEAT)
    made.appendTuplet(duration.Tuplet(3, 2, "eighth"))
    return made


def _note(piece: Piece, pen: Pen) -> Any:
    length = _duration(piece.length)
    if pen.is_drums:
        hits = [_hit(tone, length) for tone in piece.tones]
        return hits[0] if len(hits) == 1 else percussion.PercussionChord(hits, duration=length)
    notes = [_pitched(tone, length, piece.sharps, pen.octaves) for tone in piece.tones]
    made = notes[0] if len(notes) == 1 else music21.chord.Chord(notes, duration=length)
    if piece.from_before or piece.to_after:
        kind = {(False, True): "start", (True, True): "continue", (True, False): "stop"}
        made.tie = music21.tie.Tie(kind[piece.from_before, piece.to_after])
    return made


def _pitched(tone: Tone, length: Any, sharps: int, octaves: int) -> Any:
    name, octave = spelled(tone.pitch + 12 * octaves, sharps)
    made = note.Note(music21.pitch.Pitch(name, octave=octave), duration=length)
    made.id = mark(tone)
    return made


def _hit(tone: Tone, length: Any) -> Any:
    sign = sign_of(tone.pitch)
    made = note.Unpitched(displayName=sign.place, duration=length)
    made.notehead = sign.head
    made.id = mark(tone)
    return made


def beam(part: Any) -> None:
    """Beam the notes within each beat, in every bar and voice of a part."""
    signature = None
    for measure in part.getElementsByClass(stream.Measure):
        signature = measure.timeSignature or signature
        for line in measure.voices or [measure]:
            _beam_line(line, signature)


def _beam_line(line: Any, signature: Any) -> None:
    things = list(line.notesAndRests)
    groups = signature.getBeams(things)
    if not _all_end(groups):  # music21 leaves beams without an end in bars of less than a quarter
        return
    for thing, group in zip(things, groups, strict=True):
        if group is not None and not thing.isRest:
            thing.beams = group


def _all_end(groups: Sequence[Any]) -> bool:
    """Return whether every beam that begins has an end."""
    open_beams: set[int] = set()
    for group in groups:
        for each in group or ():
            if each.type == "start":
                open_beams.add(each.number)
            elif each.type == "stop":
                open_beams.discard(each.number)
    return not open_beams
