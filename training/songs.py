"""Files as notes on the sixteenth grid: MIDI through symusic, scores through music21."""

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.notes import TICKS_PER_BEAT

MIDI_SUFFIXES: Final = frozenset({".mid", ".midi"})
SCORE_SUFFIXES: Final = frozenset({".musicxml", ".mxl", ".xml", ".krn", ".abc"})
# An onset counts as on the grid when it is this near to a sixteenth, in ticks.
_NEAR_TICKS: Final = 0.125
_LARGEST_BYTES: Final = 16 * 2**20
_SCORE_VELOCITY: Final = 80


class RefusedError(Exception):
    """A file that cannot be learned from, with the reason as its text."""


class Track(NamedTuple):
    """Notes of one instrument as arrays of equal length.

    `onset` and `length` are in ticks, whole numbers; `pitch` and `velocity` are MIDI numbers.
    """

    name: str
    is_drum: bool
    onset: NDArray[np.int64]
    length: NDArray[np.int64]
    pitch: NDArray[np.int64]
    velocity: NDArray[np.int64]


class Song(NamedTuple):
    """A file on the grid; `on_grid` is the share of onsets that lay on a sixteenth before they were moved."""

    tracks: tuple[Track, ...]
    on_grid: float

    @property
    def ticks(self) -> int:
        """One past the last onset."""
        return max((int(track.onset.max()) + 1 for track in self.tracks), default=0)


class _Part(NamedTuple):
    """Notes of one instrument as written; `onset` and `length` in beats."""

    name: str
    is_drum: bool
    onset: NDArray[np.float64]
    length: NDArray[np.float64]
    pitch: NDArray[np.int64]
    velocity: NDArray[np.int64]


def is_music(path: Path) -> bool:
    """Whether the suffix is one that can be read."""
    return path.suffix.lower() in MIDI_SUFFIXES | SCORE_SUFFIXES


def read_song(path: Path) -> Song:
    """Read one file; RefusedError when it is unreadable, empty or not in 4/4 throughout."""
    if path.stat().st_size > _LARGEST_BYTES:
        raise RefusedError(f"is larger than {_LARGEST_BYTES >> 20} MiB")
    read = _read_midi if path.suffix.lower() in MIDI_SUFFIXES else _read_score
    parts = [part for part in read(path) if len(part.onset)]
    if not parts:
        raise RefusedError("has no notes")
    onsets = np.concatenate([part.onset for part in parts]) * TICKS_PER_BEAT
    residual = np.abs(onsets - np.round(onsets))
    return Song(tuple(_to_grid(part) for part in parts), float((residual <= _NEAR_TICKS).mean()))


def _to_grid(part: _Part) -> Track:
    onset = np.round(part.onset * TICKS_PER_BEAT).astype(np.int64)
    length = np.maximum(np.round(part.length * TICKS_PER_BEAT), 1).astype(np.int64)
    return Track(part.name, part.is_drum, onset, length, part.pitch, part.velocity)


def _read_midi(path: Path) -> list[_Part]:
    import symusic  # noqa: PLC0415 - of the extra `train`

    try:
        score: Any = symusic.Score(str(path))
    except Exception as error:  # the parser raises what its C++ side throws
        raise RefusedError(f"is not a readable MIDI file ({_first_line(error)})") from error
    if score.ticks_per_quarter <= 0:
        raise RefusedError("is not a readable MIDI file (it counts no ticks per beat)")
    if any((each.numerator, each.denominator) != (4, 4) for each in score.time_signatures):
        raise RefusedError("is not in 4/4 throughout")
    return [_midi_part(track, float(score.ticks_per_quarter)) for track in score.tracks]


def _midi_part(track: Any, pulses_per_beat: float) -> _Part:
    notes = track.notes.numpy()
    return _Part(
        track.name,
        bool(track.is_drum),
        notes["time"] / pulses_per_beat,
        notes["duration"] / pulses_per_beat,
        notes["pitch"].astype(np.int64),
        notes["velocity"].astype(np.int64),
    )


def _read_score(path: Path) -> list[_Part]:
    import music21  # noqa: PLC0415 - slow to import, and few files need it

    try:
        score: Any = music21.converter.parse(str(path))
        if isinstance(score, music21.stream.Opus):
            raise RefusedError("holds several tunes, each needs a file of its own")
        signatures = score.recurse().getElementsByClass(music21.meter.TimeSignature)
        if any(each.ratioString != "4/4" for each in signatures):
            raise RefusedError("is not in 4/4 throughout")
        return [_score_part(part) for part in (getattr(score, "parts", None) or [score])]
    except RefusedError:
        raise
    except Exception as error:  # music21 lets whatever its readers meet escape
        raise RefusedError(f"is not a readable score ({_first_line(error)})") from error


def _score_part(part: Any) -> _Part:
    rows = [
        (float(element.offset), float(element.quarterLength), pitch.midi)
        for element in part.flatten().stripTies().notes
        for pitch in element.pitches
        if element.quarterLength > 0
    ]
    onset, length, pitch = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    velocity = np.full(len(rows), _SCORE_VELOCITY, dtype=np.int64)
    return _Part(
        str(getattr(part, "partName", None) or ""), False, onset, length, pitch.astype(np.int64), velocity
    )


def _first_line(error: Exception) -> str:
    words = str(error).strip().splitlines()
    return words[0][:160] if words else type(error).__name__
