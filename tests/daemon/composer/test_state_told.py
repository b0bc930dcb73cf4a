"""Telemetry publishes seed, model, recording, pending changes and presets whenever they change."""

import time
from pathlib import Path

import pytest

from daemon.composer.models.library import open_bundle
from daemon.composer.requests.handlers import Handlers
from daemon.control import messages
from daemon.control.messages import ControlError
from daemon.music.deck.operations import SwapModel
from daemon.music.ensemble.lineup import whole
from models import bundle as bundles
from tests.daemon.composer.test_conductor import Show, show, solo
from tests.daemon.handlers import answer
from tests.daemon.playback import CPU
from tests.training import tiny

__all__ = ["show", "solo"]


@pytest.fixture
def handlers(show: Show) -> Handlers:
    """The request handlers of a show that plays."""
    show.start()
    show.until_tick(4)
    show.until(lambda: show.states() != [])
    return Handlers(show.decks.stage())


def test_a_seed_from_elsewhere_is_told_when_it_begins(show: Show, handlers: Handlers) -> None:
    assert show.states()[-1]["seed"] == 1
    answer(handlers, messages.Reseed(99))
    show.until(lambda: show.states()[-1]["seed"] == 99)


def test_a_model_is_told_when_it_begins(show: Show, handlers: Handlers, tmp_path: Path) -> None:
    assert show.states()[-1]["model"] == show.decks.stage().report()["models"]["current"]
    other = bundles.load(str(tiny.write(tmp_path / "other")))
    opened = open_bundle(other, CPU)
    show.conductor.library.add(opened)
    show.conductor.changes.accept(SwapModel(whole(opened.source)))
    show.until(lambda: show.states()[-1]["model"] == other.loaded_as)


def test_what_is_pending_is_told_until_it_begins(show: Show, handlers: Handlers) -> None:
    """This holds even if the pending change has no effect."""
    energy = answer(handlers, messages.Get(("energy",)))["params"]["energy"]
    answer(handlers, messages.Set({"energy": energy}, "bar", 2.0))
    show.until(lambda: show.states()[-1]["pending"].get("energy", {}).get("target") == energy)
    assert show.states()[-1]["pending"] == answer(handlers, messages.State())["pending"]
    show.until(lambda: show.states()[-1]["pending"] == {})


def test_a_recording_is_told_with_its_time(show: Show, handlers: Handlers, tmp_path: Path) -> None:
    nothing = {"path": None, "seconds": None}
    assert show.states()[-1]["recording"] == nothing
    answer(handlers, messages.Record("start", "take"))
    path = str(tmp_path / "take.mid")
    show.until(lambda: show.states()[-1]["recording"]["path"] == path)
    began = show.states()[-1]["recording"]["seconds"]
    answer(handlers, messages.Set({"energy": 0.1}))
    show.until(lambda: show.states()[-1]["recording"]["seconds"] > began)
    assert began <= answer(handlers, messages.State())["recording"]["seconds"] < 10
    answer(handlers, messages.Record("stop"))
    show.until(lambda: show.states()[-1]["recording"] == nothing)


def test_presets_saved_and_deleted_are_counted(show: Show, handlers: Handlers) -> None:
    told = [show.states()[-1]["presets"]]
    for op in (
        messages.Preset("save", "one"),
        messages.Preset("save", "one"),
        messages.Preset("delete", "one"),
    ):
        answer(handlers, op)
        show.until(lambda: show.states()[-1]["presets"] > told[-1])
        told.append(show.states()[-1]["presets"])
    with pytest.raises(ControlError):
        answer(handlers, messages.Preset("delete", "one"))
    assert told == [0, 1, 2, 3]


def test_while_nothing_plays_it_is_told_too(show: Show, handlers: Handlers, tmp_path: Path) -> None:
    answer(handlers, messages.Transport("stop"))
    show.until(lambda: show.states()[-1]["transport"]["state"] == "stopped")
    answer(handlers, messages.Preset("save", "one"))
    show.until(lambda: show.states()[-1]["presets"] == 1)
    answer(handlers, messages.Preset("delete", "one"))
    show.until(lambda: show.states()[-1]["presets"] == 2)
    answer(handlers, messages.Record("start", "take"))
    show.until(lambda: show.states()[-1]["recording"]["path"] == str(tmp_path / "take.mid"))
    answer(handlers, messages.Set({"energy": 0.1}, "bar"))
    show.until(lambda: show.states()[-1]["pending"].get("energy", {}).get("target") == 0.1)


def test_a_change_is_told_before_the_next_tick_of_slow_music(show: Show, handlers: Handlers) -> None:
    answer(handlers, messages.Set({"tempo": 20.0}))
    show.until(lambda: show.conductor.telling.transport()["tempo"] == 20.0)
    show.until(lambda: not show.conductor.events.state_changed)
    delays = []
    for energy in (0.1, 0.2, 0.3):
        began = time.monotonic()
        answer(handlers, messages.Set({"energy": energy}))
        show.until(lambda wanted=energy: show.states()[-1]["params"]["energy"] == wanted)  # type: ignore[misc]
        delays.append(time.monotonic() - began)
    assert max(delays) < 0.3, "a tick lasts 0.75 s"


def test_nothing_is_told_twice(show: Show, handlers: Handlers) -> None:
    show.until(lambda: not show.conductor.events.state_changed)
    count, tick = len(show.states()), show.ticks()[-1]
    show.until(lambda: show.ticks()[-1] > tick + 8)
    assert len(show.states()) == count
