"""ZeroMQ contexts of tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import zmq

Context = zmq.Context[zmq.Socket[bytes]]


class _KeepingContext(zmq.Context[zmq.Socket[bytes]]):
    """Keeps its sockets: one that a test has forgotten would be collected before it is closed."""

    kept: list[zmq.Socket[bytes]]

    def __init__(self) -> None:
        super().__init__()
        self.kept = []

    def socket(self, *args: Any, **more: Any) -> zmq.Socket[bytes]:
        self.kept.append(super().socket(*args, **more))
        return self.kept[-1]


@contextmanager
def closed_at_the_end() -> Iterator[Context]:
    """Give a context whose sockets are closed at the end of the block."""
    context = _KeepingContext()
    yield context
    context.destroy(linger=0)
