"""How much music a file of each kind holds, so that it is told before work begins."""

from pathlib import Path
from typing import Final, NamedTuple

from exporters.writing import WriteError
from models.music import Music
from models.notes import PULSES_PER_BAR

_PICTURE_BARS: Final = 512
# Of four parts; of more, in proportion less: half an hour of it is gigabytes in the making.
_SCORE_BARS: Final = 2048
# The same on one page, which is as high as an engraver makes it.
_PAGE_BARS: Final = 256
_FEW_PARTS: Final = 4
# Notes and what stands above the staves: of 2,048 bars of edmd's own music. A thousand take a second and 14 MB.
_SCORE_MARKS: Final = 120_000
_PAGE_MARKS: Final = 30_000
# More than any orchestra has: each is a staff in every system.
_SCORE_PARTS: Final = 128
# Controllers, bends and programs: a thousand take 25 ms of a synthesiser.
_MOST_CONTROLS: Final = 300_000
# What the header of a MIDI file can count, and its first track.
_MIDI_PARTS: Final = 65_534
_ONE_PAGE: Final = (".svg", ".png")
_AUDIO_HOURS: Final = 6.0  # more is no WAV file


class Extent(NamedTuple):
    """How long music is, how many parts it has, how many notes, tempi, markers and the like, and how many controllers."""

    bars: int
    parts: int
    seconds: float
    marks: int = 0
    controls: int = 0


def extent_of(music: Music, kind: str) -> Extent:
    """Of music that is there; a picture counts bars of four beats."""
    bars = -(-music.end_pulse // PULSES_PER_BAR) if kind == "picture" else music.bars
    told = (music.tempos, music.markers, music.metres, music.keys, *(part.notes for part in music.parts))
    controls = sum(len(part.controls) for part in music.parts)
    return Extent(bars, len(music.parts), music.seconds, sum(map(len, told)), controls)


def check_extent(path: Path, kind: str, extent: Extent) -> None:
    """Raise WriteError where `path` cannot hold so much."""
    hours = extent.seconds / 3600
    if kind == "audio" and hours > _AUDIO_HOURS:
        raise WriteError(
            f"cannot write {path}: {hours:.1f} hours of audio are too many; "
            f"choose bars of up to {_AUDIO_HOURS:g} with --loop"
        )
    if kind == "midi" and extent.parts > _MIDI_PARTS:
        raise WriteError(
            f"cannot write {path}: a MIDI file holds {_MIDI_PARTS:,} parts; it has {extent.parts:,}"
        )
    if kind in {"audio", "picture"} and extent.controls > _MOST_CONTROLS:
        raise WriteError(
            f"cannot write {path}: {extent.controls:,} controllers and bends are too many; the most are {_MOST_CONTROLS:,}; "
            f"choose some bars with --loop"
        )
    if kind == "score":
        _check_score(path, extent)
    most, place = _most_bars(path, kind, extent.parts)
    if most is not None and extent.bars > most:
        raise WriteError(
            f"cannot write {path}: {extent.bars} bars do not fit {place}; choose up to {most} with --loop"
        )


def _check_score(path: Path, extent: Extent) -> None:
    most, place = (_PAGE_MARKS, "page") if path.suffix.lower() in _ONE_PAGE else (_SCORE_MARKS, "score")
    if extent.parts > _SCORE_PARTS:
        raise WriteError(f"cannot write {path}: a score holds {_SCORE_PARTS} parts; it has {extent.parts:,}")
    if extent.marks > most:
        raise WriteError(
            f"cannot write {path}: {extent.marks:,} notes and signs do not fit one {place}, {most:,} do; "
            f"choose some bars with --loop"
        )


def _most_bars(path: Path, kind: str, parts: int) -> tuple[int | None, str]:
    """How many bars there may be, and where."""
    if kind == "picture":
        return _PICTURE_BARS, "one picture"
    if kind != "score":
        return None, ""
    if path.suffix.lower() in _ONE_PAGE:
        return _shared(_PAGE_BARS, parts), "one page, as .pdf they may"
    return _shared(_SCORE_BARS, parts), "one score"


def _shared(bars: int, parts: int) -> int:
    return max(bars * _FEW_PARTS // max(parts, _FEW_PARTS), 1)
