"""What the op `prime` names: notes of a request, or a file inside the recordings folder, as it will be heard."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from daemon.composer.fileheard import UnheardError, heard_aside
from daemon.control.messages import ControlError, HeardNote, Prime
from daemon.music.priming import passage
from models.grid import Song, Track
from models.hearing import TokenisedMusic, hear
from models.notes import TICKS_PER_BEAT, VOICES, Voice


def heard_by(op: Prime, folder: Path, is_given_up: Callable[[], bool] = lambda: False) -> TokenisedMusic:
    """The passage to be heard; ControlError when there is none. A file is given up when `is_given_up` says so."""
    try:
        if op.path is None:
            return passage(hear(song_of(op.notes or ())), op.from_bar)
        return heard_aside(inside(folder, op.path), op.from_bar, is_given_up)
    except UnheardError as error:
        raise ControlError("unavailable", f"{op.path} cannot be heard: {error}", "path") from None
    except ValueError as error:
        raise ControlError("bad_request", f"it cannot be heard: {error}") from None


def song_of(notes: Iterable[HeardNote]) -> Song:
    """Notes of a request on the grid, a track for each voice."""
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


def inside(folder: Path, name: str) -> Path:
    """A file inside `folder`; ControlError for a name that leads out, or to none."""
    root = folder.resolve()
    try:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise ControlError(
                "bad_request", f"the path stays inside the recordings folder, {folder}; got {name}", "path"
            )
        if path.is_file():
            return path
    except (OSError, RuntimeError):  # a name that is too long, a loop of links
        pass
    raise ControlError("not_found", f"there is no file {name} in the recordings folder, {folder}", "path")
