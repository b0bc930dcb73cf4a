"""Loading of another model in the background, after a worker has verified its bundle."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from daemon.composer.models.library import OpenBundle, open_bundle
from daemon.link.gateway import LoadScene
from daemon.music.systems.system import Part
from daemon.workers.jobs import Verified
from models import bundle as bundles
from models.bundle import BundleError
from models.session import Provider

_log: Final = logging.getLogger(__name__)
_REST_SECONDS: Final = 0.25

Purpose = Part | LoadScene | None


class Loading:
    """Opens bundles one after the other in a thread. It drops a waiting request when a newer one comes."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._pool = ThreadPoolExecutor(1, "edmd model")
        self._closed = threading.Event()
        self._wanted: tuple[tuple[Verified, ...], Purpose] | None = None
        self._making: tuple[str, Purpose, Future[list[OpenBundle]]] | None = None

    def load(self, bundles: Verified | tuple[Verified, ...], purpose: Purpose = None) -> None:
        """Request that verified bundles are opened: for everything, for one part, or for a scene."""
        self._wanted = (bundles if isinstance(bundles, tuple) else (bundles,)), purpose
        self._make_next()

    def finished(self) -> Iterator[tuple[list[OpenBundle], Purpose]]:
        """Yield the opened bundles, if there are some, and their purpose; log an error if one cannot be opened."""
        if self._making is None or not self._making[2].done():
            return
        names, purpose, ready = self._making
        self._making = None
        self._make_next()
        error = ready.exception()
        if error is None:
            yield ready.result(), purpose
        else:
            _log.error("the model %s cannot be loaded, the one before goes on: %s", names, error)

    def close(self) -> None:
        """Stop loading."""
        self._closed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _make_next(self) -> None:
        if self._making is None and self._wanted is not None:
            (bundles, purpose), self._wanted = self._wanted, None
            names = ", ".join(each.name for each in bundles)
            opening = self._pool.submit(lambda: [_opened(each, self._provider) for each in bundles])
            self._making = (names, purpose, opening)
            self._pool.submit(self._closed.wait, _REST_SECONDS)


def _opened(verified: Verified, provider: Provider) -> OpenBundle:
    """Read a verified bundle and open its sessions. Raises BundleError if the bundle has changed."""
    bundle = bundles.load(verified.name)
    if bundle.hashes != verified.hashes:
        raise BundleError(f"the bundle {bundle.folder} was changed while it was loaded; load it again")
    return open_bundle(bundle, provider)
