"""Play a written score: put its bars in the order in which they sound, within the limits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from models.music import Metre, Music, Part
from models.notes import BEATS_PER_BAR
from models.reading.limits import Limits, RefusedError, check_extent
from models.reading.notation.channels import channels
from models.reading.notation.joining import sounds
from models.reading.notation.metres import bar_pulses, fitting, is_full
from models.reading.notation.repeats import play_order
from models.reading.notation.tempos import UNWRITTEN_TEMPO
from models.reading.notation.written import Bar, Signs, Staff, Value, Written
from models.take import Key

_COMMON: Final = (BEATS_PER_BAR, 4)
_UNWRITTEN_KEY: Final = Key(0)


class _Played(NamedTuple):
    """A bar as it is played: its index in the score, its first pulse, its length and its metre."""

    bar: int
    pulse: int
    length: int
    metre: tuple[int, int]


def perform(written: Written, limits: Limits) -> Music:
    """Return the music of a score. Raises RefusedError if it exceeds the limits or has no notes."""
    played = _played(written, limits)
    _check_counts(written, played, limits)
    bars = written.bars
    end = played[-1].pulse + played[-1].length if played else 0
    music = Music(
        written.title,
        (),
        _changes(played, written.tempos, UNWRITTEN_TEMPO),
        _texts(played, written.texts),
        end,
        _metres(played, bars),
        _changes(played, written.keys, _UNWRITTEN_KEY),
        tuple(written.remarks),
    )
    check_extent(music, limits)
    staves = [staff for staff in written.staves if any(staff.bars.values())]
    parts = [_part(staff, channel, played) for staff, channel in zip(staves, channels(staves), strict=True)]
    parts = [part for part in parts if part.notes]
    if not parts:
        raise RefusedError("has no notes")
    last = max(note.pulse + note.length for part in parts for note in part.notes)
    return replace(music, parts=tuple(parts), end_pulse=max(end, last))


def _played(written: Written, limits: Limits) -> list[_Played]:
    written_metre: tuple[int, int] | None = None
    lengths: list[int] = []
    metres: list[tuple[int, int]] = []
    for bar in written.bars:
        written_metre = bar.metre or written_metre
        length = bar.length or bar.rests
        metre = written_metre or fitting(round(length), 4) or _COMMON
        fills = not length or bar.is_full or is_full(length, metre)
        lengths.append(bar_pulses(metre) if fills else round(length))
        metres.append(metre)
    played, pulse = [], 0
    marks = [bar.marks for bar in written.bars]
    for index in play_order(marks, limits.bars, written.sections):
        played.append(_Played(index, pulse, lengths[index], metres[index]))
        pulse += lengths[index]
    return played


def _check_counts(written: Written, played: Sequence[_Played], limits: Limits) -> None:
    """Raise RefusedError if repeats would give too many notes or marks."""
    notes, signs = Counter[int](), Counter[int]()
    for staff in written.staves:
        notes.update({index: len(each) for index, each in staff.bars.items()})
    placed: list[Signs[Any]] = [written.tempos, written.keys, written.texts]
    for kind in (*placed, *(staff.programs for staff in written.staves)):
        signs.update({index: len(each) for index, each in kind.items()})
    for counts, most, what in ((notes, limits.notes, "notes"), (signs, limits.signs, "marks")):
        if sum(counts[each.bar] for each in played) > most:
            raise RefusedError(f"plays more than {most:,} {what}")


def _metres(played: Sequence[_Played], bars: Sequence[Bar]) -> tuple[Metre, ...]:
    """Return a metre wherever it changes, and at each bar line that the metre before would not give."""
    metres: list[Metre] = []
    for number, each in enumerate(played):
        if number and _completes(played[number - 1], each, bars):
            continue
        metre = _metre_of(each)
        if not metres or metre != metres[-1][1:] or (each.pulse - metres[-1].pulse) % metres[-1].bar_pulses:
            metres.append(Metre(each.pulse, *metre))
    return tuple(metres) or (Metre(0, BEATS_PER_BAR, 4),)


def _completes(before: _Played, each: _Played, bars: Sequence[Bar]) -> bool:
    """Return whether two short bars make one: a repeat sign stands between them, or the score counts them as one."""
    if before.metre != each.metre or before.length + each.length != bar_pulses(each.metre):
        return False
    is_marked = bars[before.bar].marks.times or bars[each.bar].marks.forward or each.bar != before.bar + 1
    return bool(is_marked or bars[each.bar].is_continued)


def _metre_of(each: _Played) -> tuple[int, int]:
    """Return the metre of a bar. A bar that is longer than its metre gets a metre of its own."""
    if each.length <= bar_pulses(each.metre):
        return each.metre
    return fitting(each.length, each.metre[1]) or each.metre


def _changes(
    played: Sequence[_Played], written: Signs[Value], unwritten: Value
) -> tuple[tuple[int, Value], ...]:
    """Return the changes of a value in playing order. After a jump the value written for that bar applies again.

    `unwritten` applies before the first sign. The result holds it only if the music jumps back to there.
    """
    holds: list[Value] = []
    now = unwritten
    for index in range(max((each.bar for each in played), default=-1) + 1):
        holds.append(now)
        if index in written:
            written[index].sort(key=lambda each: each[0])
            now = written[index][-1][1]
    changes: list[tuple[int, Value]] = []
    for each in played:
        here = [(each.pulse + round(at), value) for at, value in written.get(each.bar, ())]
        before = holds[each.bar]
        came_back = [(each.pulse, before)] if changes or before != unwritten else []
        for pulse, value in [*came_back, *here]:
            if changes and changes[-1][0] >= pulse:
                changes.pop()
            if not changes or changes[-1][1] != value:
                changes.append((pulse, value))
    return tuple(changes)


def _texts(played: Sequence[_Played], texts: Signs[str]) -> tuple[tuple[int, str], ...]:
    return tuple((each.pulse + round(at), text) for each in played for at, text in texts.get(each.bar, ()))


def _part(staff: Staff, channel: int, played: Sequence[_Played]) -> Part:
    notes = sounds((each.pulse, staff.bars[each.bar]) for each in played if each.bar in staff.bars)
    program = staff.program
    controls: tuple[tuple[int, bytes], ...] = ()
    if staff.programs and notes:
        changes = _changes(played, staff.programs, staff.program)
        first = [number for pulse, number in changes if pulse <= notes[0].pulse]
        program = first[-1] if first else program
        controls = tuple(
            (pulse, bytes([0xC0 | channel - 1, number]))
            for pulse, number in changes
            if pulse > notes[0].pulse
        )
    return Part(staff.name, channel, program, notes, controls, staff.is_drums)
