"""Reading a MIDI or MusicXML file into tracks of notes on the sixteenth grid."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.notes import TICKS_PER_BEAT

MIDI_SUFFIXES: Final = frozenset({".mid", ".midi"})
SCORE_SUFFIXES: Final = frozenset({".musicxml", ".mxl", ".xml", ".krn", ".abc"})
# An onset counts as on the grid when it is this near to a sixteenth, in ticks.
_NEAR_TICKS: Final = 0.125


class RefusedError(Exception):
    """A file that cannot be learned from, with the reason as its text."""


@dataclass(frozen=True)
class Track:
    """Notes of one instrument as arrays of equal length: onset and length in ticks (whole numbers), pitch, velocity."""

    name: str
    is_drum: bool
    onset: NDArray[np.int64]
    length: NDArray[np.int64]
    pitch: NDArray[np.int64]
    velocity: NDArray[np.int64]


@dataclass(frozen=True)
class Song:
    """A file on the grid; `on_grid` is the share of onsets that lay on a sixteenth before they were moved there."""

    tracks: tuple[Track, ...]
    on_grid: float

    @property
    def ticks(self) -> int:
        """One past the last onset."""
        return max((int(track.onset.max()) + 1 for track in self.tracks if len(track.onset)), default=0)


def is_music(path: Path) -> bool:
    """Whether the suffix is one that can be read."""
    return path.suffix.lower() in MIDI_SUFFIXES | SCORE_SUFFIXES


def read_song(path: Path) -> Song:
    """Read one file; raises RefusedError when it is unreadable, empty or not in 4/4 throughout."""
    beats = _read_midi(path) if path.suffix.lower() in MIDI_SUFFIXES else _read_score(path)
    tracks = [track for track in beats if len(track[2])]
    if not tracks:
        raise RefusedError("has no notes")
    onsets = np.concatenate([track[2] for track in tracks]) * TICKS_PER_BEAT
    residual = np.abs(onsets - np.round(onsets))
    return Song(tuple(_to_grid(*track) for track in tracks), float((residual <= _NEAR_TICKS).mean()))


_Beats = tuple[str, bool, NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]


def _to_grid(
    name: str,
    is_drum: bool,  # noqa: FBT001 - a field of the row, not a switch
    onset: NDArray[np.float64],
    length: NDArray[np.float64],
    pitch: NDArray[np.int64],
    velocity: NDArray[np.int64],
) -> Track:
    ticks = np.round(onset * TICKS_PER_BEAT).astype(np.int64)
    lengths = np.maximum(np.round(length * TICKS_PER_BEAT), 1).astype(np.int64)
    return Track(name, is_drum, ticks, lengths, pitch, velocity)


def _read_midi(path: Path) -> list[_Beats]:
    import symusic

    try:
        score = symusic.Score(str(path))
    except Exception as error:  # the parser raises what its C++ side throws
        raise RefusedError(f"is not a readable MIDI file ({error})") from error
    if any((s.numerator, s.denominator) != (4, 4) for s in score.time_signatures):
        raise RefusedError("is not in 4/4 throughout")
    rows: list[_Beats] = []
    for track in score.tracks:
        notes = track.notes.numpy()
        beat = float(score.ticks_per_quarter)
        rows.append(
            (
                track.name,
                bool(track.is_drum),
                notes["time"] / beat,
                notes["duration"] / beat,
                notes["pitch"].astype(np.int64),
                notes["velocity"].astype(np.int64),
            )
        )
    return rows


def _read_score(path: Path) -> list[_Beats]:
    import music21

    try:
        score = music21.converter.parse(str(path))
    except Exception as error:  # music21 lets whatever its readers meet escape
        raise RefusedError(f"is not a readable score ({type(error).__name__}: {error})") from error
    if any(s.ratioString != "4/4" for s in score.recurse().getElementsByClass(music21.meter.TimeSignature)):
        raise RefusedError("is not in 4/4 throughout")
    parts = list(score.parts) if hasattr(score, "parts") and score.parts else [score]
    return [_read_part(part) for part in parts]


def _read_part(part: object) -> _Beats:
    rows = [
        (float(element.offset), float(element.quarterLength), pitch.midi)
        for element in part.flatten().stripTies().notes  # type: ignore[attr-defined]
        for pitch in element.pitches
        if element.quarterLength > 0
    ]
    onset, length, pitch = (np.array(column, dtype=np.float64) for column in (zip(*rows, strict=True) if rows else ((), (), ())))
    name = str(getattr(part, "partName", None) or "")
    return name, False, onset, length, pitch.astype(np.int64), np.full(len(onset), 80, dtype=np.int64)
