"""The composer's end of the link to the gateway: what is carried out, answered and published."""

import errno
import gc
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from daemon.composer.requests.gateway_link import GatewayLink
from daemon.control import messages
from daemon.link.channel import Channel, socket_pair
from daemon.link.gateway import Answered, Asked, Inner, Published, Refused, ToComposer, ToGateway
from models.notes import MAIN
from tests.daemon.handlers import PlainHandlers

Gateway = Channel[ToGateway, ToComposer]
GET = messages.Get(("energy",))


@pytest.fixture
def handlers() -> PlainHandlers:
    return PlainHandlers()


@pytest.fixture
def link(handlers: PlainHandlers) -> Iterator[GatewayLink]:
    made = GatewayLink(handlers)
    yield made
    made.close()


@pytest.fixture
def gateway(link: GatewayLink) -> Iterator[Gateway]:
    made = attached(link)
    yield made
    made.close()


def attached(link: GatewayLink) -> Gateway:
    ours, theirs = socket_pair()
    link.attach(theirs)
    gateway = Gateway(ours, ToGateway, "gateway")
    assert link.serve() == 0
    assert [*gateway.receive()] == []
    return gateway


@contextmanager
def linked(handlers: PlainHandlers) -> Iterator[tuple[GatewayLink, Gateway]]:
    """Link a gateway to these handlers until the block ends."""
    link = GatewayLink(handlers)
    with closing(link), closing(attached(link)) as gateway:
        yield link, gateway


def ask(gateway: Gateway, *ops: messages.Op) -> None:
    for number, op in enumerate(ops, 1):
        gateway.send(Asked(number, op, "zmq"))


def test_a_turn_carries_out_at_most_its_limit(
    link: GatewayLink, gateway: Gateway, handlers: PlainHandlers
) -> None:
    ask(gateway, *[GET] * 5)
    served: list[int] = []
    while not served or served[-1]:
        served.append(link.serve(3, seconds=60.0))
        assert link.is_busy == (len(served) == 1), "what was read and not carried out is not forgotten"
    assert served == [3, 2, 0]
    assert handlers.asked == [GET] * 5
    assert [*gateway.receive()] == [Answered(n, {"params": {"energy": 0.5}}) for n in range(1, 6)]


def test_a_turn_begins_no_request_after_its_time(link: GatewayLink, gateway: Gateway) -> None:
    ask(gateway, GET, GET)
    assert link.serve(3, seconds=-1.0) == 0
    assert link.serve(3, seconds=60.0) == 2


def test_another_gateway_takes_the_place_of_one_that_has_gone(link: GatewayLink, gateway: Gateway) -> None:
    ask(gateway, GET)
    gateway.close()
    link.serve()
    link.serve()
    assert (link.fileno(), link.is_busy) == (None, False)
    link.publish(MAIN, "tick", {"tick": 1})  # to nobody
    with closing(attached(link)) as second:
        ask(second, GET)
        link.publish(MAIN, "tick", {"tick": 2})
        link.serve()
        assert [*second.receive()] == [
            Published("tick", {"tick": 2}),
            Answered(1, {"params": {"energy": 0.5}}),
        ]


def test_a_fault_is_refused_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    class FaultyHandlers(PlainHandlers):
        def handle(self, op: messages.Op | Inner, _deck: str = MAIN) -> Any:
            return {"thread": object()} if op == GET else 1 / 0

    with linked(FaultyHandlers()) as (link, gateway):
        ask(gateway, GET, messages.State())
        assert link.serve(seconds=60.0) == 2
        refused = [message for message in gateway.receive() if isinstance(message, Refused)]
    assert [(each.number, each.code) for each in refused] == [(1, "unavailable"), (2, "unavailable")]
    assert len(caplog.records) == 2


def test_what_a_gateway_does_not_read_is_dropped(link: GatewayLink, gateway: Gateway) -> None:
    note = {"padding": "x" * 1000}
    for _ in range(5000):
        link.publish(MAIN, "note", note)
    ask(gateway, GET)
    link.serve()
    published = answered = 0
    while not answered:
        for message in gateway.receive():
            published += isinstance(message, Published)
            answered += isinstance(message, Answered)
        link.serve()
    assert 200 < published < 2500


def test_a_refusal_leaves_nothing_that_only_a_full_collection_would_find() -> None:
    """While music plays the garbage collector is off, so whatever a refused request kept would stay in memory."""
    left: list[weakref.ref[PlainHandlers]] = []

    class RefusingHandlers(PlainHandlers):
        def handle(self, op: messages.Op | Inner, _deck: str = MAIN) -> Any:
            held = PlainHandlers()
            left.append(weakref.ref(held))
            try:
                raise ValueError(held)
            except ValueError:
                raise messages.ControlError("not_found", "there is none") from None

    with linked(RefusingHandlers()) as (link, gateway):
        gc.disable()
        try:
            ask(gateway, GET, GET, GET)
            assert link.serve(seconds=60.0) == 3
            assert [each() for each in left] == [None] * 3
        finally:
            gc.enable()


def test_what_the_system_refuses_is_told_in_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    class FullHandlers(PlainHandlers):
        def handle(self, op: messages.Op | Inner, _deck: str = MAIN) -> Any:
            raise OSError(errno.EMFILE, "Too many open files")

    with linked(FullHandlers()) as (link, gateway):
        ask(gateway, GET)
        link.serve()
        assert [*gateway.receive()] == [
            Refused(1, "unavailable", "the system refuses it: Too many open files"),
        ]
    assert not caplog.records
