"""What a request asks for and that may take long: done in a thread beside the music, answered when it is done."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from daemon.control.messages import ControlError

# Beyond so many a request is refused.
MOST_WAITING: Final = 8
# After each errand: a thread that always works would share the interpreter with the music half and half.
_REST_SECONDS: Final = 0.05

T = TypeVar("T")
Reply = Mapping[str, Any]


@dataclass(frozen=True)
class Errand(Generic[T]):
    """A reply to come: `work` is what the thread does, `then` what follows from it."""

    work: "Future[T]"
    then: Callable[[T], Reply]

    def done(self) -> bool:
        """Whether the thread has done its work."""
        return self.work.done()

    def result(self) -> Reply:
        """Do what follows, in the thread of whoever calls this, which is to be done once; raises what either raises."""
        return self.then(self.work.result())


class Errands:
    """One errand after the other, in a thread of their own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pool = ThreadPoolExecutor(1, f"edmd {name}")
        self._closed = threading.Event()
        self._places = threading.Semaphore(MOST_WAITING)

    def run(self, work: Callable[[], T], then: Callable[[T], Reply]) -> Errand[T]:
        """Begin an errand; ControlError when too many wait."""
        if not self._places.acquire(blocking=False):
            raise ControlError(
                "unavailable", f"too much is asked of the {self._name} at once; try again in a moment"
            )
        done = self._pool.submit(work)
        done.add_done_callback(lambda _: self._places.release())
        self._pool.submit(self._closed.wait, _REST_SECONDS)
        return Errand(done, then)

    def close(self) -> None:
        """Begin no more of them; one that is being done is not waited for."""
        self._closed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
