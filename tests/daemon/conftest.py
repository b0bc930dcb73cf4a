"""Fixtures of the tests of daemons."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.shows import Show
from tests.training import tiny


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Show]]:
    """Start daemons, which are ended with the test."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "edmd-nothing")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    tiny.write(tmp_path / "tiny")
    shows: list[Show] = []

    def begin(*more: str, **options: Any) -> Show:
        shows.append(Show(tmp_path, *more, **options))
        return shows[-1]

    yield begin
    for each in shows:
        each.close()
