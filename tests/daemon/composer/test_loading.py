"""Loading: models made ready beside the music, few at a time, and only what a worker has verified."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.composer import loading
from daemon.composer.loading import Loading
from daemon.workers.jobs import Verified
from models import bundle as bundles
from models.bundle import Bundle
from models.session import Provider
from tests.daemon.playback import CPU
from tests.daemon.solo import Solo
from tests.training import tiny


@pytest.fixture
def verified(tmp_path: Path) -> Verified:
    folder = str(tiny.write(tmp_path / "tiny"))
    return Verified(folder, bundles.load(folder).hashes)


@pytest.fixture
def coming() -> Iterator[Loading]:
    made = Loading(CPU)
    yield made
    made.close()


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Engines are made ready only when this is set."""
    event = threading.Event()

    def slow(bundle: Bundle, provider: Provider, seed: int) -> Solo:
        assert event.wait(20)
        return Solo(bundle, provider, seed)

    monkeypatch.setattr(loading, "ready_engine", slow)
    yield event
    event.set()


def engines_of(coming: Loading, count: int) -> list[Solo]:
    engines: list[Solo] = []
    pause = threading.Event()
    for _ in range(2000):
        engines += coming.finished()
        if len(engines) >= count:
            break
        pause.wait(0.01)
    return engines


def test_of_models_that_wait_only_the_last_is_made_ready(
    coming: Loading, verified: Verified, go_on: threading.Event
) -> None:
    for _ in range(20):
        coming.load(verified)
    assert list(coming.finished()) == []
    go_on.set()
    assert len(engines_of(coming, 2)) == 2, "the first was being made, and the last one waited"
    assert list(coming.finished()) == []


def test_a_bundle_that_is_another_by_now_is_not_played(
    coming: Loading, verified: Verified, caplog: pytest.LogCaptureFixture
) -> None:
    coming.load(Verified(verified.name, {**verified.hashes, "melody.onnx": "0" * 64}))
    coming.load(verified)
    assert [engine.bundle.name for engine in engines_of(coming, 1)] == ["tiny"]
    assert "was changed while it was loaded" in caplog.text
