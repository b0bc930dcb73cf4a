"""Loading: models made ready beside the music, few at a time, and only what a worker has verified."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.composer.models import loading
from daemon.composer.models.library import OpenBundle, open_bundle
from daemon.composer.models.loading import Loading
from daemon.workers.jobs import Verified
from models import bundle as bundles
from models.bundle import Bundle
from models.session import Provider
from tests.daemon.playback import CPU
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
    """Bundles are opened only when this is set."""
    event = threading.Event()

    def slow(bundle: Bundle, provider: Provider) -> OpenBundle:
        assert event.wait(20)
        return open_bundle(bundle, provider)

    monkeypatch.setattr(loading, "open_bundle", slow)
    yield event
    event.set()


def opened_by(coming: Loading, count: int) -> list[OpenBundle]:
    opened: list[OpenBundle] = []
    pause = threading.Event()
    for _ in range(2000):
        opened += [each for (each,), _ in coming.finished()]
        if len(opened) >= count:
            break
        pause.wait(0.01)
    return opened


def test_of_models_that_wait_only_the_last_is_made_ready(
    coming: Loading, verified: Verified, go_on: threading.Event
) -> None:
    for _ in range(20):
        coming.load(verified)
    assert list(coming.finished()) == []
    go_on.set()
    assert len(opened_by(coming, 2)) == 2, "the first was being made, and the last one waited"
    assert list(coming.finished()) == []


def test_a_bundle_that_is_another_by_now_is_not_played(
    coming: Loading, verified: Verified, caplog: pytest.LogCaptureFixture
) -> None:
    coming.load(Verified(verified.name, {**verified.hashes, "melody.onnx": "0" * 64}))
    coming.load(verified)
    assert [each.bundle.name for each in opened_by(coming, 1)] == ["tiny"]
    assert "was changed while it was loaded" in caplog.text
