"""The job `prime`: read music, and return it as tokens for the networks."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from daemon.control.messages import ControlError, HeardNote, Prime
from daemon.music.ensemble.priming import passage
from daemon.workers.jobs import Heard, ReadMusic
from models.grid import Song, Track, on_grid
from models.hearing import TokenisedMusic, hear
from models.notes import TICKS_PER_BEAT, VOICES, Voice
from models.reading.limits import RefusedError
from models.reading.reader import read_music


def work(task: ReadMusic) -> Heard:
    """Return the passage that primes the models. Raises ControlError if there is none."""
    heard = _heard(task.op, Path(task.folder))
    try:
        heard = passage(heard, task.op.from_bar)
    except ValueError as error:
        raise ControlError("bad_request", f"the music cannot be used: {error}") from None
    return Heard(heard.melody.tolist(), heard.percussion.tolist(), heard.shift)


def _heard(op: Prime, folder: Path) -> TokenisedMusic:
    if op.path is None:
        try:
            return hear(song_of(op.notes or ()))
        except ValueError as error:
            raise ControlError("bad_request", f"the music cannot be used: {error}") from None
    path = _inside(folder, op.path)
    try:
        return hear(on_grid(read_music(path), any_metre=True))
    except RefusedError as error:
        raise ControlError("unavailable", f"{op.path} cannot be used: it {error}", "path") from None
    except ValueError as error:
        raise ControlError("unavailable", f"{op.path} cannot be used: {error}", "path") from None


def song_of(notes: Iterable[HeardNote]) -> Song:
    """Return the notes of a request on the grid, a track for each voice."""
    every = tuple(notes)
    tracks = (_track(voice, [note for note in every if note.voice == voice]) for voice in VOICES)
    return Song(tuple(track for track in tracks if len(track.onset)))


def _track(voice: Voice, notes: Sequence[HeardNote]) -> Track:
    exact = np.array([note.beat * TICKS_PER_BEAT for note in notes])
    length = np.array([note.length * TICKS_PER_BEAT for note in notes])
    return Track(
        voice,
        voice == "drums",
        np.round(exact).astype(np.int64),
        np.maximum(np.round(length), 1).astype(np.int64),
        np.array([note.pitch for note in notes], np.int64),
        np.array([note.velocity for note in notes], np.int64),
        exact - np.round(exact),
    )


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a file inside `folder`. Raises ControlError if `name` leads out of it or to no file."""
    root = folder.resolve()
    try:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise ControlError(
                "bad_request", f"the path must lie inside the recordings folder, {folder}; got {name}", "path"
            )
        if path.is_file():
            return path
    except (OSError, RuntimeError):  # a name that is too long, a loop of links
        pass
    raise ControlError("not_found", f"there is no file {name} in the recordings folder, {folder}", "path")
