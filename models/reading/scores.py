"""Scores as music: MusicXML, kern and ABC through music21."""

from pathlib import Path
from typing import Any, Final

from models.music import Metre, Music, Part, Sound
from models.notes import PULSES_PER_BEAT
from models.reading.files import read_bytes
from models.reading.limits import LIMITS, Limits, RefusedError, check_extent
from models.reading.text import printable

_VELOCITY: Final = 80


def read_score(path: Path, limits: Limits = LIMITS) -> Music:
    """Read a score; RefusedError tells why it is no music."""
    import music21  # noqa: PLC0415 - slow to import, and few files need it

    read_bytes(path, limits.file_bytes)
    try:
        score: Any = music21.converter.parse(str(path), forceSource=True, storePickle=False)
    except Exception as error:  # music21 lets whatever its readers meet escape
        raise RefusedError(
            f"is not a readable score ({printable(str(error)) or type(error).__name__})"
        ) from error
    if isinstance(score, music21.stream.Opus):
        raise RefusedError("holds several tunes, each needs a file of its own")
    parts = list(getattr(score, "parts", None) or [score])
    read = [_part(part, number) for number, part in enumerate(parts, start=1)]
    sounding = tuple(part for part in read if part.notes)
    if not sounding:
        raise RefusedError("has no notes")
    end = max(note.pulse + note.length for part in sounding for note in part.notes)
    music = Music(printable(path.stem), sounding, (), (), end, _metres(parts[0]))
    check_extent(music, limits)
    return music


def _metres(part: Any) -> tuple[Metre, ...]:
    """Metres of a score; a first bar that is shorter than its metre says is an upbeat, with its metre again after it."""
    signatures = part.flatten().getElementsByClass("TimeSignature")
    metres = [Metre(_pulses(each.offset), each.numerator, each.denominator) for each in signatures]
    if not metres or metres[0].pulse:
        metres.insert(0, Metre(0, 4, 4))
    bars = list(part.getElementsByClass("Measure"))
    if len(bars) > 1 and 0 < _pulses(bars[1].offset) < metres[0].bar_pulses:
        return (metres[0], metres[0]._replace(pulse=_pulses(bars[1].offset)), *metres[1:])
    return tuple(metres)


def _part(part: Any, number: int) -> Part:
    sounds = [
        Sound(_pulses(element.offset), max(_pulses(element.quarterLength), 1), pitch.midi, _VELOCITY)
        for element in part.flatten().stripTies().notes
        for pitch in element.pitches
        if element.quarterLength > 0
    ]
    return Part(
        printable(str(part.partName or "")) or f"part {number}", min(number, 16), 0, tuple(sorted(sounds))
    )


def _pulses(quarters: Any) -> int:
    return round(float(quarters) * PULSES_PER_BEAT)
