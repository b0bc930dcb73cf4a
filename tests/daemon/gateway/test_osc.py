"""OSC on a real socket: changes, errors, echoes, and what strangers and floods do."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.control import messages
from daemon.control.osc import OscSettings
from daemon.gateway.binding import BindError
from daemon.gateway.surface import Reply
from daemon.link.gateway import Inner
from daemon.parameters import Parameters
from tests import needs
from tests.daemon.handlers import Daemon, serving

needs.library("pythonosc")

from daemon.gateway.osc.packets import PacketError, decode, encode
from daemon.gateway.osc.subscribers import MOST, Subscribers
from daemon.gateway.osc.surface import OSC

FREE: Final = OscSettings(("127.0.0.1", 0))
STATE: Final[dict[str, Any]] = {"params": Parameters().to_names(), "transport": {"state": "playing"}}


class App:
    """A program that speaks OSC, with one socket for both ways."""

    def __init__(self, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        self.to = (host, int(port))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.port = self.socket.getsockname()[1]

    def send(self, path: str, *arguments: Any) -> None:
        self.socket.sendto(encode(path, *arguments), self.to)

    def receive(self) -> tuple[str, tuple[Any, ...]]:
        (message,) = decode(self.socket.recv(65536))
        return message.address, message.arguments

    def until(self, path: str) -> tuple[Any, ...]:
        while True:
            got, arguments = self.receive()
            if got == path:
                return arguments

    def close(self) -> None:
        self.socket.close()


@contextmanager
def app_of(daemon: Daemon) -> Iterator[App]:
    with closing(App(daemon.facts["osc"])) as app:
        yield app


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with serving(tmp_path, FREE) as running:
        yield running


def until(daemon: Daemon, *ops: messages.Op) -> None:
    deadline = time.monotonic() + 5
    while not all(op in daemon.handlers.asked for op in ops):
        assert time.monotonic() < deadline, daemon.handlers.asked
        time.sleep(0.002)


def test_changes_and_commands_reach_the_composer(daemon: Daemon) -> None:
    with app_of(daemon) as app:
        app.send("/edmd/tempo", 140.0)
        until(daemon, messages.Set({"tempo": 140.0}))
        app.send("/edmd/norm/energy", 1.0)
        app.send("/edmd/transport/continue", 1)
        app.send("/edmd/transport/continue", 0)
        app.send("/edmd/undo")
        app.send("/edmd/next", 1)
        app.send("/edmd/fade", 32.0)
        until(daemon, messages.Set({"energy": 1.0}), messages.Transport("continue"), messages.Undo())
        app.send("/edmd/loop", 4)
        until(daemon, messages.Next(), messages.Fade(32.0), messages.Set({"loop": "4"}))
        assert daemon.handlers.asked.count(messages.Transport("continue")) == 1
        app.send("/edmd/ping")
        assert app.receive() == ("/edmd/pong", ())


def test_a_bundle_is_its_messages(daemon: Daemon) -> None:
    parts = [encode("/edmd/tempo", 150.0), encode("/edmd/lead/mute", True)]
    body = b"".join(struct.pack(">i", len(part)) + part for part in parts)
    with app_of(daemon) as app:
        app.socket.sendto(b"#bundle\0" + struct.pack(">Q", 2**40) + body, app.to)
        until(daemon, messages.Set({"tempo": 150.0, "lead.mute": True}))


def test_a_bad_message_is_answered_with_address_and_sentence_and_changes_nothing(daemon: Daemon) -> None:
    with app_of(daemon) as app:
        app.send("/edmd/tempo", 9000.0)
        assert app.receive() == ("/edmd/error", ("/edmd/tempo", "tempo is 20 to 300 BPM; got 9000.0"))
        app.send("/edmd/preset/load", "none such")
        path, (address, sentence) = app.receive()
        assert (path, address) == ("/edmd/error", "/edmd/preset/load")
        assert "no preset is named none such" in sentence
        app.send("/edmd/preset/load", 7)
        assert app.receive() == ("/edmd/error", ("/edmd/preset/load", "the slot 7 is empty"))
        app.socket.sendto(b"GET / HTTP/1.1", app.to)
        assert "it is not OSC" in app.until("/edmd/error")[1]
        app.socket.sendto(b"/x\0\0" + bytes(9000), app.to)
        assert "at most 8192 bytes" in app.until("/edmd/error")[1]
        assert not any(isinstance(op, messages.Set) for op in daemon.handlers.asked)


def test_subscribers_are_told_everything_then_every_change_of_every_surface(daemon: Daemon) -> None:
    daemon.telemetry.publish("state", STATE)
    with app_of(daemon) as asker, app_of(daemon) as app:
        time.sleep(0.2)
        asker.send("/edmd/subscribe", app.port)
        told: dict[str, Any] = {}
        while len(told) < 2 * len(STATE["params"]) + 1:
            path, (value,) = app.receive()
            told[path] = value
        assert told["/edmd/tempo"] == 128.0
        assert told["/edmd/norm/tempo"] == pytest.approx(108 / 280)
        assert told["/edmd/section"] == "auto"
        assert told["/edmd/lead/mute"] is False
        assert told["/edmd/transport/state"] == "playing"
        daemon.telemetry.publish("state", {**STATE, "params": {**STATE["params"], "tempo": 140.0}})
        assert app.receive() == ("/edmd/tempo", (140.0,))
        assert app.receive()[0] == "/edmd/norm/tempo"
        asker.send("/edmd/tempo", 1.0)
        assert app.until("/edmd/error")[0] == "/edmd/tempo", (
            "an app that listens elsewhere hears of its errors"
        )
        asker.send("/edmd/unsubscribe", app.port)
        asker.send("/edmd/ping")
        asker.until("/edmd/pong")
        daemon.telemetry.publish("state", STATE)
        app.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            app.receive()


def test_other_decks_have_their_own_addresses_until_they_are_gone() -> None:
    subscribers, params = Subscribers([("h", 1)]), {"tempo": 120.0}
    subscribers.note("main", params, "stopped", ["main", "b"])
    subscribers.note("b", params, "stopped", ["main", "b"])
    assert {path for _, path, _ in subscribers.due()} == {
        f"/edmd/{deck}{rest}"
        for deck in ("", "deck/b/")
        for rest in ("tempo", "norm/tempo", "transport/state")
    }
    subscribers.note("main", params, "stopped", ["main"])
    subscribers.add(("h", 2))
    assert not [path for _, path, _ in subscribers.due() if "deck" in path]


def test_subscribers_are_bounded_and_each_is_told_only_the_latest_value() -> None:
    subscribers = Subscribers([("stays", 1)])
    for port in range(1, MOST + 5):
        subscribers.add(("h", port))
    for tempo in range(100, 200):
        subscribers.note("main", {"tempo": float(tempo)}, "playing", ["main"])
    sent = subscribers.due()
    assert len({receiver for receiver, _, _ in sent}) == MOST + 1
    assert ("stays", 1) in {receiver for receiver, _, _ in sent}
    assert {value for _, path, value in sent if path == "/edmd/tempo"} == {199.0}
    assert not subscribers.are_waiting


def test_a_moving_fader_costs_few_requests_and_its_last_value_is_sent(daemon: Daemon) -> None:
    with app_of(daemon) as app:
        for step in range(500):
            app.send("/edmd/norm/energy", step / 499)
            time.sleep(0.001)
        until(daemon, messages.Set({"energy": 1.0}))
    sets = [op for op in daemon.handlers.asked if isinstance(op, messages.Set)]
    assert 5 < len(sets) <= 80


class _Asked:
    """Stands where the gateway's queue is, for a surface alone."""

    def __init__(self) -> None:
        self.ops: list[messages.Op | Inner] = []

    def __call__(
        self, op: messages.Op | Inner, surface: str, client: object, reply: Reply, deck: str
    ) -> None:
        self.ops.append(op)
        reply({})


def test_strangers_are_ignored_and_those_on_the_list_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    osc = OSC(OscSettings(("127.0.0.1", 0), ("192.168.7.0/24",)))
    with closing(osc):
        asked = _Asked()
        packet = encode("/edmd/tempo", 140.0)
        for _ in range(3):
            osc._receive(asked, packet, ("192.168.8.5", 9000))
        osc.turn(asked, time.monotonic())
        assert asked.ops == []
        assert [record.message for record in caplog.records] == [
            "OSC from 192.168.8.5 is ignored: it is not in the list `allow` of [osc]"
        ]
        osc._receive(asked, packet, ("192.168.7.5", 9000))
        osc.turn(asked, time.monotonic())
        assert asked.ops == [messages.Set({"tempo": 140.0})]


def test_a_port_in_use_is_a_sentence() -> None:
    with closing(OSC(FREE)) as first:
        host, _, port = first.endpoint.rpartition(":")
        with pytest.raises(BindError, match=r"cannot listen at 127.0.0.1:\d+ \(osc\)"):
            OSC(OscSettings((host, int(port))))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120) | st.binary(max_size=100).map(lambda rest: b"#bundle\0" + bytes(8) + rest))
def test_no_bytes_do_harm(packet: bytes) -> None:
    with suppress(PacketError):
        assert all(message.address.startswith("/") for message in decode(packet))


@pytest.mark.parametrize(
    "packet",
    [
        b"#bundle\0" + bytes(8) + struct.pack(">i", -4),
        b"#bundle\0" + bytes(8) + struct.pack(">i", 0) * 50,
        b"#bundle\0" + bytes(8) + (struct.pack(">i", 4) + b"/a\0\0") * 500,
        b"/a\0\0,[[[\0\0\0\0",
        b"/a\0\0,b\0\0\x7f\xff\xff\xff",
    ],
)
def test_hostile_packets_are_refused(packet: bytes) -> None:
    with pytest.raises(PacketError):
        decode(packet)


def test_deep_bundles_are_refused() -> None:
    packet = encode("/edmd/ping")
    for _ in range(10):
        packet = b"#bundle\0" + bytes(8) + struct.pack(">i", len(packet)) + packet
    with pytest.raises(PacketError, match="nested"):
        decode(packet)
