"""The songs there are, and those on their way: one worker process at a time, in the order they were asked for."""

import json
import os
import queue
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from daemon.panel.exporting import command
from daemon.panel.settings import PanelSettings

SONG_FILE: Final = "song.mid"
FACTS_FILE: Final = "song.json"
FOLDER: Final = "panel"
MOST_SONGS: Final = 60
_MOST_WAITING: Final = 8
_QUEUE: Final = "songs are waiting already; try again when one is done"


class FullError(Exception):
    """There is no room for another song; the text says what to do."""


@dataclass
class Job:
    """A song on its way, or one that failed."""

    song: str
    title: str
    kind: str
    task: Mapping[str, Any]
    state: str = "waiting"
    progress: float = 0.0
    error: str = ""
    made: float = field(default_factory=time.time)
    process: "subprocess.Popen[str] | None" = None

    def told(self) -> dict[str, Any]:
        """What the page shows."""
        shown = {"id": self.song, "title": self.title, "kind": self.kind, "state": self.state}
        return {**shown, "progress": self.progress, "error": self.error, "made": self.made}


class Studio:
    """Songs in a folder inside the recordings folder, each in a folder of its own that the panel names."""

    def __init__(self, settings: PanelSettings) -> None:
        self._settings = settings
        self._root = settings.folder / FOLDER
        self._exports: dict[str, Job] = {}
        self._known: dict[str, dict[str, Any]] = {}
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.Queue[Job] = queue.Queue(_MOST_WAITING)
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def songs(self) -> list[dict[str, Any]]:
        """Every song, the newest first, without its notes."""
        kept = [self._summary(folder) for folder in self._folders()]
        with self._lock:
            coming = [job.told() for job in self._jobs.values()]
        return sorted([*coming, *kept], key=lambda song: -song["made"])

    def facts(self, song: str) -> dict[str, Any] | None:
        """All that is known of a song; None when there is none of that name."""
        folder = self._folder(song)
        if folder is None:
            return None
        with self._lock:
            exports = [job.told() for job in self._exports.values() if job.song == song]
        return {
            "id": song,
            "state": "ready",
            **_facts(folder),
            "files": _suffixes(folder),
            "exporting": exports,
        }

    def file(self, song: str, suffix: str = ".mid") -> Path | None:
        """A song's file; None when there is none."""
        folder = self._folder(song)
        path = None if folder is None else folder / Path(SONG_FILE).with_suffix(suffix)
        return path if path is not None and path.is_file() else None

    def relative(self, song: str) -> str | None:
        """A song's MIDI file as the daemon is told of it: seen from the recordings folder."""
        path = self.file(song)
        return None if path is None else path.relative_to(self._root.parent).as_posix()

    def make(self, kind: str, title: str, task: Mapping[str, Any], content: bytes | None = None) -> str:
        """Begin a song; its name. `content` is the MIDI file of one that is there. FullError, OSError."""
        if len(self._folders()) + len(self._jobs) >= MOST_SONGS:
            raise FullError(f"there are {MOST_SONGS} songs; delete one first")
        song = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
        job = Job(song, title, kind, task)
        (self._root / song).mkdir(parents=True)
        if content is not None:
            (self._root / song / SONG_FILE).write_bytes(content)
        try:
            with self._lock:
                self._waiting.put_nowait(job)
                self._jobs[song] = job
        except queue.Full:
            shutil.rmtree(self._root / song, ignore_errors=True)
            raise FullError(_QUEUE) from None
        self._start()
        return song

    def export(self, song: str, suffix: str) -> bool:
        """Begin to make a file of that suffix; False when there is no such song. FullError."""
        path = self.file(song)
        if path is None:
            return False
        job = Job(song, suffix, "export", {"command": command(path, suffix, self._settings)})
        try:
            self._waiting.put_nowait(job)
        except queue.Full:
            raise FullError(_QUEUE) from None
        with self._lock:
            self._exports[f"{song}{suffix}"] = job
        self._start()
        return True

    def delete(self, song: str) -> bool:
        """Forget a song, be it on its way; whether there was one."""
        with self._lock:
            job = self._jobs.pop(song, None)
        if job is not None:
            job.state = "gone"
            if job.process is not None:
                job.process.terminate()
        folder = self._root / song if job is not None else self._folder(song)
        if folder is None:
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return True

    def _start(self) -> None:
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="edmd songs", daemon=True)
                self._worker.start()

    def _work(self) -> None:
        while True:
            job = self._waiting.get()
            if job.state != "waiting":
                continue
            job.state = "working"
            if job.kind == "export":
                self._export(job)
            else:
                self._do(job)

    def _export(self, job: Job) -> None:
        done = subprocess.run(job.task["command"], capture_output=True, text=True, check=False)  # noqa: S603 - our own
        job.state = "failed" if done.returncode else "ready"
        job.error = (done.stderr.strip().splitlines() or [""])[-1] if done.returncode else ""
        if not done.returncode:
            with self._lock:
                self._exports.pop(f"{job.song}{job.title}", None)

    def _do(self, job: Job) -> None:
        folder = self._root / job.song
        words = {"folder": str(folder), "kind": job.kind, "title": job.title, "made": job.made, **job.task}
        for told in _told_by_worker(job, words):
            job.progress = told.get("progress", job.progress)
            job.error = told.get("error", job.error)
        if (folder / FACTS_FILE).is_file():
            with self._lock:
                self._jobs.pop(job.song, None)
        else:
            job.state, job.error = "failed", job.error or "the worker ended before it was done"
            shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return [path.parent for path in self._root.glob(f"*/{FACTS_FILE}")]

    def _folder(self, song: str) -> Path | None:
        """Found among those there are, never made of what a client says."""
        return next((folder for folder in self._folders() if folder.name == song), None)

    def _summary(self, folder: Path) -> dict[str, Any]:
        known = self._known.get(folder.name)
        if known is None:  # what is known of a song never changes once it is written
            left_out = {"notes", "gauge", "sections"}
            known = {key: value for key, value in _facts(folder).items() if key not in left_out}
            self._known[folder.name] = known
        return {"id": folder.name, "state": "ready", "made": 0.0, **known, "files": _suffixes(folder)}


def _told_by_worker(job: Job, words: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "daemon.panel.rendering"]
    job.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    with job.process as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
        process.stdin.write(json.dumps(words))
        process.stdin.close()
        for line in process.stdout:
            yield json.loads(line)


def _suffixes(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.glob("song.*") if path.suffix not in {".json", ".partial"})


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts
