"""The finished songs, and those in the making: one worker process at a time, in the order of the requests."""

import json
import queue
import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from daemon.interpreter import module_words
from daemon.panel.settings import PanelSettings
from daemon.panel.songs.exporting import command
from daemon.panel.songs.jobs import Job
from daemon.panel.songs.songfiles import FACTS_FILE, SONG_FILE, facts_of, keep_facts, suffixes, sweep

FOLDER: Final = "panel"
MOST_SONGS: Final = 60
WORKER: Final = tuple(module_words("daemon.panel.songs.rendering"))
_MOST_WAITING: Final = 8
_QUEUE: Final = "songs are waiting already; try again when one is done"


class FullError(Exception):
    """There is no room for another song. The message says what to do."""


class SongStore:
    """Songs inside the recordings folder. Each song has its own folder, whose name the panel chooses."""

    def __init__(self, settings: PanelSettings) -> None:
        self._settings = settings
        self._root = settings.folder / FOLDER
        self._exports: dict[str, Job] = {}
        self._known: dict[str, dict[str, Any]] = {}
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.Queue[Job] = queue.Queue(_MOST_WAITING)
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        sweep(self._root)

    def songs(self) -> list[dict[str, Any]]:
        """Return all songs, the newest first, without their notes."""
        finished = [self._summary(folder) for folder in self._folders()]
        with self._lock:
            unfinished = [job.told() for job in self._jobs.values()]
        return sorted([*unfinished, *finished], key=lambda song: -song["made"])

    def facts(self, song: str) -> dict[str, Any] | None:
        """Return all facts about a song, or None if it does not exist."""
        folder = self._folder(song)
        if folder is None:
            return None
        with self._lock:
            exports = [job.told() for job in self._exports.values() if job.song == song]
        return {
            "id": song,
            "state": "ready",
            **facts_of(folder),
            "files": suffixes(folder),
            "exporting": exports,
        }

    def file(self, song: str, suffix: str = ".mid") -> Path | None:
        """Return the path of a song's file, or None if it does not exist."""
        folder = self._folder(song)
        path = None if folder is None else folder / Path(SONG_FILE).with_suffix(suffix)
        return path if path is not None and path.is_file() else None

    def relative(self, song: str) -> str | None:
        """Return the path of a song's MIDI file relative to the recordings folder, for requests to the daemon."""
        path = self.file(song)
        return None if path is None else path.relative_to(self._root.parent).as_posix()

    def make(self, kind: str, title: str, task: Mapping[str, Any], content: bytes | None = None) -> str:
        """Begin to make a song and return its name. `content` is the MIDI file of an uploaded song.

        Raises FullError if there is no room, OSError if the folder cannot be written.
        """
        if len(self._folders()) + len(self._jobs) >= MOST_SONGS:
            raise FullError(f"there are {MOST_SONGS} songs; delete one first")
        song = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
        job = Job(song, title, kind, task)
        try:
            (self._root / song).mkdir(parents=True)
            if content is not None:
                (self._root / song / SONG_FILE).write_bytes(content)
            self._enqueue(job, self._jobs, song)
        except (FullError, OSError):
            self._clear(song)
            raise
        return song

    def export(self, song: str, suffix: str) -> bool:
        """Begin to make a file with `suffix`, unless that is already in progress. Return whether the song exists.

        Raises FullError if too many jobs are waiting.
        """
        path = self.file(song)
        if path is None:
            return False
        name = f"{song}{suffix}"
        with self._lock:
            before = self._exports.get(name)
        if before is None or before.state == "failed":
            words = command(path, suffix, self._settings)
            self._enqueue(Job(song, suffix, "export", {"command": words}), self._exports, name)
        return True

    def rename(self, song: str, title: str) -> bool:
        """Give a finished song another title. Return whether the song exists."""
        folder = self._folder(song)
        facts = {} if folder is None else facts_of(folder)
        if folder is None or not facts:
            return False
        keep_facts({**facts, "title": title}, folder)
        self._known.pop(song, None)
        return True

    def delete(self, song: str) -> bool:
        """Delete a song, finished or not, and its exports. Return whether it existed."""
        with self._lock:
            job = self._jobs.pop(song, None)
            exports = [
                self._exports.pop(name) for name, each in [*self._exports.items()] if each.song == song
            ]
        is_there = job is not None or self._folder(song) is not None
        for each in (*exports, *([job] if job else [])):
            each.drop()
        if is_there:
            self._known.pop(song, None)
            self._clear(song)
        return is_there

    def _enqueue(self, job: Job, jobs: dict[str, Job], name: str) -> None:
        with self._lock:
            try:
                self._waiting.put_nowait(job)
            except queue.Full:
                raise FullError(_QUEUE) from None
            jobs[name] = job
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="edmd songs", daemon=True)
                self._worker.start()

    def _clear(self, song: str) -> None:
        shutil.rmtree(self._root / song, ignore_errors=True)

    def _work(self) -> None:
        while True:
            job = self._waiting.get()
            if job.begin():
                self._do(job)

    def _do(self, job: Job) -> None:
        """Do a job. Any error makes only this job fail."""
        try:
            (self._export if job.kind == "export" else self._make)(job)
        except Exception as error:  # noqa: BLE001 - the thread must go on, and the page shows the error
            job.fail(str(error) or type(error).__name__)
        if job.state == "gone" or (job.state == "failed" and job.kind != "export"):
            self._clear(job.song)

    def _export(self, job: Job) -> None:
        last = ""
        for line in job.lines(job.task["command"], with_errors=True):
            last = line.strip() or last
        if job.code:
            job.fail(last or "it could not be made")
            return
        with self._lock:
            self._exports.pop(f"{job.song}{job.title}", None)

    def _make(self, job: Job) -> None:
        folder = self._root / job.song
        words = {"folder": str(folder), "kind": job.kind, "title": job.title, "made": job.made, **job.task}
        error = "the worker ended before it was done"
        for line in job.lines(WORKER, json.dumps(words)):
            report = _report(line)
            job.progress = report.get("progress", job.progress)
            error = report.get("error", error)
        if not (folder / FACTS_FILE).is_file():
            job.fail(error)
            return
        with self._lock:
            self._jobs.pop(job.song, None)

    def _folders(self) -> list[Path]:
        return [path.parent for path in self._root.glob(f"*/{FACTS_FILE}")]

    def _folder(self, song: str) -> Path | None:
        """Find a song's folder in the list of folders. The path is never built from a client's text."""
        return next((folder for folder in self._folders() if folder.name == song), None)

    def _summary(self, folder: Path) -> dict[str, Any]:
        known = self._known.get(folder.name)
        if known is None:  # once they are written, the facts change only when the song is renamed
            left_out = {"notes", "gauge", "sections", "recipe", "effects", "roots"}
            known = {key: value for key, value in facts_of(folder).items() if key not in left_out}
            self._known[folder.name] = known
        return {"id": folder.name, "state": "ready", "made": 0.0, **known, "files": suffixes(folder)}


def _report(line: str) -> dict[str, Any]:
    """Return the worker's report in a line, or {} if a library printed the line."""
    try:
        report = json.loads(line)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}
