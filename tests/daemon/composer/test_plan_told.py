"""The plan of each bar in telemetry and in the state."""

from pathlib import Path
from typing import Any

from daemon.composer.records.events import Events
from daemon.music.deck.deck import Deck
from daemon.music.deck.operations import SetParameters
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from daemon.parameters import Parameters
from models import bundle
from models.session import choose_provider
from tests.daemon.solo import Solo
from tests.training import tiny


def deck_of(tmp_path: Path, **parameters: Any) -> Deck:
    small = bundle.load(str(tiny.write(tmp_path / "tiny")))
    return Solo(small, choose_provider("cpu", b""), 1).deck(Parameters.from_names(parameters))


def begin(deck: Deck) -> Ticked:
    """Let the next tick begin; the music is composed some ticks ahead."""
    tick = deck.next_tick
    deck.rewind()
    while deck.head < tick + 20:
        run(deck.compose())
    deck.begin(tick + 1)
    ticked = deck.ticked(tick)
    assert ticked is not None
    return ticked


def told_by(deck: Deck, ticks: int, changes: dict[int, SetParameters] | None = None) -> list[Any]:
    """The `tick` messages of the next ticks; each of `changes` is asked for before its tick begins."""
    events, told = Events("cpu"), []
    events.publish = lambda topic, message: told.append(message) if topic == "tick" else None
    for tick in range(deck.next_tick, deck.next_tick + ticks):
        if changes and tick in changes:
            deck.accept(changes[tick], tick)
        events.began(begin(deck), deck)
    return told


def test_the_first_tick_of_a_bar_tells_its_plan(tmp_path: Path) -> None:
    deck = deck_of(tmp_path, section="break")
    told = told_by(deck, 40)
    plans = [message["plan"] for message in told if "plan" in message]
    assert [message["tick"] for message in told if "plan" in message] == [0, 16, 32]
    assert [plan["bar"] for plan in plans] == [0, 1, 2]
    assert {plan["section"] for plan in plans} == {message["section"] for message in told} == {"break"}
    assert deck.outlook().describe(2) == plans[-1]


def test_before_the_first_tick_there_is_no_plan(tmp_path: Path) -> None:
    assert deck_of(tmp_path).outlook().describe(0) is None


def test_an_override_is_told_from_the_next_bar_on(tmp_path: Path) -> None:
    deck = deck_of(tmp_path)
    told = told_by(deck, 17, {5: SetParameters({"section": "drop", "key": "C minor"})})
    assert [message["section"] for message in told] == ["intro"] * 16 + ["drop"]
    assert (told[16]["plan"]["section"], told[16]["plan"]["key"]) == ("drop", "C minor / Eb major")


def test_a_plan_that_changes_within_a_bar_is_told_at_once_and_only_then(tmp_path: Path) -> None:
    changes = {
        4: SetParameters({"swing": 0.6}),
        5: SetParameters({"section": "drop"}),
    }
    told = told_by(deck_of(tmp_path), 17, changes)
    assert [message["tick"] for message in told if "plan" in message] == [0, 5, 16]
    assert told[0]["plan"]["next"]["section"] == "intro"
    assert told[5]["plan"]["next"]["section"] == "drop"
