"""What the op `prime` names: notes of a request, or a MIDI file inside the recordings folder, as it will be heard."""

from collections.abc import Iterable
from pathlib import Path

from daemon.control.messages import ControlError, HeardNote, Prime
from daemon.music.priming import passage
from models.hearing import Heard, Part, PartNote, hear
from models.midifile import MidiFileError, read_music
from models.notes import TICKS_PER_BEAT, VOICES


def heard_by(op: Prime, folder: Path) -> Heard:
    """The passage to be heard; ControlError when there is none."""
    try:
        parts = parts_of(op.notes or ()) if op.path is None else read_music(inside(folder, op.path)).parts
        return passage(hear(parts), op.from_bar)
    except MidiFileError as error:
        raise ControlError("unavailable", f"{op.path} cannot be heard: {error}", "path") from None
    except ValueError as error:
        raise ControlError("bad_request", f"it cannot be heard: {error}") from None


def parts_of(notes: Iterable[HeardNote]) -> tuple[Part, ...]:
    """One part for each voice."""
    every = tuple(notes)
    return tuple(
        Part(voice, voice == "drums", tuple(_on_grid(note) for note in every if note.voice == voice))
        for voice in VOICES
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


def _on_grid(note: HeardNote) -> PartNote:
    length = max(round(note.length * TICKS_PER_BEAT), 1)
    return PartNote(round(note.beat * TICKS_PER_BEAT), length, note.pitch, note.velocity)
