"""Turn a file of music into the networks' tokens: `python -m daemon.workers.listening PATH [FROM_BAR]`.

Writes to standard output: the passage as NumPy arrays, or the cause of a failure.
`daemon/composer/fileheard.py` starts it.
"""

import contextlib
import io
import sys
from pathlib import Path
from typing import Final

import numpy as np

from daemon.composer.fileheard import NO_SUCH_BAR, REFUSED
from daemon.music.priming import passage
from daemon.reporting.logs import inherit_logs
from models.grid import on_grid
from models.hearing import hear
from models.reading.limits import RefusedError
from models.reading.reader import read_music

_MEMORY_BYTES: Final = 2 * 2**30


def main(words: list[str]) -> int:
    """Read the file, write the tokens, and return the exit status."""
    inherit_logs("worker")
    _limit_memory()
    try:
        song = on_grid(read_music(Path(words[0])), any_metre=True)
        heard = hear(song)
    except RefusedError as error:
        return _fail(f"it {error}", REFUSED)
    except ValueError as error:
        return _fail(str(error), REFUSED)
    try:
        heard = passage(heard, int(words[1]) if len(words) > 1 else None)
    except ValueError as error:
        return _fail(str(error), NO_SUCH_BAR)
    content = io.BytesIO()
    np.savez(content, **heard._asdict())
    sys.stdout.buffer.write(content.getvalue())
    return 0


def _fail(cause: str, status: int) -> int:
    sys.stdout.buffer.write(cause.encode("utf-8", "replace"))
    return status


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
