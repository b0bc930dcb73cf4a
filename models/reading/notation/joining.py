"""Turn the written notes of one part into sounds: join ties and give grace notes their time."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.music import Sound
from models.reading.notation.written import Note

# A grace note lasts a sixth of a beat, or less if the note before it is too short.
GRACE_PULSES: Final = 80
# A note may begin this many pulses away from the end of the note it is tied to, because durations are rounded.
_NEAR: Final = (-1, 1, -2, 2)
# At most this many notes that begin together in a voice are shortened: MIDI has no more pitches.
_MOST_SHORTENED: Final = 128


@dataclass(slots=True)
class _Struck:
    """A note with its start and end in the piece, in pulses."""

    start: int
    end: int
    note: Note


def sounds(bars: Iterable[tuple[int, Sequence[Note]]]) -> tuple[Sound, ...]:
    """Return the sounds of bars in order. Each bar comes with the pulse at which it begins."""
    plain: list[_Struck] = []
    graces: list[_Struck] = []
    for pulse, notes in bars:
        for note in notes:
            start = pulse + round(note.at)
            struck = _Struck(start, pulse + round(note.at + note.length), note)
            (graces if note.grace else plain).append(struck)
    plain.sort(key=lambda each: each.start)
    heard = _joined(plain)
    if graces:
        heard += _placed(graces, heard)
    return tuple(
        sorted(
            Sound(each.start, max(each.end - each.start, 1), each.note.pitch, each.note.velocity)
            for each in heard
        )
    )


def _joined(struck: list[_Struck]) -> list[_Struck]:
    """Join each tied note to the one before it: a note of the same pitch, in any voice, that ends where this one begins."""
    joined: list[_Struck] = []
    tied: defaultdict[tuple[int, int], list[_Struck]] = defaultdict(list)  # by pitch and end
    for each in struck:
        pitch, goes_on = each.note.pitch, each
        near = (pitch, each.start), *((pitch, each.start + by) for by in _NEAR)
        before = next((tied[key] for key in near if tied.get(key)), None) if each.note.ties_back else None
        if before:
            goes_on = before.pop()
            goes_on.end = max(goes_on.end, each.end)
        else:
            joined.append(each)
        if each.note.ties_on:
            tied[pitch, goes_on.end].append(goes_on)
    return joined


def _placed(graces: list[_Struck], heard: list[_Struck]) -> list[_Struck]:
    """Place grace notes before their main note, which does not move. The note before them in their voice is shortened.

    At the beginning of the piece there is no time for them, so they begin together with their main note.
    """
    voices: defaultdict[str, list[_Struck]] = defaultdict(list)
    for each in heard:
        voices[each.note.voice].append(each)
    starts = {voice: [each.start for each in line] for voice, line in voices.items()}
    groups: defaultdict[tuple[int, str], list[_Struck]] = defaultdict(list)
    for each in graces:
        groups[each.start, each.note.voice].append(each)
    for (pulse, voice), group in groups.items():
        line, begun = voices[voice], starts.get(voice, [])
        index = bisect_left(begun, pulse)
        before = begun[index - 1] if index else 0
        number = max(each.note.grace for each in group)
        step = min(GRACE_PULSES, (pulse - before) // 2 // number)
        for each in group:
            each.start = pulse - step * (number - each.note.grace + 1)
            each.end = each.start + (step or GRACE_PULSES)
        _shorten(line, index, pulse, pulse - step * number)
    return graces


def _shorten(line: list[_Struck], index: int, pulse: int, end: int) -> None:
    """Shorten the last notes of a voice that begin before `end` and end by `pulse`, so that they end at `end`."""
    for _ in range(_MOST_SHORTENED):
        if not index or end <= line[index - 1].start:
            break
        index -= 1
        if end < line[index].end <= pulse:
            line[index].end = end
        if index and line[index - 1].start != line[index].start:
            break
