"""A file of music as the networks hear it, read by a process of its own.

So a file that takes long to read or needs much memory delays neither the music nor other requests, and the reading
can be stopped.
"""

import io
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from daemon.interpreter import module_words
from models.hearing import TokenisedMusic

# What the process ends with: 0 for a passage.
REFUSED: Final = 3
NO_SUCH_BAR: Final = 4
_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.02


class UnheardError(Exception):
    """The file cannot be heard; the text says why, without naming it."""


def heard_aside(path: Path, from_bar: int | None, is_given_up: Callable[[], bool]) -> TokenisedMusic:
    """Return the passage of a file that a process of its own reads.

    UnheardError when it cannot be read, or not in time; ValueError when it has no such bar.
    """
    words = [*module_words("daemon.workers.listening"), str(path)]
    words += [] if from_bar is None else [str(from_bar)]
    with subprocess.Popen(  # noqa: S603 - our own program, and a path as one word
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as worker:
        try:
            content = _answer(worker, is_given_up)
        finally:
            worker.kill()
    cause = content.decode("utf-8", "replace").strip() if worker.returncode else ""
    if worker.returncode == NO_SUCH_BAR:
        raise ValueError(cause)
    if worker.returncode:
        raise UnheardError(cause if worker.returncode == REFUSED else "reading it failed")
    with np.load(io.BytesIO(content)) as arrays:
        return TokenisedMusic(arrays["melody"], arrays["percussion"], int(arrays["shift"]))


def _answer(worker: "subprocess.Popen[bytes]", is_given_up: Callable[[], bool]) -> bytes:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            return worker.communicate(timeout=_LOOK_SECONDS)[0]
        except subprocess.TimeoutExpired:
            if is_given_up():
                raise UnheardError("edmd is ending") from None
            if time.monotonic() > end:
                raise UnheardError(f"reading it takes more than {_SECONDS:g} seconds") from None
