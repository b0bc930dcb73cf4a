"""The limits of music in each kind of file, checked before work begins."""

from pathlib import Path
from typing import Final, NamedTuple

from exporters.writing import WriteError
from models.music import Music
from models.notes import PULSES_PER_BAR

_PICTURE_BARS: Final = 512
# For up to four parts; with more parts, fewer in proportion. Half an hour of score needs gigabytes of memory.
_SCORE_BARS: Final = 2048
# The same for a single page, whose height the engraver limits.
_PAGE_BARS: Final = 256
_FEW_PARTS: Final = 4
# Notes, and signs above the staves: as many as in 2,048 bars of edmd's own music. A thousand take a second and 14 MB.
_SCORE_MARKS: Final = 120_000
_PAGE_MARKS: Final = 30_000
# More than any orchestra has. Every part is a staff in every system.
_SCORE_PARTS: Final = 128
# Controllers, bends and programs. A synthesiser takes 25 ms for a thousand.
_MOST_CONTROLS: Final = 300_000
# The header of a MIDI file can count 65,535 tracks, one of which is the tempo track.
_MIDI_PARTS: Final = 65_534
_ONE_PAGE: Final = (".svg", ".png")
_AUDIO_HOURS: Final = 6.0  # a WAV file cannot hold much more


class Extent(NamedTuple):
    """The size of music. `marks` counts notes, tempos, markers, metres and keys; `controls` counts controllers."""

    bars: int
    parts: int
    seconds: float
    marks: int = 0
    controls: int = 0


def extent_of(music: Music, kind: str) -> Extent:
    """Return the extent of music. For a picture, bars are counted as four beats."""
    bars = -(-music.end_pulse // PULSES_PER_BAR) if kind == "picture" else music.bars
    marks = (music.tempos, music.markers, music.metres, music.keys, *(part.notes for part in music.parts))
    controls = sum(len(part.controls) for part in music.parts)
    return Extent(bars, len(music.parts), music.seconds, sum(map(len, marks)), controls)


def check_extent(path: Path, kind: str, extent: Extent) -> None:
    """Raise WriteError if a file of this kind and suffix cannot hold this extent."""
    hours = extent.seconds / 3600
    if kind == "audio" and hours > _AUDIO_HOURS:
        raise WriteError(
            f"cannot write {path}: {hours:.1f} hours of audio are too many; "
            f"choose bars of up to {_AUDIO_HOURS:g} hours with --loop"
        )
    if kind == "midi" and extent.parts > _MIDI_PARTS:
        raise WriteError(
            f"cannot write {path}: the music has {extent.parts:,} parts; a MIDI file holds at most {_MIDI_PARTS:,}"
        )
    if kind in {"audio", "picture"} and extent.controls > _MOST_CONTROLS:
        raise WriteError(
            f"cannot write {path}: {extent.controls:,} controllers and bends are too many; "
            f"choose bars with at most {_MOST_CONTROLS:,} with --loop"
        )
    if kind == "score":
        _check_score(path, extent)
    most, place, instead = _most_bars(path, kind, extent.parts)
    if most is not None and extent.bars > most:
        raise WriteError(
            f"cannot write {path}: {extent.bars} bars do not fit {place}; choose up to {most} with --loop{instead}"
        )


def _check_score(path: Path, extent: Extent) -> None:
    most, place = (_PAGE_MARKS, "page") if path.suffix.lower() in _ONE_PAGE else (_SCORE_MARKS, "score")
    if extent.parts > _SCORE_PARTS:
        raise WriteError(
            f"cannot write {path}: the music has {extent.parts:,} parts; a score holds at most {_SCORE_PARTS}"
        )
    if extent.marks > most:
        raise WriteError(
            f"cannot write {path}: {extent.marks:,} notes and signs do not fit one {place}; "
            f"choose bars with at most {most:,} with --loop"
        )


def _most_bars(path: Path, kind: str, parts: int) -> tuple[int | None, str, str]:
    """Return the largest number of bars (None: no limit), and for the error message what holds them and another way."""
    if kind == "picture":
        return _PICTURE_BARS, "one picture", ""
    if kind != "score":
        return None, "", ""
    if path.suffix.lower() in _ONE_PAGE:
        return _shared(_PAGE_BARS, parts), "one page", ", or write a .pdf"
    return _shared(_SCORE_BARS, parts), "one score", ""


def _shared(bars: int, parts: int) -> int:
    return max(bars * _FEW_PARTS // max(parts, _FEW_PARTS), 1)
