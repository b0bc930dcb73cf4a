"""Whether the link to the player has room, even if its file descriptor has a high number."""

import contextlib
import os

import pytest

from daemon.composer.player_link import _has_room
from tests import needs

fcntl = needs.library("fcntl")
resource = needs.library("resource")
_HIGH = 2000


def test_a_pipe_of_a_high_number_is_looked_at() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard <= _HIGH:
        pytest.skip("this system allows no file descriptor as high as that")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, _HIGH + 1), hard))
    reader, writer = os.pipe()
    high = fcntl.fcntl(writer, fcntl.F_DUPFD, _HIGH)
    try:
        assert _has_room(high)
        os.set_blocking(high, False)
        with contextlib.suppress(BlockingIOError):
            while os.write(high, b"x" * 4096):
                pass
        assert not _has_room(high)
    finally:
        for each in (reader, writer, high):
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
