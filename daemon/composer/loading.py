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
from models.hearing import Heard
from models.session import Provider

_log: Final = logging.getLogger(__name__)
_REST_SECONDS: Final = 0.004


class Ready(NamedTuple):
    """An engine that can be swapped in; `heard` is what it was primed with."""

    engine: Engine
    heard: Heard | None


class _Coming(NamedTuple):
    """An engine that is being made, or waits for it."""

    name: str
    is_primed: bool
    ready: "Future[Ready]"


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
        self._coming: list[_Coming] = []

    def load(self, name: str) -> Errand[Bundle]:
        """Verify a bundle, then make an engine of it ready; the errand raises ControlError when it is refused."""

        def verified() -> Bundle:
            try:
                return bundles.load(name)
            except BundleError as error:
                raise ControlError("unavailable", str(error), "name") from None

        def expected(bundle: Bundle) -> dict[str, object]:
            self._expect(bundle)
            return {"name": name, "at": "bar"}

        return self._errands.run(verified, expected)

    def prime(
        self, read: Callable[[], Heard], current: Callable[[], tuple[Bundle, Parameters]]
    ) -> Errand[Heard]:
        """Read music, then make an engine of the bundle that is `current` ready that has lived through it."""

        def expected(heard: Heard) -> dict[str, object]:
            bundle, parameters = current()
            self._expect(bundle, heard, parameters)
            return {"bars": heard.bars, "shift": heard.shift, "at": "bar"}

        return self._errands.run(read, expected)

    def _rest(self) -> None:
        """Leave the processor, and the interpreter, to the music that plays."""
        if self._closed.wait(_REST_SECONDS):
            raise _GivenUpError

    def _expect(
        self, bundle: Bundle, heard: Heard | None = None, parameters: Parameters | None = None
    ) -> None:
        def make() -> Ready:
            engine = ready_engine(bundle, self._provider, 0)
            if heard is not None:
                prime(engine, heard, parameters or Parameters(), self._rest)
            return Ready(engine, heard)

        is_primed = heard is not None
        self._coming = [c for c in self._coming if c.is_primed is not is_primed or not c.ready.cancel()]
        self._coming.append(_Coming(bundle.name, is_primed, self._pool.submit(make)))

    def finished(self) -> Iterator[Ready]:
        """The engines that have become ready; one that cannot be made is told in the log."""
        while self._coming and self._coming[0].ready.done():
            name, _, engine = self._coming.pop(0)
            error = engine.exception()
            if error is None:
                yield engine.result()
            else:
                _log.error("the model %s cannot be loaded, the one before goes on: %s", name, error)

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
