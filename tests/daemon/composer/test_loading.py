"""Loading: a bundle is verified at once, whatever is still being made ready, and nobody is kept waiting for ever."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.composer import loading
from daemon.composer.loading import Loading
from daemon.music.engine import Engine
from models.bundle import Bundle
from models.session import Provider
from tests.daemon.playback import CPU
from tests.training import tiny


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tiny.write(tmp_path / "tiny"))


@pytest.fixture
def coming() -> Iterator[Loading]:
    made = Loading(CPU)
    yield made
    made.close()


def test_a_bundle_is_verified_while_another_is_made_ready(
    coming: Loading, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(bundle: Bundle, provider: Provider, seed: int) -> Engine:
        assert go_on.wait(20)
        return Engine(bundle, provider, seed)

    monkeypatch.setattr(loading, "ready_engine", slow)
    coming.load(folder, lambda: None)
    coming.load(folder, lambda: None)
    assert list(coming.finished()) == []
    go_on.set()
    engines: list[loading.Ready] = []
    pause = threading.Event()
    for _ in range(2000):
        engines += coming.finished()
        if len(engines) == 2:
            break
        pause.wait(0.01)
    assert len(engines) == 2


def test_a_wait_for_a_bundle_can_be_broken_off(
    coming: Loading, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("models.bundle.load", lambda _: go_on.wait(20))

    def end() -> None:
        raise InterruptedError("it ends")

    with pytest.raises(InterruptedError):
        coming.load(folder, end)
    assert list(coming.finished()) == []
    go_on.set()
