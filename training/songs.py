"""Read files as songs on the sixteenth grid, in bars of 4/4."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.grid import Song, Track, on_grid
from models.music import Metre, Music, Part, Sound
from models.notes import PULSES_PER_BEAT, TICKS_PER_BAR, TICKS_PER_BEAT
from models.reading.limits import RefusedError
from models.reading.reader import read_music
from training.metre import metres_of_bars, upbeat_ticks

_MOST_BEATS_BYTES = 2**20


def read_song(path: Path, beats: str = "", *, upbeats: bool = False) -> Song:
    """Read one file. Raises RefusedError if it is unreadable, empty or has no part in 4/4.

    `beats` names a file beside it with the times of its beats in seconds; `upbeats` searches for the first downbeat.
    """
    music = read_music(path)
    if beats:
        music = warped_to_beats(music, path.parent / beats)
    return song_of(music, upbeats=upbeats)


def song_of(music: Music, *, upbeats: bool = False) -> Song:
    """Move music to the sixteenth grid. Raises RefusedError if it has no part in 4/4."""
    song = on_grid(music)
    if not song.tracks:
        raise RefusedError("is not in 4/4")
    return _from_downbeat(song) if upbeats and song.start == 0 else song


def _from_downbeat(song: Song) -> Song:
    """Delay the song so that an upbeat is at the end of its own bar."""
    onset, length = (
        np.concatenate([getattr(track, name) for track in song.tracks]) for name in ("onset", "length")
    )
    rest = -upbeat_ticks(onset, length / TICKS_PER_BEAT) % TICKS_PER_BAR
    moved: tuple[Track, ...] = tuple(track._replace(onset=track.onset + rest) for track in song.tracks)
    return song._replace(tracks=moved)


def warped_to_beats(music: Music, beats: Path) -> Music:
    """Warp a performance to its beats. The columns of the file: seconds, strong beats, first beats of bars (POP909)."""
    if not beats.is_file():
        raise RefusedError(f"has no {beats.name} beside it")
    try:
        if beats.stat().st_size > _MOST_BEATS_BYTES:
            raise RefusedError(f"has a {beats.name} that is larger than {_MOST_BEATS_BYTES >> 20} MiB")
        seconds, _, downbeat = np.loadtxt(beats, ndmin=2).T
    except (ValueError, OSError) as error:
        raise RefusedError(f"has beats that cannot be read ({error})") from error
    bars = np.flatnonzero(downbeat)
    if len(bars) < 2 or (np.diff(seconds) <= 0).any():
        raise RefusedError("has beats that cannot be read (they form no bars)")
    tempo_map = music.tempo_map()
    parts = tuple(_warped(part, tempo_map, seconds) for part in music.parts)
    return replace(music, parts=parts, metres=_from_start(metres_of_bars(bars.tolist())))


def _from_start(metres: list[Metre]) -> tuple[Metre, ...]:
    """Give the time before the first bar the metre 1/64, so that it belongs to no stretch in 4/4."""
    return tuple(metres) if metres[0].pulse == 0 else (Metre(0, 1, 64), *metres)


def _warped(part: Part, tempo_map: list[tuple[int, float]], seconds: NDArray[np.float64]) -> Part:
    """Place notes by their time between the beats. Notes outside the beats are left out."""
    pulses, times = np.array(tempo_map).T
    notes = np.array(part.notes, dtype=np.float64).reshape(-1, 4)
    begun, ended = (np.interp(at, pulses, times) for at in (notes[:, 0], notes[:, 0] + notes[:, 1]))
    beats = np.arange(len(seconds)) * PULSES_PER_BEAT
    onset, end = np.interp(begun, seconds, beats, left=-1, right=-1), np.interp(ended, seconds, beats)
    return part._replace(
        notes=tuple(
            Sound(round(at), round(stop - at), int(pitch), int(velocity))
            for at, stop, (_, _, pitch, velocity) in zip(onset, end, notes, strict=True)
            if at >= 0
        )
    )
