"""Files as notes on the sixteenth grid, in bars of 4/4: MIDI through symusic, scores through music21."""

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT
from training.metre import Metre, Stretch, in_four, metres_of_bars, upbeat_ticks

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

    `onset` and `length` are in ticks, whole numbers; `pitch` and `velocity` are MIDI numbers; `late` is how far
    after its tick a note began, in ticks (-0.5..0.5).
    """

    name: str
    is_drum: bool
    onset: NDArray[np.int64]
    length: NDArray[np.int64]
    pitch: NDArray[np.int64]
    velocity: NDArray[np.int64]
    late: NDArray[np.float64]

    def only(self, keep: NDArray[np.bool_]) -> "Track":
        """Leave out the notes that are not marked."""
        return Track(
            self.name,
            self.is_drum,
            self.onset[keep],
            self.length[keep],
            self.pitch[keep],
            self.velocity[keep],
            self.late[keep],
        )


class Song(NamedTuple):
    """A file on the grid, its longest stretch in 4/4 where it has other metres; `whole` if it has none."""

    tracks: tuple[Track, ...]
    whole: bool = True

    @property
    def residual(self) -> NDArray[np.float64]:
        """Distances of all onsets from the grid before they were moved, in ticks."""
        late: NDArray[np.float64] = np.concatenate([track.late for track in self.tracks])
        return np.abs(late)

    @property
    def on_grid(self) -> float:
        """Share of onsets that lay on a sixteenth before they were moved."""
        return float((self.residual <= _NEAR_TICKS).mean())

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


class _Written(NamedTuple):
    """What a file says: its parts and its metres."""

    parts: list[_Part]
    metres: list[Metre]


def is_music(path: Path) -> bool:
    """Whether the suffix is one that can be read."""
    return path.suffix.lower() in MIDI_SUFFIXES | SCORE_SUFFIXES


def read_song(path: Path, beats: str = "", *, upbeats: bool = False) -> Song:
    """Read one file; RefusedError when it is unreadable, empty or nowhere in 4/4.

    `beats` names a file beside it that tells the seconds of its beats; `upbeats` has the first downbeat found.
    """
    if path.stat().st_size > _LARGEST_BYTES:
        raise RefusedError(f"is larger than {_LARGEST_BYTES >> 20} MiB")
    written = _read(path, beats)
    parts = [part for part in written.parts if len(part.onset)]
    if not parts:
        raise RefusedError("has no notes")
    end = max(float(part.onset.max()) for part in parts) + 1 / TICKS_PER_BEAT
    stretch = in_four(written.metres, end)
    tracks = [_to_grid(part, stretch) for part in parts] if stretch else []
    tracks = [track for track in tracks if len(track.onset)]
    if not stretch or not tracks:
        raise RefusedError("is not in 4/4")
    if upbeats and stretch.start == 0:
        tracks = _from_downbeat(tracks)
    return Song(tuple(tracks), stretch.beats >= end)


def _read(path: Path, beats: str) -> _Written:
    if path.suffix.lower() not in MIDI_SUFFIXES:
        return _read_score(path)
    return _read_beaten(path, path.parent / beats) if beats else _read_midi(path)


def _to_grid(part: _Part, stretch: Stretch) -> Track:
    exact = (part.onset - stretch.start) * TICKS_PER_BEAT
    onset = np.round(exact).astype(np.int64)
    length = np.maximum(np.round(part.length * TICKS_PER_BEAT), 1).astype(np.int64)
    within = (onset >= 0) & (onset < round(stretch.beats * TICKS_PER_BEAT))
    track = Track(part.name, part.is_drum, onset, length, part.pitch, part.velocity, exact - onset)
    return track.only(within)


def _from_downbeat(tracks: list[Track]) -> list[Track]:
    """Move an upbeat to the end of a bar of its own."""
    onset, length = (np.concatenate([getattr(t, name) for t in tracks]) for name in ("onset", "length"))
    upbeat = upbeat_ticks(onset, length / TICKS_PER_BEAT)
    rest = -upbeat % TICKS_PER_BAR
    return [track._replace(onset=track.onset + rest) for track in tracks]


def _read_midi(path: Path) -> _Written:
    score = _parsed(path)
    pulses = float(score.ticks_per_quarter)
    if pulses <= 0:
        raise RefusedError("is not a readable MIDI file (it counts no ticks per beat)")
    metres = [Metre(each.time / pulses, each.numerator, each.denominator) for each in score.time_signatures]
    return _Written([_midi_part(track, pulses) for track in score.tracks], metres)


def _read_beaten(path: Path, beats: Path) -> _Written:
    """Read a performance with a table of its beats: seconds, strong beats, first beats of bars (as POP909 has it)."""
    if not beats.is_file():
        raise RefusedError(f"has no {beats.name} beside it")
    score = _parsed(path).to("second")
    try:
        seconds, _, downbeat = np.loadtxt(beats, ndmin=2).T
    except ValueError as error:
        raise RefusedError(f"has beats that cannot be read ({_first_line(error)})") from error
    bars = np.flatnonzero(downbeat)
    if len(bars) < 2 or (np.diff(seconds) <= 0).any():
        raise RefusedError("has beats that cannot be read (they make no bars)")
    parts = [_warped(_midi_part(track, 1.0), seconds) for track in score.tracks]
    return _Written(parts, metres_of_bars(bars.tolist()))


def _warped(part: _Part, seconds: NDArray[np.float64]) -> _Part:
    """Seconds to beats; notes outside the beats are left out."""
    beats = np.arange(len(seconds))
    onset = np.interp(part.onset, seconds, beats, left=-1, right=-1)
    ends = np.interp(part.onset + part.length, seconds, beats)
    within = onset >= 0
    return part._replace(
        onset=onset[within],
        length=(ends - onset)[within],
        pitch=part.pitch[within],
        velocity=part.velocity[within],
    )


def _parsed(path: Path) -> Any:
    import symusic  # noqa: PLC0415 - of the extra `train`

    try:
        return symusic.Score(str(path))
    except Exception as error:  # the parser raises what its C++ side throws
        raise RefusedError(f"is not a readable MIDI file ({_first_line(error)})") from error


def _midi_part(track: Any, units_per_beat: float) -> _Part:
    notes = track.notes.numpy()
    return _Part(
        track.name,
        bool(track.is_drum),
        notes["time"] / units_per_beat,
        notes["duration"] / units_per_beat,
        notes["pitch"].astype(np.int64),
        notes["velocity"].astype(np.int64),
    )


def _read_score(path: Path) -> _Written:
    import music21  # noqa: PLC0415 - slow to import, and few files need it

    try:
        score: Any = music21.converter.parse(str(path))
        if isinstance(score, music21.stream.Opus):
            raise RefusedError("holds several tunes, each needs a file of its own")
        parts = list(getattr(score, "parts", None) or [score])
        return _Written([_score_part(part) for part in parts], _score_metres(parts[0]))
    except RefusedError:
        raise
    except Exception as error:  # music21 lets whatever its readers meet escape
        raise RefusedError(f"is not a readable score ({_first_line(error)})") from error


def _score_metres(part: Any) -> list[Metre]:
    """Metres of a score; a first bar that is shorter than its metre says is an upbeat, and a metre of its own."""
    signatures = part.flatten().getElementsByClass("TimeSignature")
    metres = [Metre(float(each.offset), each.numerator, each.denominator) for each in signatures]
    bars = list(part.getElementsByClass("Measure"))
    if metres and len(bars) > 1 and 0 < bars[1].offset < metres[0].bar_beats:
        upbeat = Metre(0.0, 1, 64)
        return [upbeat, metres[0]._replace(beat=float(bars[1].offset)), *metres[1:]]
    return metres


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
