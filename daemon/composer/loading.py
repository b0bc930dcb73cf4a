"""Load another model in a thread while the music plays, after a worker has verified it."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from daemon.composer.handlers import Reply
from daemon.music.engine import Engine
from daemon.music.priming import prime
from daemon.parameters import Parameters
from daemon.workers.jobs import Heard, Verified
from models import bundle as bundles
from models.bundle import Bundle, BundleError
from models.hearing import TokenisedMusic
from models.session import Provider

_log: Final = logging.getLogger(__name__)
_REST_SECONDS: Final = 0.004
_REST_AFTER_SECONDS: Final = 0.25


class Ready(NamedTuple):
    """An engine that can be swapped in; `heard` is the music that it was primed with."""

    engine: Engine
    heard: TokenisedMusic | None


class _Wanted(NamedTuple):
    """An engine that has to be built: its bundle, and what it hears first."""

    name: str
    bundle: Callable[[], Bundle]
    heard: TokenisedMusic | None = None
    parameters: Parameters = Parameters()


class _GivenUpError(Exception):
    """The engine is no longer needed."""


class Loading:
    """Builds engines in a thread, one after the other.

    If several models wait, only the last is built; the same holds for primings.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._pool = ThreadPoolExecutor(1, "edmd model")
        self._closed = threading.Event()
        # The waiting engines, by whether they are primed, and the one that is being built.
        self._wanted: dict[bool, _Wanted] = {}
        self._making: tuple[str, Future[Ready]] | None = None

    def load(self, verified: Verified) -> Reply:
        """Build an engine of a bundle that a worker has verified."""
        self._expect(_Wanted(verified.name, partial(_bundle, verified)))
        return {"name": verified.name, "at": "bar"}

    def prime(self, music: Heard, bundle: Bundle, parameters: Parameters) -> Reply:
        """Build an engine of a bundle and let it hear `music`."""
        melody, percussion = (np.array(rows, np.int64) for rows in (music.melody, music.percussion))
        heard = TokenisedMusic(melody, percussion, music.shift)
        self._expect(_Wanted(bundle.name, lambda: bundle, heard, parameters))
        return {"bars": heard.bars, "shift": heard.shift, "at": "bar"}

    def finished(self) -> Iterator[Ready]:
        """Yield the engine that has become ready, if any. If it cannot be built, log why."""
        if self._making is None or not self._making[1].done():
            return
        name, ready = self._making
        self._making = None
        self._make_next()
        error = ready.exception()
        if error is None:
            yield ready.result()
        else:
            _log.error("the model %s cannot be loaded, the one before goes on: %s", name, error)

    def _expect(self, wanted: _Wanted) -> None:
        self._wanted[wanted.heard is not None] = wanted
        self._make_next()

    def _make_next(self) -> None:
        if self._making is None and self._wanted:
            wanted = self._wanted.pop(next(iter(self._wanted)))
            self._making = (wanted.name, self._pool.submit(self._make, wanted))
            self._pool.submit(self._closed.wait, _REST_AFTER_SECONDS)

    def _make(self, wanted: _Wanted) -> Ready:
        engine = ready_engine(wanted.bundle(), self._provider, 0)
        if wanted.heard is not None:
            prime(engine, wanted.heard, wanted.parameters, self._rest)
        return Ready(engine, wanted.heard)

    def _rest(self) -> None:
        """Leave the processor and the interpreter to the music for a moment."""
        if self._closed.wait(_REST_SECONDS):
            raise _GivenUpError

    def close(self) -> None:
        """Load no more."""
        self._closed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _bundle(verified: Verified) -> Bundle:
    """Read a verified bundle. Raises BundleError if it has changed since."""
    bundle = bundles.load(verified.name)
    if bundle.hashes != verified.hashes:
        raise BundleError(f"the bundle {bundle.folder} was changed while it was loaded; load it again")
    return bundle


def ready_engine(bundle: Bundle, provider: Provider, seed: int) -> Engine:
    """Return an engine that has taken one step, because the first step is slow."""
    engine = Engine(bundle, provider, seed)
    engine.step(0, Parameters())
    engine.begin(seed, 0)
    return engine
