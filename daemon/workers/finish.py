"""The job `finish`: turns the spool of a recording into its MIDI file, and removes the spool."""

import os
import tempfile
from pathlib import Path

from daemon import spool
from daemon.control.messages import ControlError
from daemon.spool import Begun
from daemon.workers.jobs import Finished, FinishRecording
from daemon.workers.prepare import SUFFIXES, unused
from exporters.midi import midi_bytes
from exporters.writing import TakenError, WriteError, place_bytes, replace_bytes


def work(task: FinishRecording) -> Finished:
    """Return where the recording is, and why it is not where it should be. ControlError when it stays a spool."""
    number = os.open(task.path, os.O_RDONLY) if task.number is None else task.number
    begun = next(spool.read(number), None)
    if not isinstance(begun, Begun) or Path(begun.path).suffix.lower() not in SUFFIXES:
        raise ControlError("unavailable", f"{task.path} is not the beginning of a recording; delete it")
    builder, end_pulse = spool.take_builder(spool.read(number, task.rest))
    content, wanted = midi_bytes(builder.finish(end_pulse)), Path(begun.path)
    # What only this process has is written somewhere else if need be; the spool then stays, for it outlives a restart.
    may_stay = Path(task.path).exists()
    home = Path(task.path).parent.parent  # the folder of recordings
    if not wanted.parent.is_dir() and home.is_dir():  # a stick that was pulled out, a folder that was removed
        moved = _written(content, unused(home / wanted.name), elsewhere=False)
        finished = Finished(
            moved.path, f"there is no folder {wanted.parent}; the recording is in {moved.path} instead"
        )
        may_stay = False
    else:
        finished = _written(content, wanted, elsewhere=bool(task.rest) or not may_stay)
    os.close(number)
    if not finished.failure or not may_stay:
        Path(task.path).unlink(missing_ok=True)
    return finished


def _written(content: bytes, wanted: Path, *, elsewhere: bool) -> Finished:
    """Write the file to the disk, with a number where another file is by now.

    Where the disk refuses it, and `elsewhere`, write it in the temporary folder; else raise ControlError.
    """
    path = wanted
    while True:
        try:
            place_bytes(path, content, is_durable=True)
        except TakenError:
            if _is_this(
                path, content
            ):  # a worker before this one died between writing it and removing the spool
                return Finished(str(path))
            path = unused(wanted)
        except WriteError as error:
            refuge = _written_elsewhere(content) if elsewhere else None
            if refuge is None:
                raise ControlError("unavailable", str(error)) from None
            return Finished(refuge, f"{error}; the recording is in {refuge} instead")
        else:
            return Finished(str(path))


def _is_this(path: Path, content: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _written_elsewhere(content: bytes) -> str | None:
    """Write the file in the temporary folder; return where, None when that fails too."""
    try:
        number, name = tempfile.mkstemp(prefix="edmd-", suffix=".mid")
        os.close(number)
        replace_bytes(Path(name), content)
    except OSError:
        return None
    return name
