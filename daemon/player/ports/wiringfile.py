"""The file of remembered connections. A thread reads and writes it, because no note may wait for a disk that hangs.

It is sealed, brought to the disk, and the one before is kept, as other small files (`exporters/kept.py`).
"""

import contextlib
import os
import secrets
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from models.reading.files import read_bytes
from models.reading.limits import RefusedError
from models.reading.sealed import seal, unseal

_READ_SECONDS: Final = 1.0
_MOST_BYTES: Final = 2**20


class WiringFile:
    """The file at `path`; None keeps nothing. A file that cannot be read or written is ignored."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._wanted: bytes | None = None
        self._guard = threading.Lock()
        self._writer: threading.Thread | None = None

    def read(self) -> Any:
        """Return what was written last, or before that if it is damaged; None if the disk does not answer soon."""
        found: list[Any] = []
        if self._path is not None:
            reader = threading.Thread(target=lambda: found.append(self._read()), daemon=True)
            reader.start()
            reader.join(_READ_SECONDS)
        return found[0] if found else None

    def write(self, content: Iterable[tuple[str, str]]) -> None:
        """Write soon; of several contents that wait the last is written."""
        if self._path is None:
            return
        with self._guard:
            self._wanted = msgspec.json.encode([*content])
            if self._writer is None:
                self._writer = threading.Thread(target=self._run, name="wiring", daemon=True)
                self._writer.start()

    def drain(self, seconds: float) -> bool:
        """Wait up to `seconds` until everything is written; return whether it is."""
        writer = self._writer
        if writer is not None:
            writer.join(seconds)
        return self._writer is None

    def _run(self) -> None:
        while True:
            with self._guard:
                wanted, self._wanted = self._wanted, None
                if wanted is None:
                    self._writer = None
                    return
            with contextlib.suppress(OSError):
                self._write(seal(wanted))

    def _write(self, content: bytes) -> None:
        path = self._path
        assert path is not None  # noqa: S101 - `write` has looked
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{secrets.token_hex(8)}.partial")
        try:
            with partial.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(OSError, RefusedError):
                unseal(read_bytes(path, _MOST_BYTES))
                path.replace(_before(path))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def _read(self) -> Any:
        assert self._path is not None  # noqa: S101 - `read` has looked
        for path in (self._path, _before(self._path)):
            with contextlib.suppress(RefusedError, msgspec.MsgspecError):
                return msgspec.json.decode(unseal(read_bytes(path, _MOST_BYTES)))
        return None


def _before(path: Path) -> Path:
    return path.with_name(f".{path.name}.before")
