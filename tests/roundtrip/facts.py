"""The facts that a reader returns about music, and how far two readers agree."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from exporters.tones import tones_of
from models.music import Metre, Music

MetreAt = tuple[int, int, int]
"""(pulse, beats, unit)"""


class Note(NamedTuple):
    """One note, whatever its part."""

    pulse: int
    pitch: int
    length: int
    velocity: int
    program: int
    is_drums: bool


class Facts(NamedTuple):
    """All notes and metres of a file as a reader returns them."""

    notes: Counter[Note]
    metres: tuple[MetreAt, ...]


def facts_of(music: Music) -> Facts:
    """What music itself says; a part on the tenth channel counts as drums for those that know no other rule."""
    notes = Counter(
        Note(tone.pulse, tone.pitch, tone.length, tone.velocity, tone.program, part.channel == 10)
        for part in music.parts
        for tone in tones_of(part)
    )
    return Facts(notes, changes(music.metres))


def changes(metres: Iterable[Metre | MetreAt]) -> tuple[MetreAt, ...]:
    """Metres where they change: the same again says where a bar is short, which a reader need not tell."""
    kept: list[MetreAt] = []
    for pulse, beats, unit in metres:
        if not kept or kept[-1][1:] != (beats, unit):
            kept.append((pulse, beats, unit))
    return tuple(kept)


def of_kind(notes: Counter[Note], *, is_drums: bool) -> Counter[Note]:
    """Return only the drums, or everything except them."""
    return Counter({note: count for note, count in notes.items() if note.is_drums == is_drums})


def differing(wanted: Counter[Note], read: Counter[Note], *fields: str) -> int:
    """Return how many notes are missing or extra, compared by these fields only."""
    one, other = _only(wanted, fields), _only(read, fields)
    return max((one - other).total(), (other - one).total())


def _only(notes: Counter[Note], fields: tuple[str, ...]) -> Counter[tuple[int, ...]]:
    kept: Counter[tuple[int, ...]] = Counter()
    for note, count in notes.items():
        kept[tuple(getattr(note, field) for field in fields)] += count
    return kept
