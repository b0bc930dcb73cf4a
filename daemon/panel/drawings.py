"""Pictures and scores of captures: made by a worker process, one at a time, beside the capture."""

import queue
import threading
from pathlib import Path
from typing import Any, Final

from daemon.panel.settings import PanelSettings
from daemon.panel.songs.exporting import command, reason
from daemon.panel.songs.jobs import Job

# The picture of the notes, the score as one page, and the score as pages to print.
SUFFIXES: Final = (".png", ".svg", ".pdf")
_MOST_WAITING: Final = 4
_MOST_KNOWN: Final = 64


class NotDrawnError(Exception):
    """A drawing cannot be made now. The message says why."""


class Drawings:
    """Drawings in the making, and those that failed. Any thread may call every method."""

    def __init__(self, settings: PanelSettings) -> None:
        self._settings = settings
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.Queue[tuple[Job, Path]] = queue.Queue(_MOST_WAITING)
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def begin(self, capture: Path, suffix: str) -> str:
        """Begin to draw a capture, unless that is in progress or done. Return the file's name.

        Raises NotDrawnError if a library is missing or too many drawings wait.
        """
        path = capture.with_suffix(suffix)
        if why := reason(path, self._settings):
            raise NotDrawnError(why)
        with self._lock:
            before = self._jobs.get(path.name)
            if path.is_file() or (before is not None and before.state != "failed"):
                return path.name
            job = Job(capture.stem, suffix, "drawing", {"command": command(capture, suffix, self._settings)})
            try:
                self._waiting.put_nowait((job, path))
            except queue.Full:
                raise NotDrawnError("pictures are waiting already; try again when one is done") from None
            self._jobs[path.name] = job
            while len(self._jobs) > _MOST_KNOWN:
                del self._jobs[next(iter(self._jobs))]
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="edmd drawings", daemon=True)
                self._worker.start()
        return path.name

    def told(self, path: Path) -> dict[str, Any] | None:
        """Return the state of a drawing (ready, working or failed) and the error, or None if there is no such drawing."""
        with self._lock:
            job = self._jobs.get(path.name)
        if job is None:
            return {"state": "ready", "error": ""} if path.is_file() else None
        return {"state": "failed" if job.state == "failed" else "working", "error": job.error}

    def _work(self) -> None:
        while True:
            job, path = self._waiting.get()
            if job.begin():
                self._draw(job, path)

    def _draw(self, job: Job, path: Path) -> None:
        last = ""
        try:
            for line in job.lines(job.task["command"], with_errors=True):
                last = line.strip() or last
        except (OSError, TimeoutError) as error:
            job.fail(str(error))
            return
        if job.code:
            job.fail(last or "it could not be made")
            return
        with self._lock:
            self._jobs.pop(path.name, None)
