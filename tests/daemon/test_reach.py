"""Every parameter is reached by ZeroMQ, OSC, MIDI and the panel, all from the one table."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from daemon.client import Client
from daemon.control import messages
from daemon.control.osc import OscSettings
from daemon.control.scaling import value_at
from daemon.link.channel import Channel
from daemon.link.inputs import CONTROL_PORT, FromInputToGateway, MidiIn, MidiOut
from daemon.mapping.bindings import Binding
from daemon.mapping.controls import Control
from daemon.mapping.settings import MapSettings
from daemon.parameters import SPECS, Value
from tests import needs
from tests.daemon.handlers import Daemon, serving

needs.library("pythonosc")
from daemon.gateway.osc.packets import encode

NAMES: Final = [*SPECS]


def control(name: str) -> tuple[int, int]:
    """Return the channel, from 0, and the number of the controller of a parameter."""
    return divmod(NAMES.index(name), 64)


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    knobs = tuple(
        Binding(name, Control("cc", number, channel + 1), pickup=False, hold=True)
        for name in NAMES
        for channel, number in [control(name)]
    )
    settings = OscSettings(("127.0.0.1", 0))
    with serving(Path("nowhere"), settings, MapSettings(configured=knobs)) as running:
        yield running


@pytest.fixture(scope="module")
def desk(daemon: Daemon) -> Iterator[Channel[MidiOut, FromInputToGateway]]:
    link = Channel[MidiOut, FromInputToGateway](daemon.supervisor.attach("input"), MidiOut, "input")
    with closing(link):
        yield link


def end(name: str, *, is_high: bool) -> Value:
    return value_at(SPECS[name], float(is_high))


def is_set(daemon: Daemon, name: str, value: Value) -> None:
    deadline = time.monotonic() + 10
    while daemon.handlers.automation.accepted(SPECS)[name] != value:
        assert time.monotonic() < deadline, f"{name} is not {value}"
        time.sleep(0.002)


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_reached_from_everywhere(
    name: str, daemon: Daemon, desk: Channel[MidiOut, FromInputToGateway]
) -> None:
    high, low = end(name, is_high=True), end(name, is_high=False)
    with Client(daemon.control) as client:
        assert name in client.describe()["params"], "the panel builds its control from this"
        assert client.set({name: high}).params == {name: high}
    host, _, port = daemon.facts["osc"].rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as app:
        app.sendto(encode(f"/edmd/{name.replace('.', '/')}", low), (host, int(port)))
        is_set(daemon, name, low)
        app.sendto(encode(f"/edmd/norm/{name.replace('.', '/')}", 1.0), (host, int(port)))
        is_set(daemon, name, high)
    channel, number = control(name)
    for raw, value in ((0, low), (127, high)):
        desk.send(MidiIn(CONTROL_PORT, ((time.perf_counter(), bytes((0xB0 | channel, number, raw))),)))
        desk.poll(0.01)
        is_set(daemon, name, value)
    assert isinstance(daemon.handlers.asked[-1], messages.Set)
