"""Prepare music for exporters: add instruments to takes, cut bars, select parts."""

import bisect
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, TypeVar

from exporters.effects import effects_part
from models.effects import EFFECTS, ControlRow
from models.instruments import INSTRUMENTS
from models.music import Music, Part, Sound
from models.notes import BEATS_PER_BAR, CHANNELS, VOICES, Voice
from models.take import Take

Value = TypeVar("Value")

# A metre of at least this many bars is not a temporary change.
_LASTING_BARS: Final = 8


def of_take(take: Take, title: str = "edmd") -> Music:
    """Return a take as music: voices with the take's or default programs, filter sweeps, and the part of its effects."""
    sounds: dict[Voice, list[Sound]] = {voice: [] for voice in VOICES}
    for pulse, length, voice, pitch, velocity in take.notes:
        sounds[voice].append(Sound(pulse, length, pitch, velocity))
    parts = (
        Part(
            voice,
            take.channels.get(voice, CHANNELS[voice]),
            take.programs.get(voice, INSTRUMENTS[voice].program),
            tuple(notes),
            tuple((max(pulse, 0), message) for pulse, lane, message in take.controls if lane == voice),
            is_drums=voice == "drums",
        )
        for voice, notes in sounds.items()
        if notes
    )
    effects = effects_part(_own(take.controls), take.end_pulse)
    ends = [note.pulse + note.length for note in take.notes]
    ends += [note.pulse + note.length for part in effects for note in part.notes]
    ends += [pulse for pulse, _ in (*take.tempos, *take.sections, *take.keys)]
    return Music(
        title,
        (*parts, *effects),
        tuple((max(pulse, 0), tempo) for pulse, tempo in take.tempos),
        tuple((max(pulse, 0), name) for pulse, name in take.sections),
        max([*ends, take.end_pulse]),
        keys=tuple((max(pulse, 0), key) for pulse, key in take.keys),
    )


def _own(controls: Iterable[ControlRow]) -> list[tuple[int, bytes]]:
    """Return the messages of risers and impacts."""
    return [(max(pulse, 0), message) for pulse, lane, message in controls if lane == EFFECTS]


def gathered(music: Music) -> Music:
    """Return the music with bars of four beats instead of long stretches of one-beat bars.

    Such stretches come from a metronome click and not from the music.
    """
    ends = (*(metre.pulse for metre in music.metres[1:]), music.end_pulse)
    metres = tuple(
        metre._replace(beats=BEATS_PER_BAR)
        if metre.beats == 1 and end - metre.pulse >= _LASTING_BARS * metre.bar_pulses
        else metre
        for metre, end in zip(music.metres, ends, strict=True)
    )
    return replace(music, metres=metres)


def only(music: Music, part: Part) -> Music:
    """Return the music with only one part, in the same length."""
    return replace(music, parts=(part,))


def cut(music: Music, first_bar: int, bars: int) -> Music:
    """Return `bars` whole bars from `first_bar` (from 0) on. Notes across the outer bar lines are cut.

    Raises ValueError if the music is shorter.
    """
    lines = music.bar_lines()
    if first_bar + bars > len(lines) - 1:
        raise ValueError(
            f"the music has {len(lines) - 1} bars, counted from 0; it does not have all of the bars "
            f"{first_bar} to {first_bar + bars - 1}"
        )
    start, end = lines[first_bar], lines[first_bar + bars]
    metre = music.metres[bisect.bisect_right([m.pulse for m in music.metres], start) - 1]
    later = (m._replace(pulse=m.pulse - start) for m in music.metres if start < m.pulse < end)
    return replace(
        music,
        parts=tuple(_cut_part(part, start, end) for part in music.parts),
        tempos=_moved(music.tempos, start, end),
        markers=_moved(music.markers, start, end),
        end_pulse=end - start,
        metres=(metre._replace(pulse=0), *later),
        keys=_moved(music.keys, start, end),
    )


def _cut_part(part: Part, start: int, end: int) -> Part:
    inside = (note for note in part.notes if note.pulse < end and note.pulse + note.length > start)
    notes = (
        note._replace(
            pulse=max(note.pulse - start, 0),
            length=min(note.pulse + note.length, end) - max(note.pulse, start),
        )
        for note in inside
    )
    controls = tuple((max(at - start, 0), message) for at, message in part.controls if at < end)
    return part._replace(notes=tuple(notes), controls=controls)


def _moved(entries: Iterable[tuple[int, Value]], start: int, end: int) -> tuple[tuple[int, Value], ...]:
    """Return the value at `start` and every change before `end`, counted from `start`."""
    inside = [(max(at - start, 0), value) for at, value in entries if at < end]
    before = sum(at == 0 for at, _ in inside)
    return tuple(inside[max(before - 1, 0) :])
