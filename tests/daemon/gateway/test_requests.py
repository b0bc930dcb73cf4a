"""Requests between surfaces and composer: turns, bounds, and what becomes of them when the composer dies."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from daemon.control import messages
from daemon.control.messages import ControlError
from daemon.gateway import requests as module
from daemon.gateway.errands import Errands
from daemon.gateway.panics import Panics
from daemon.gateway.requests import Requests
from daemon.gateway.steps import Folders
from daemon.link.channel import Channel, socket_pair
from daemon.link.gateway import (
    AcceptedValues,
    Answered,
    Asked,
    BeginRecording,
    Inner,
    NameModels,
    Published,
    Refused,
    ToComposer,
    ToGateway,
)
from daemon.link.player import Transport
from daemon.workers.jobs import Job
from daemon.workers.presets import Presets
from models.notes import MAIN

GET = messages.Get()
STOP = messages.Record("stop")


class Composer:
    """The composer's end of the link: it answers when it is told to. The fixture `gateway` closes it."""

    def __init__(self, requests: Requests) -> None:
        ours, theirs = socket_pair()
        self.channel = Channel[ToComposer, ToGateway](ours, Asked, "composer")
        self.asked: list[Asked] = []
        COMPOSERS.append(self)
        requests.attach(theirs)
        self.hear()

    def hear(self) -> list[messages.Op | Inner]:
        """All that was asked for so far."""
        self.asked += self.channel.receive()
        return [each.op for each in self.asked]

    def answer(self, number: int) -> None:
        self.channel.send(Answered(number, {"number": number}))


COMPOSERS: list[Composer] = []


class Gateway:
    """Requests, and the outcome of each by its name."""

    def __init__(self) -> None:
        self.panics, self.errands = Panics(), Errands()
        folders = Folders(Path("nowhere"), Path("nowhere"))
        self.requests = Requests(
            lambda: {"pong": True},
            {"control": "here"},
            folders,
            self.panics,
            self.errands,
            learn=lambda _op, reply: reply({}),
        )
        self.outcomes: dict[str, Mapping[str, Any] | str] = {}

    def ask(self, name: str, op: messages.Op, client: str = "a", deck: str = MAIN) -> None:
        self.requests.ask(op, "zmq", client, lambda outcome: self._keep(name, outcome), deck)

    def hear(self) -> list[str]:
        """The topics of what was published meanwhile."""
        return [topic for topic, _ in self.requests.receive()]

    def _keep(self, name: str, outcome: Mapping[str, Any] | ControlError) -> None:
        assert name not in self.outcomes, "a request is answered once"
        self.outcomes[name] = f"{outcome.code}: {outcome}" if isinstance(outcome, ControlError) else outcome


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    yield made
    made.requests.close()
    made.panics.close()
    made.errands.close()
    while COMPOSERS:
        COMPOSERS.pop().channel.close()


def test_answers_come_to_who_asked_in_any_order(gateway: Gateway) -> None:
    composer = Composer(gateway.requests)
    gateway.ask("state", messages.State())
    gateway.ask("slow", STOP)
    gateway.ask("set", messages.Set({"tempo": 1.0}))
    assert composer.hear() == [messages.State(), STOP, messages.Set({"tempo": 1.0})]
    composer.channel.send(Refused(3, "out_of_range", "tempo is more", "tempo"))
    composer.answer(1)
    gateway.hear()
    assert gateway.outcomes == {
        "set": "out_of_range: tempo is more",
        "state": {"number": 1, "control": "here"},
    }


def test_ping_and_describe_need_no_composer(gateway: Gateway) -> None:
    gateway.ask("ping", messages.Ping())
    gateway.ask("describe", messages.Describe())
    assert gateway.outcomes["ping"] == {"pong": True}
    assert "params" in gateway.outcomes["describe"]


def test_a_description_says_what_does_not_act_on_each_deck(gateway: Gateway) -> None:
    composer = Composer(gateway.requests)

    def acts(name: str, deck: str) -> bool:
        gateway.ask(name, messages.Describe(), deck=deck)
        described: Any = gateway.outcomes[name]
        return bool(described["params"]["hook"]["acts_now"])

    body = {"transport": {"state": "playing"}, "decks": [MAIN, "second"]}
    composer.channel.send(Published("state", {**body, "unheeded": {"hook": "no hook"}}, "second"))
    gateway.hear()
    assert (acts("one", MAIN), acts("two", "second")) == (True, False)
    composer.channel.send(Published("state", {**body, "unheeded": {}}, "second"))
    gateway.hear()
    assert acts("three", "second")


def test_a_removed_deck_is_forgotten(gateway: Gateway) -> None:
    composer = Composer(gateway.requests)

    def publish(deck: str, *decks: str, **facts: Any) -> None:
        body = {"transport": {"state": "playing"}, "decks": [MAIN, *decks], **facts}
        composer.channel.send(Published("state", body, deck))
        gateway.hear()

    for number in range(9):
        publish(f"deck{number}", f"deck{number}", unheeded={"hook": "no hook"})
    publish(MAIN)
    requests = gateway.requests
    for kept in (requests._decks, requests._unheeded, requests._described):
        assert set(kept) <= {MAIN}
    gateway.ask("old", messages.Describe(), deck="deck8")
    gateway.ask("main", messages.Describe())
    assert gateway.outcomes["old"] == gateway.outcomes["main"]


def test_clients_take_turns_and_each_keeps_its_order(gateway: Gateway) -> None:
    composer = Composer(gateway.requests)
    for number in range(90):
        gateway.ask(f"flood {number}", messages.Set({"number": number}), "flood")
    gateway.ask("other", GET, "other")
    assert len(composer.hear()) == module._AT_ONCE
    composer.answer(1)
    composer.answer(2)
    gateway.hear()
    assert composer.hear()[-2:] == [messages.Set({"number": 16}), GET]
    answered = 2
    while answered < 91:
        answered += 1
        composer.answer(answered)
        gateway.hear()
        composer.hear()
    numbers = [op.params["number"] for op in composer.hear() if isinstance(op, messages.Set)]
    assert numbers == list(range(90))
    assert len(gateway.outcomes) == 91


def test_requests_that_need_files_go_by_workers_and_hold_up_nobody(gateway: Gateway, tmp_path: Path) -> None:
    composer = Composer(gateway.requests)
    gateway.requests._folders = Folders(tmp_path, tmp_path)
    gateway.ask("record", messages.Record("start", "take"))
    gateway.ask("models", messages.Model("list"))
    gateway.ask("prime", messages.Prime(path="nothing.mid"))
    gateway.ask("get", GET)
    assert composer.hear() == [AcceptedValues(), GET]  # a recording of an unknown deck prepares no file
    composer.answer(composer.asked[0].number)
    gateway.hear()
    while len(composer.hear()) < 4 or "prime" not in gateway.outcomes:
        gateway.errands.turn()
        time.sleep(0.01)
    asked = {type(each.op): each for each in composer.asked}
    assert asked[BeginRecording].op == BeginRecording(str(tmp_path / "take.mid"))
    assert isinstance(asked[NameModels].op, NameModels)
    assert str(gateway.outcomes["prime"]).startswith("not_found: there is no file nothing.mid")
    composer.answer(asked[BeginRecording].number)
    composer.channel.send(Refused(asked[NameModels].number, "unavailable", "no"))
    gateway.hear()
    assert gateway.outcomes["record"] == {"number": asked[BeginRecording].number}
    assert gateway.outcomes["models"] == "unavailable: no"


def test_positions_of_a_fader_need_one_worker_and_keep_their_order(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    composer = Composer(gateway.requests)
    gateway.requests._folders = Folders(tmp_path, tmp_path)
    for name, tempo in (("a", 100.0), ("b", 120.0)):
        Presets(tmp_path).save(name, {"tempo": tempo})
    jobs: list[Job[Any]] = []
    run = gateway.errands._workers.run

    def counted(job: Job[Any]) -> Any:
        jobs.append(job)
        return run(job)

    monkeypatch.setattr(gateway.errands._workers, "run", counted)
    for step in range(30):
        gateway.ask(f"early {step}", messages.Morph("a", "b", step / 30))
    composer.hear()
    while len(composer.hear()) < 1:
        gateway.errands.turn()
        time.sleep(0.01)
    for step in range(30):
        gateway.ask(f"late {step}", messages.Morph("a", "b", step / 30))
    for _ in range(100):
        for asked in composer.asked:
            composer.answer(asked.number)
        composer.asked.clear()
        gateway.hear()
        composer.hear()
    assert len(gateway.outcomes) == 60
    assert len(jobs) == 1, "the presets are read once"


def test_many_requests_that_need_files_are_refused(gateway: Gateway) -> None:
    for number in range(12):
        gateway.ask(str(number), messages.Model("list"), f"client {number}")
    assert len(gateway.outcomes) == 4
    assert all("such requests wait" in str(outcome) for outcome in gateway.outcomes.values())


def test_what_waits_is_bounded_for_a_client_and_for_all(gateway: Gateway) -> None:
    for number in range(150):
        gateway.ask(f"a {number}", GET, "a")
    assert len(gateway.outcomes) == 50
    for number in range(2000):
        gateway.ask(f"{number}", GET, f"client {number}")
    assert len(gateway.outcomes) == 150 + 2000 - module._MOST_WAITING
    assert {*gateway.outcomes.values()} == {
        "unavailable: too many requests are waiting; try again in a moment"
    }


def test_the_next_composer_gets_what_may_be_repeated_in_its_order(gateway: Gateway) -> None:
    first = Composer(gateway.requests)
    again: list[messages.Op] = [GET, messages.Set({"a": 1}), messages.Transport("stop")]
    once: list[messages.Op] = [messages.Transport("tap"), messages.Reseed(), STOP]
    gateway.ask("answered", GET)
    for op in (*again, *once):
        gateway.ask(str(op), op)
    assert first.hear() == [GET, *again, *once]
    first.answer(1)
    first.channel.close()
    gateway.ask("after", messages.State())
    gateway.hear()
    assert gateway.outcomes.pop("answered") == {"number": 1}
    assert gateway.outcomes == {
        str(op): "unavailable: edmd's composer died; check whether this was done" for op in once
    }
    second = Composer(gateway.requests)
    assert second.hear() == [*again, messages.State()]
    for each in second.asked:
        second.answer(each.number)
    gateway.hear()
    assert len(gateway.outcomes) == 7


def test_a_composer_that_is_replaced_while_it_lives_loses_no_answer(gateway: Gateway) -> None:
    first = Composer(gateway.requests)
    gateway.ask("get", GET)
    gateway.ask("stop", STOP)
    first.hear()
    first.answer(1)
    first.answer(2)
    second = Composer(gateway.requests)
    assert gateway.outcomes == {"get": {"number": 1}, "stop": {"number": 2}}
    assert second.asked == []


def test_without_a_composer_for_long_requests_are_refused(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.ask("get", GET)
    gateway.hear()
    assert gateway.outcomes == {}
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.0)
    gateway.hear()
    assert gateway.outcomes == {"get": "unavailable: edmd's composer does not run; its log says why"}


def test_a_panic_goes_to_the_player_whatever_the_composer_does(gateway: Gateway) -> None:
    composer = Composer(gateway.requests)
    gateway.ask("early", messages.Transport("panic"))
    ours, theirs = socket_pair()
    gateway.panics.attach(theirs)
    player = Channel[Transport, Any](ours, Transport, "player")
    assert [*player.receive()] == [Transport("panic")], "one that came before the player waited for it"
    composer.channel.send(Published("state", {"transport": {"state": "playing"}}))
    assert gateway.hear() == ["state"]
    for number in range(1000):
        gateway.ask(str(number), messages.Transport("panic"))
    assert [*player.receive()] == []
    assert player.poll(0) is False
    while not player.poll(0.01):
        gateway.panics.send_due()
    assert [*player.receive()] == [Transport("panic")], "many are carried out as one"
    assert composer.hear() == []
    assert gateway.outcomes["early"] == {"state": "stopped"}
    assert gateway.outcomes["999"] == {"state": "playing"}
    player.close()
