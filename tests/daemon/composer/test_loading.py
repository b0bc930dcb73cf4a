"""Loading: models made ready beside the music, few at a time, and only what a worker has verified."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.composer import loading
from daemon.composer.loading import Loading
from daemon.control.messages import HeardNote, Prime
from daemon.music.engine import Engine
from daemon.parameters import Parameters
from daemon.workers import prime
from daemon.workers.jobs import ReadMusic, Verified
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
    """Engines are made ready only when this is set."""
    event = threading.Event()

    def slow(bundle: Bundle, provider: Provider, seed: int) -> Engine:
        assert event.wait(20)
        return Engine(bundle, provider, seed)

    monkeypatch.setattr(loading, "ready_engine", slow)
    yield event
    event.set()


def engines_of(coming: Loading, count: int) -> list[loading.Ready]:
    engines: list[loading.Ready] = []
    pause = threading.Event()
    for _ in range(2000):
        engines += coming.finished()
        if len(engines) >= count:
            break
        pause.wait(0.01)
    return engines


def test_of_models_that_wait_only_the_last_is_made_ready_and_of_primings(
    coming: Loading, verified: Verified, go_on: threading.Event
) -> None:
    bundle = bundles.load(verified.name)
    music = prime.work(ReadMusic("", Prime(notes=(HeardNote(0.0, 1.0, "lead", 60, 90),))))
    for _ in range(20):
        assert coming.load(verified) == {"name": verified.name, "at": "bar"}
        assert coming.prime(music, bundle, Parameters())["bars"] == 8
    assert list(coming.finished()) == []
    go_on.set()
    kinds = [each.heard is None for each in engines_of(coming, 3)]
    assert sorted(kinds) == [False, True, True], "the first was being made, and the last of each kind waited"
    assert list(coming.finished()) == []


def test_a_bundle_that_is_another_by_now_is_not_played(
    coming: Loading, verified: Verified, caplog: pytest.LogCaptureFixture
) -> None:
    coming.load(Verified(verified.name, {**verified.hashes, "melody.onnx": "0" * 64}))
    coming.load(verified)
    assert [each.engine.bundle.name for each in engines_of(coming, 1)] == ["tiny"]
    assert "was changed while it was loaded" in caplog.text
