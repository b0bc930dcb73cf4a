"""Write sound files with libsndfile, and report the system's errors."""

import contextlib
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

import soundfile

from exporters.loudness import RATE


@contextlib.contextmanager
def sound_file(path: Path, kind: str, subtype: str, **coding: Any) -> Iterator[soundfile.SoundFile]:
    """Yield a stereo sound file to write to; `coding` is for `soundfile`. Raises OSError if the disk is full or fails."""
    with path.open("wb", buffering=0) as raw:
        sink = _Sink(raw)
        try:
            with soundfile.SoundFile(sink, "w", RATE, 2, format=kind, subtype=subtype, **coding) as file:
                yield file
        except (AssertionError, RuntimeError) as error:  # soundfile raises these for any failure
            raise sink.error or error from None
        if sink.error is not None:
            raise sink.error


class _Sink:
    """A file that remembers its first error, because libsndfile only learns that too little was written."""

    def __init__(self, raw: FileIO) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        """Write all of `content`. Return its length, or 0 if that failed."""
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[self._raw.write(rest) :]
        except OSError as error:
            self.error = self.error or error
            return 0
        return len(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
