"""Loading another model while the music plays: verified first, then made ready, both beside it."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

from daemon.composer.errands import Errand, Errands
from daemon.control.messages import ControlError
from daemon.music.engine import Engine
from daemon.music.priming import prime
from daemon.parameters import Parameters
from models import bundle as bundles
from models.bundle import Bundle, BundleError
from models.hearing import TokenisedMusic
from models.session import Provider

_log: Final = logging.getLogger(__name__)
_REST_SECONDS: Final = 0.004
_REST_AFTER_SECONDS: Final = 0.25


class Ready(NamedTuple):
    """An engine that can be swapped in; `heard` is what it was primed with."""

    engine: Engine
    heard: TokenisedMusic | None


class _Wanted(NamedTuple):
    """What an engine is to be made of."""

    bundle: Bundle
    heard: TokenisedMusic | None = None
    parameters: Parameters = Parameters()


class _GivenUpError(Exception):
    """The engine is not wanted any more."""


class Loading:
    """Engines on their way, each in its turn, in a thread of their own; bundles are verified, music read in another.

    Of the models that wait to be made ready only the last is, and of the primings.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._pool = ThreadPoolExecutor(1, "edmd model")
        self._errands = Errands("models")
        self._closed = threading.Event()
        # What waits to be made, by whether it is primed, and what is being made.
        self._wanted: dict[bool, _Wanted] = {}
        self._making: tuple[str, Future[Ready]] | None = None

    def load(self, name: str) -> Errand[Bundle]:
        """Verify a bundle, then make an engine of it ready; the errand raises ControlError when it is refused."""

        def verified() -> Bundle:
            try:
                return bundles.load(name)
            except BundleError as error:
                raise ControlError("unavailable", str(error), "name") from None

        def expected(bundle: Bundle) -> dict[str, object]:
            self._expect(_Wanted(bundle))
            return {"name": name, "at": "bar"}

        return self._errands.run(verified, expected)

    def prime(
        self, read: Callable[[], TokenisedMusic], current: Callable[[], tuple[Bundle, Parameters]]
    ) -> Errand[TokenisedMusic]:
        """Read music, then make an engine of the bundle that is `current` ready that has lived through it."""

        def expected(heard: TokenisedMusic) -> dict[str, object]:
            bundle, parameters = current()
            self._expect(_Wanted(bundle, heard, parameters))
            return {"bars": heard.bars, "shift": heard.shift, "at": "bar"}

        return self._errands.run(read, expected)

    def finished(self) -> Iterator[Ready]:
        """The engine that has become ready, if one has; one that cannot be made is told in the log."""
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
            self._making = (wanted.bundle.name, self._pool.submit(self._make, wanted))
            self._pool.submit(self._closed.wait, _REST_AFTER_SECONDS)

    def _make(self, wanted: _Wanted) -> Ready:
        engine = ready_engine(wanted.bundle, self._provider, 0)
        if wanted.heard is not None:
            prime(engine, wanted.heard, wanted.parameters, self._rest)
        return Ready(engine, wanted.heard)

    def _rest(self) -> None:
        """Leave the processor, and the interpreter, to the music that plays."""
        if self._closed.wait(_REST_SECONDS):
            raise _GivenUpError

    def is_closed(self) -> bool:
        """Whether nothing is loaded any more."""
        return self._closed.is_set()

    def close(self) -> None:
        """Load no more."""
        self._closed.set()
        self._errands.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def ready_engine(bundle: Bundle, provider: Provider, seed: int) -> Engine:
    """An engine whose first step will be as quick as any."""
    engine = Engine(bundle, provider, seed)
    engine.step(0, Parameters())
    engine.begin(seed, 0)
    return engine
