"""A recording while it is made: everything sent is appended to a file as it comes, so that it outlives the composer.

A line of JSON is an entry. What was written survives the death of the process at once; a failure of power costs what came
after the last `sync`. A line that was cut off is left out. The file is locked by whoever records to it or finishes it, so
that two daemons never do either to the same one; Windows has no such lock. What waits for the disk can be added to by one
thread and written by another one.
"""

import contextlib
import errno
import os
import secrets
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import msgspec
from msgspec import Struct

from models.effects import ControlRow
from models.notes import Voice
from models.take import Key, SentRow, TakeBuilder

FOLDER: Final = ".unfinished"
_SUFFIX: Final = ".take"
_FLAGS: Final = os.O_RDWR | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_TAIL_BYTES: Final = 256 * 1024
_LONGEST_LINE: Final = 2**20
# While the disk refuses more, so much waits: some hours of music.
_MOST_WAITING_BYTES: Final = 16 * 2**20
_CHUNK_BYTES: Final = 2**20


class Begun(Struct, frozen=True, array_like=True, tag=True):
    """The first entry: where the recording goes, which daemon makes it, when it began (Unix time), and the programs."""

    path: str
    daemon: str
    seconds: float
    programs: dict[Voice, int] = {}


class Rows(Struct, frozen=True, array_like=True, tag=True):
    """Messages of notes and effects, with the number of their batch where it has one."""

    rows: tuple[SentRow, ...]
    number: int | None = None
    controls: tuple[ControlRow, ...] = ()


class Facts(Struct, frozen=True, array_like=True, tag=True):
    """Tempo, section and key from `pulse` on."""

    pulse: int
    tempo: float
    section: str
    key: Key | None = None


class StartedOver(Struct, frozen=True, array_like=True, tag=True):
    """Pulses count from 0 again."""


class Ended(Struct, frozen=True, array_like=True, tag=True):
    """The last entry of a recording that was stopped; it ends at `end_pulse`, None for its last message."""

    end_pulse: int | None = None


Entry = Begun | Rows | Facts | StartedOver | Ended
_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(Entry)
_ENCODER: Final = msgspec.json.Encoder()


class Spool:
    """A spool that this process has locked. `waiting` is what is not written yet, `refusal` why the disk refused it, or "".

    `is_cut` says that so much waited that later entries were dropped.
    """

    def __init__(self, path: Path, number: int, begun: Begun) -> None:
        self.path, self.number, self.begun = path, number, begun
        self.waiting = bytearray()
        self.refusal = ""
        self.is_cut = False
        self._guard = threading.Lock()

    @classmethod
    def create(cls, folder: Path, begun: Begun) -> Self:
        """Begin a spool in the hidden folder of `folder`. OSError when the disk refuses it."""
        path = folder / FOLDER / f"{secrets.token_hex(8)}{_SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _lock(
                number, waits=True
            )  # another daemon may look at it just now: without a first entry it lets go
            if os.write(number, line := _line(begun)) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.close(number)
            path.unlink(missing_ok=True)
            raise
        return cls(path, number, begun)

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """Take over a spool that was left; None when it is no spool, or another process has it. OSError."""
        number = os.open(path, _FLAGS)
        try:
            _lock(number)
            begun = next(read(number), None) if stat.S_ISREG(os.fstat(number).st_mode) else None
        except BlockingIOError:
            begun = None
        if not isinstance(begun, Begun):
            os.close(number)
            return None
        return cls(path, number, begun)

    def append(self, entry: Entry) -> None:
        """Append an entry to what waits."""
        line = _line(entry)
        with self._guard:
            self.is_cut = self.is_cut or len(self.waiting) + len(line) > _MOST_WAITING_BYTES
            if not self.is_cut:
                self.waiting += line

    def write(self) -> None:
        """Write what waits. What the disk refuses goes on waiting."""
        try:
            while self.waiting:
                with self._guard:
                    chunk = bytes(self.waiting[:_CHUNK_BYTES])
                count = os.write(self.number, chunk)
                with self._guard:
                    del self.waiting[:count]
        except OSError as error:
            self.refusal = error.strerror or str(error)
        else:
            self.refusal = ""

    def last_entries(self) -> list[Entry]:
        """Return the last entries, after a line that was cut off at the end is taken away."""
        size = os.fstat(self.number).st_size
        os.lseek(self.number, max(size - _TAIL_BYTES, 0), os.SEEK_SET)
        tail = os.read(self.number, _TAIL_BYTES)
        whole = tail[: tail.rfind(b"\n") + 1]
        os.ftruncate(self.number, size - len(tail) + len(whole))
        return [entry for line in whole.splitlines() if (entry := _entry(line)) is not None]

    def close(self) -> None:
        """Let go of it."""
        os.close(self.number)


def left_in(folder: Path) -> list[Path]:
    """Return the spools in the hidden folder of `folder`, the oldest first."""
    with contextlib.suppress(OSError):
        return sorted((folder / FOLDER).glob(f"*{_SUFFIX}"), key=lambda path: path.lstat().st_mtime)
    return []


def read(number: int, rest: bytes = b"") -> Iterator[Entry]:
    """Yield the entries of an open file from its beginning, then those of `rest`; damaged ones are left out."""
    os.lseek(number, 0, os.SEEK_SET)
    with os.fdopen(number, "rb", closefd=False) as file:
        for line in (*_lines(file), *rest.splitlines()) if rest else _lines(file):
            if (entry := _entry(line)) is not None:
                yield entry


def take_builder(entries: Iterator[Entry]) -> tuple[TakeBuilder, int | None]:
    """Return what was recorded, and where it ends."""
    builder, end_pulse = TakeBuilder(), None
    for entry in entries:
        match entry:
            case Begun(programs=programs):
                builder.programs = programs
            case Rows(rows=rows, controls=controls):
                builder.add_rows(rows)
                builder.add_controls(controls)
            case Facts(pulse=pulse, tempo=tempo, section=section, key=key):
                builder.add_tick(pulse, tempo, section, key)
            case StartedOver():
                builder.start_over()
            case Ended(end_pulse=pulse):
                end_pulse = pulse
    return builder, end_pulse


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LONGEST_LINE):
        yield line


def _line(entry: Entry) -> bytes:
    return _ENCODER.encode(entry) + b"\n"


def _entry(line: bytes) -> Entry | None:
    try:
        entry: Entry = _DECODER.decode(line)
    except msgspec.MsgspecError:
        return None
    return entry


def _lock(number: int, *, waits: bool = False) -> None:
    """Lock an open file until every process that shares this opening has closed it. BlockingIOError if it is locked."""
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - Windows has no such module

        fcntl.flock(number, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
