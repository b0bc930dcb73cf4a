"""The job `export`: write a MIDI file in another format beside it."""

from pathlib import Path

from daemon.control.messages import ControlError
from daemon.workers.jobs import Exported, ExportMusic
from exporters.formats import MissingError, Settings, check, kind_of, write
from exporters.soundfont import NoSoundFontError
from exporters.writing import ExportError
from models.reading.limits import RefusedError
from models.reading.reader import read_music


def work(task: ExportMusic) -> Exported:
    """Write the file. Raises ControlError if a library or a sound font is missing, or the disk is full."""
    source = Path(task.path)
    path, settings = source.with_suffix(task.suffix), Settings(replace=False)
    try:
        kind = kind_of(path)
        check(path, kind, settings)
        write(read_music(source), path, kind, settings)
    except (MissingError, NoSoundFontError, ExportError, RefusedError) as error:
        raise ControlError(
            "unavailable", f"{source} is kept, but not as {task.suffix}: {error}", "format"
        ) from None
    return Exported(str(path))
