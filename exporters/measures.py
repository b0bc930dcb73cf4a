"""Bars of notes and rests as music21 has them: layers as voices, ties over bar lines, drums as signs, beams by the beat."""

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from statistics import fmean
from typing import Any, NamedTuple

import music21
from music21 import duration, note, percussion, stream

from exporters.grid import Chord, Tone, pieces
from exporters.percussion import sign_of
from exporters.playback import mark
from exporters.staves import sharps_of, spelled
from exporters.triplets import STEPS_PER_BEAT, STEPS_PER_TICK
from models.music import Music
from models.notes import PULSES_PER_TICK
from models.take import Key


class Bar(NamedTuple):
    """One bar in steps; `signature` such as 4/4, `sharps` of its key, below 0 flats, `triplets` its beats in three."""

    number: int
    start: int
    length: int
    signature: str
    sharps: int = 0
    triplets: frozenset[int] = frozenset()

    @property
    def is_compound(self) -> bool:
        """Whether three eighths are a beat."""
        beats, _, unit = self.signature.partition("/")
        return unit == "8" and int(beats) % 3 == 0

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
    made = []
    for number, (start, end) in enumerate(pairwise(lines)):
        metre = [each for each in music.metres if each.pulse <= start][-1]
        first, last = _on_grid(start), _on_grid(end)
        key = next((key for pulse, key in reversed(keys) if pulse <= start), keys[0][1])
        made.append(Bar(number, first, last - first, f"{metre.beats}/{metre.unit}", key.sharps))
    return made


def _on_grid(line: int) -> int:
    """The step of the sixteenth nearest to a bar line; of two, the later, so that no bar is without length."""
    return (line + PULSES_PER_TICK // 2) // PULSES_PER_TICK * STEPS_PER_TICK


def even_beats(bars: Sequence[Bar]) -> frozenset[int]:
    """Beats from the beginning that lie as quarters in their bars, so that they can be divided in three."""
    return frozenset(
        beat
        for bar in bars
        if not bar.is_compound and bar.start % STEPS_PER_BEAT == 0
        for beat in range(bar.start // STEPS_PER_BEAT, (bar.start + bar.length) // STEPS_PER_BEAT)
    )


def with_triplets(bars: Sequence[Bar], beats: Collection[int]) -> list[Bar]:
    """The bars of a part that plays these beats, counted from the beginning, in three."""
    made = []
    for bar in bars:
        first, count = bar.start // STEPS_PER_BEAT, bar.length // STEPS_PER_BEAT
        inside = (beat for beat in range(count) if first + beat in beats)
        made.append(bar._replace(triplets=frozenset(inside)))
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


def fill(measure: Any, bar: Bar, lines: Sequence[list[Piece]], *, is_drums: bool) -> None:
    """Write a bar: one layer straight into it, two as voices, of which the second shows no rests."""
    sounding = [line for line in lines if line]
    if len(sounding) < 2:
        for at, thing in _written(sounding[0] if sounding else [], bar, is_drums):
            measure.insert(at, thing)
        return
    if not is_drums:  # the higher line is the first, its stems up
        sounding.sort(key=lambda line: -fmean(tone.pitch for piece in line for tone in piece.tones))
    for number, line in enumerate(sounding):
        voice = stream.Voice(id=str(number + 1))
        for at, thing in _written(line, bar, is_drums):
            if number and isinstance(thing, note.Rest):
                thing.style.hideObjectOnPrint = True
            if not isinstance(thing, note.Rest):
                thing.stemDirection = "down" if number else "up"
            voice.insert(at, thing)
        measure.insert(0, voice)


def _written(line: Sequence[Piece], bar: Bar, is_drums: bool) -> Iterator[tuple[Fraction, Any]]:
    """Notes with the rests between them, at their quarters in the bar; triplets in brackets."""
    if not line:
        rest = note.Rest(quarterLength=bar.length / STEPS_PER_BEAT)
        rest.fullMeasure = True
        yield Fraction(0), rest
        return
    for _, beat in groupby(_things(line, bar, is_drums), lambda each: each[0] // STEPS_PER_BEAT):
        placed = list(beat)
        in_three = [thing.duration.tuplets[0] for _, thing in placed if thing.duration.tuplets]
        if in_three:
            in_three[0].type, in_three[-1].type = "start", "stop"
        for at, thing in placed:
            yield Fraction(at, STEPS_PER_BEAT), thing


def _things(line: Sequence[Piece], bar: Bar, is_drums: bool) -> Iterator[tuple[int, Any]]:
    """The same, at their steps."""
    at = 0
    for piece in (*line, Piece(bar.length, 0, (), False, False)):
        for length in bar.pieces(at, piece.start - at):
            yield at, note.Rest(duration=_duration(length))
            at += length
        if piece.length:
            yield at, _note(piece, is_drums)
        at += piece.length


def _duration(steps: int) -> Any:
    """A plain value, or one of a triplet of eighths."""
    if steps % STEPS_PER_TICK == 0:
        return duration.Duration(steps / STEPS_PER_BEAT)
    made = duration.Duration(steps * 3 / 2 / STEPS_PER_BEAT)
    made.appendTuplet(duration.Tuplet(3, 2, "eighth"))
    return made


def _note(piece: Piece, is_drums: bool) -> Any:
    length = _duration(piece.length)
    made = [(_hit if is_drums else _pitched)(tone, length, piece.sharps) for tone in piece.tones]
    chord = percussion.PercussionChord if is_drums else music21.chord.Chord
    whole = made[0] if len(made) == 1 else chord(made, duration=length)
    if not is_drums and (piece.from_before or piece.to_after):
        kind = {(False, True): "start", (True, True): "continue", (True, False): "stop"}
        whole.tie = music21.tie.Tie(kind[piece.from_before, piece.to_after])
    return whole


def _pitched(tone: Tone, length: Any, sharps: int) -> Any:
    name, octave = spelled(tone.pitch, sharps)
    made = note.Note(music21.pitch.Pitch(name, octave=octave), duration=length)
    made.id = mark(tone)
    return made


def _hit(tone: Tone, length: Any, _: int) -> Any:
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
    for thing, group in zip(things, groups, strict=True):
        if group is not None and not thing.isRest:
            thing.beams = group
