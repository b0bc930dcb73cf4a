"""Restoring connections, on a real JACK server."""

import time
from collections.abc import Iterator

import pytest

from daemon.player.ports.outputs import Port
from daemon.player.ports.patchbay import NoPatchbay, Patchbay, open_patchbay
from daemon.player.ports.ports import find_driver
from tests.midi.conftest import Recorder, is_seen, until

pytestmark = pytest.mark.midi


@pytest.fixture
def patchbay(jack_server: str) -> Iterator[Patchbay]:
    bay = open_patchbay("jack")
    assert not isinstance(bay, NoPatchbay)
    yield bay
    bay.close()


@pytest.fixture
def ports(jack_server: str) -> Iterator[list[Port]]:
    _, driver, _ = find_driver("jack")
    assert driver is not None
    names = ("edmd melody", "edmd percussion")
    opened: list[Port] = [driver.port(name) for name in names]
    for port in opened:
        port.open_virtual()
    yield opened
    for name, port in zip(names, opened, strict=True):
        # rtmidi crashes when it leaves a server that has dropped it, and would end the whole test run.
        if is_seen(name):
            port.delete()
    driver.close()


def test_connections_return_with_the_port(recorder: Recorder, patchbay: Patchbay, ports: list[Port]) -> None:
    recorder.connect()
    until(lambda: "edmd melody" in patchbay.poll(), "the connection is seen")
    ports[0].delete()
    until(lambda: not is_seen("edmd melody"), "the port is gone")
    patchbay.poll()  # the patchbay still remembers a missing port
    assert not patchbay.restore()
    _, driver, _ = find_driver("jack")
    assert driver is not None
    ports[0] = driver.port("edmd melody")
    ports[0].open_virtual()
    until(patchbay.restore, "all is connected")
    until(lambda: arrives(recorder, ports[0], b"\x90\x3c\x64"), "a note arrives")


def test_what_was_disconnected_by_hand_stays_so(
    recorder: Recorder, patchbay: Patchbay, ports: list[Port]
) -> None:
    source = recorder.sources("edmd melody")[0]
    recorder.patch(source, "edmd melody")
    until(lambda: patchbay.poll() == ("edmd melody",), "the connection is seen")
    recorder.unpatch(source, "edmd melody")
    time.sleep(0.05)  # the server reports it from its next buffer on
    for _ in range(10):  # then it is cut for certain
        patchbay.poll()
    assert patchbay.restore()
    arrives(recorder, ports[0], b"\x90\x3c\x64")
    recorder.patch(source, "edmd melody")
    until(lambda: arrives(recorder, ports[0], b"\x80\x3c\x40"), "a later note arrives")
    assert b"\x90\x3c\x64" not in [heard.message for heard in recorder.notes("edmd melody")]


def test_what_has_been_connected_is_told_once(
    recorder: Recorder, patchbay: Patchbay, ports: list[Port]
) -> None:
    assert patchbay.poll() == ()
    source = recorder.sources("edmd percussion")[0]
    for _ in range(2):
        recorder.patch(source, "edmd percussion")
        until(lambda: patchbay.poll() == ("edmd percussion",), "it is told")
        assert patchbay.poll() == ()
        recorder.unpatch(source, "edmd percussion")
        time.sleep(0.05)  # the server reports it from its next buffer on
        assert patchbay.poll() == ()


def arrives(recorder: Recorder, port: Port, message: bytes) -> bool:
    """Send a message, wait for some buffers, and return whether the recorder has it."""
    port.send(message)
    time.sleep(0.05)
    return message in [heard.message for heard in recorder.notes("edmd melody")]
