"""Loading models while music plays: verifying a bundle waits for no other, and few requests may wait."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.composer import loading
from daemon.composer.errands import MOST_WAITING
from daemon.composer.listening import song_of
from daemon.composer.loading import Loading
from daemon.control.messages import ControlError, HeardNote
from daemon.music.engine import Engine
from daemon.music.priming import passage
from daemon.parameters import Parameters
from models import bundle as bundles
from models.bundle import Bundle
from models.hearing import hear
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


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The preparation of engines waits until this event is set."""
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


def test_a_bundle_is_verified_while_another_is_made_ready(
    coming: Loading, folder: str, go_on: threading.Event
) -> None:
    for _ in range(2):
        assert coming.load(folder).result() == {"name": folder, "at": "bar"}
    assert list(coming.finished()) == []
    go_on.set()
    assert len(engines_of(coming, 2)) == 2


def test_of_models_that_wait_only_the_last_is_made_ready_and_of_primings(
    coming: Loading, folder: str, go_on: threading.Event
) -> None:
    bundle, heard = bundles.load(folder), passage(hear(song_of([HeardNote(0.0, 1.0, "lead", 60, 90)])))
    for _ in range(20):
        coming.load(folder).result()
        coming.prime(lambda: heard, lambda: (bundle, Parameters())).result()
    go_on.set()
    kinds = [each.heard is None for each in engines_of(coming, 3)]
    assert sorted(kinds) == [False, True, True], (
        "the first one was in preparation, and the last one of each kind waited"
    )
    assert list(coming.finished()) == []


def test_a_bundle_holds_up_nobody_and_few_wait(
    coming: Loading, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, real = threading.Event(), bundles.load
    monkeypatch.setattr("models.bundle.load", lambda name: read.wait(20) and real(name))
    errands = [coming.load(folder) for _ in range(MOST_WAITING)]
    assert not any(each.done() for each in errands)
    with pytest.raises(ControlError, match="too much is asked of the models at once") as refused:
        coming.load(folder)
    assert refused.value.code == "unavailable"
    read.set()
    assert [each.result()["name"] for each in errands] == [folder] * MOST_WAITING
    coming.load(folder).result()


def test_a_bundle_that_does_not_fit_is_told(coming: Loading, tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="is not a bundle") as refused:
        coming.load(str(tmp_path / "none")).result()
    assert refused.value.code == "unavailable"
    assert list(coming.finished()) == []
