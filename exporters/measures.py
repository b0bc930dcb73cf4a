"""Bars of notes and rests as music21 has them: layers as voices, ties over bar lines, drums as signs, beams by the beat."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from statistics import fmean
from typing import Any, NamedTuple

import music21
from music21 import duration, note, percussion, stream

from exporters.beats import Beat, Grid
from exporters.grid import Chord
from exporters.percussion import sign_of
from exporters.playback import mark
from exporters.staves import sharps_of, spelled
from exporters.tones import Tone
from exporters.values import is_plain, pieces
from models.music import Metre, Music
from models.notes import PULSES_PER_BEAT, PULSES_PER_TICK
from models.take import Key


class Bar(NamedTuple):
    """One bar, in pulses; `sharps` of its key, below 0 flats, `triplets` its beats in three, counted from 0."""

    number: int
    start: int
    length: int
    metre: Metre
    sharps: int = 0
    triplets: frozenset[int] = frozenset()

    @property
    def signature(self) -> str:
        """Its metre, such as 4/4."""
        return f"{self.metre.beats}/{self.metre.unit}"

    @property
    def is_short(self) -> bool:
        """Whether it is cut before its metre is full."""
        return self.length < self.metre.bar_pulses

    @property
    def is_compound(self) -> bool:
        """Whether three eighths are a beat."""
        return self.metre.unit == 8 and self.metre.beats % 3 == 0

    def pieces(self, start: int, length: int) -> list[int]:
        """Note values that write a length in it."""
        return pieces(start, length, compound=self.is_compound, triplets=self.triplets)


class Piece(NamedTuple):
    """What of a chord is one written note: tied to the piece before, to the one after, or both.

    `sharps` are those of the key it began in: what is tied keeps its name.
    """

    start: int
    length: int
    tones: tuple[Tone, ...]
    from_before: bool
    to_after: bool
    sharps: int = 0


def bars_of(music: Music) -> list[Bar]:
    """All bars; at least one. A key that changes within a bar is signed at the next."""
    keys = music.keys or ((0, Key(sharps_of(music.parts))),)
    lines = music.bar_lines()
    if len(lines) == 1:
        lines = [0, music.metres[0].bar_pulses]
    changes, signed = [metre.pulse for metre in music.metres], [pulse for pulse, _ in keys]
    made = []
    for number, (start, end) in enumerate(pairwise(lines)):
        metre = music.metres[bisect_right(changes, start) - 1]
        _, key = keys[max(bisect_right(signed, start) - 1, 0)]
        made.append(Bar(number, start, end - start, metre, key.sharps))
    return made


def beats_of(bars: Sequence[Bar]) -> list[Beat]:
    """The quarters of all bars, and what is left of one at a bar's end."""
    return [
        Beat(bar.start + at, length, unit, not bar.is_compound and length == PULSES_PER_BEAT)
        for bar in bars
        for unit in (min(PULSES_PER_TICK, 4 * PULSES_PER_BEAT // bar.metre.unit),)
        for at in range(0, bar.length, PULSES_PER_BEAT)
        for length in (min(PULSES_PER_BEAT, bar.length - at),)
    ]


def with_triplets(bars: Sequence[Bar], grid: Grid) -> list[Bar]:
    """The bars with the beats that a part plays in three."""
    made, first = [], 0
    for bar in bars:
        count = -(-bar.length // PULSES_PER_BEAT)
        inside = (beat for beat in range(count) if grid.is_in_three(first + beat))
        made.append(bar._replace(triplets=frozenset(inside)))
        first += count
    return made


def by_bar(line: Sequence[Chord], bars: Sequence[Bar]) -> list[list[Piece]]:
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
            made[bar.number] += _pieces(chord, bar, bars[number].sharps)
    return made


def _pieces(chord: Chord, bar: Bar, sharps: int) -> Iterator[Piece]:
    at, end = max(chord.start, bar.start), min(chord.end, bar.start + bar.length)
    for length in bar.pieces(at - bar.start, end - at):
        yield Piece(at - bar.start, length, chord.tones, at > chord.start, at + length < chord.end, sharps)
        at += length


class Pen(NamedTuple):
    """How the notes of a part are written: as drum signs, or `octaves` above where they sound."""

    is_drums: bool
    octaves: int = 0


def fill(measure: Any, bar: Bar, lines: Sequence[list[Piece]], pen: Pen) -> None:
    """Write a bar: one layer straight into it, two as voices, of which the second shows no rests."""
    sounding = [line for line in lines if line]
    if len(sounding) < 2:
        for at, thing in _written(sounding[0] if sounding else [], bar, pen):
            measure.insert(at, thing)
        return
    if not pen.is_drums:  # the higher line is the first, its stems up
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
    """Notes with the rests between them, at their quarters in the bar; triplets in brackets."""
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
    """The same, at their pulses in the bar."""
    at = 0
    for piece in (*line, Piece(bar.length, 0, (), False, False)):
        for length in bar.pieces(at, piece.start - at):
            yield at, note.Rest(duration=_duration(length))
            at += length
        if piece.length:
            yield at, _note(piece, pen)
        at += piece.length


def _duration(pulses: int) -> Any:
    """A plain value, or one of a triplet of eighths."""
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
    """Beam what is within a beat, in every bar and voice of a part."""
    signature = None
    for measure in part.getElementsByClass(stream.Measure):
        signature = measure.timeSignature or signature
        for line in measure.voices or [measure]:
            _beam_line(line, signature)


def _beam_line(line: Any, signature: Any) -> None:
    things = list(line.notesAndRests)
    groups = signature.getBeams(things)
    if not _all_end(groups):  # as music21 leaves them in bars of less than a quarter
        return
    for thing, group in zip(things, groups, strict=True):
        if group is not None and not thing.isRest:
            thing.beams = group


def _all_end(groups: Sequence[Any]) -> bool:
    """Whether every beam that begins has an end."""
    open_beams: set[int] = set()
    for group in groups:
        for each in group or ():
            if each.type == "start":
                open_beams.add(each.number)
            elif each.type == "stop":
                open_beams.discard(each.number)
    return not open_beams
