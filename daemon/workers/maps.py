"""The job `maps`: write the map of learned controls."""

from pathlib import Path

from daemon.control.messages import ControlError
from daemon.workers.jobs import Saved, SaveMap
from exporters.kept import write_kept


def work(task: SaveMap) -> Saved:
    """Write the file completely or not at all. Raises ControlError if it cannot be written."""
    path = Path(task.path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_kept(path, task.text)
    except OSError as error:
        raise ControlError("unavailable", f"cannot write {path}: {error.strerror or error}") from error
    return Saved(str(path))
