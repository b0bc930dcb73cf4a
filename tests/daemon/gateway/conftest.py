"""The limits of the test's process stay as they are where a test runs a gateway in it."""

from collections.abc import Iterator

import pytest

from tests.daemon.handlers import limits_kept


@pytest.fixture(autouse=True)
def _limits() -> Iterator[None]:
    with limits_kept():
        yield
