"""The loop of the input process, on a MIDI system in memory and real links."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final

import pytest

from daemon.input.ports import InputPorts
from daemon.input.role import Inputs
from daemon.link.channel import Channel, socket_pair
from daemon.link.inputs import CONTROL_PORT, FromInputToGateway, MidiIn, MidiOut
from daemon.link.role import Links
from daemon.link.supervision import Attach, End, FromRole, ToRole
from tests.daemon.input.system import System

KNOB: Final = b"\xb0\x01\x40"
KEY_DOWN: Final = b"\x90\x3c\x50"
KEY_UP: Final = b"\x80\x3c\x00"


class Desk:
    """The loop in a thread, what waits at its port, and the gateway's end of its link."""

    def __init__(self) -> None:
        ours, theirs = socket_pair()
        self._supervisor = Channel[FromRole, ToRole](ours, FromRole, "supervisor")
        system = System()
        self._waiting: list[tuple[bytes, float]] = []
        system.waiting[CONTROL_PORT] = self._waiting
        self._links = theirs
        self._inputs = Inputs(Links(theirs, "input"), InputPorts(system, ()))
        ours, theirs = socket_pair()
        self._gateway = Channel[FromInputToGateway, MidiOut](ours, FromInputToGateway, "gateway")
        self._supervisor.send(Attach("gateway"), theirs)
        self._thread = threading.Thread(target=self._inputs.run)
        self._thread.start()
        self.heard: list[MidiIn] = []

    def play(self, *messages: bytes) -> None:
        """Let messages arrive at once, and wait until they have been read."""
        self._waiting += [(message, 0.0) for message in messages]
        until(lambda: not self._waiting)

    def listen(self) -> list[MidiIn]:
        """Return all that the gateway has got so far."""
        self.heard += [each for each in self._gateway.receive() if isinstance(each, MidiIn)]
        return self.heard

    @property
    def is_full(self) -> bool:
        """Whether messages for the gateway are dropped."""
        return self._inputs._channels["gateway"].waiting_bytes >= 64 * 1024

    def close(self) -> None:
        self._supervisor.send(End())
        self._thread.join()
        self._inputs._close("gateway")
        self._links.close()
        self._gateway.close()
        self._supervisor.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with closing(Desk()) as made:
        made.play(KEY_DOWN)
        until(lambda: KEY_DOWN in played(made.listen()))
        yield made


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def strikes(desk: Desk) -> bool:
    """Strike a key, which the end of a flood may swallow. Return whether it has been heard since the first time."""
    desk.play(KEY_DOWN)
    return KEY_DOWN in played(desk.listen()[1:])


def played(heard: list[MidiIn]) -> list[bytes]:
    return [message for each in heard for _, message in each.events]


def test_the_gateway_is_told_once_that_a_flood_was_cut(desk: Desk) -> None:
    desk.play(*[KNOB] * 3000, KEY_UP)
    until(lambda: strikes(desk))
    assert KEY_UP not in played(desk.heard)
    last = max(at for at, each in enumerate(desk.heard) if each.has_lost)
    assert KEY_DOWN not in played(desk.heard[1:last]), "what is played after the flood comes after the loss"
    desk.play(KEY_UP)
    until(lambda: KEY_UP in played(desk.listen()))
    assert not any(each.has_lost for each in desk.heard[last + 1 :])


def test_a_gateway_that_did_not_read_is_told_that_messages_were_dropped(desk: Desk) -> None:
    while not desk.is_full:
        desk.play(*[KNOB] * 100)
        time.sleep(0.025)  # slower than what an input lets pass
    desk.play(KEY_UP)
    until(lambda: any(each.has_lost for each in desk.listen()))
    assert KEY_UP not in played(desk.heard)
    assert sum(each.has_lost for each in desk.heard) == 1
    desk.play(KEY_DOWN)
    until(lambda: played(desk.listen())[-1] == KEY_DOWN)
    assert not desk.heard[-1].has_lost
