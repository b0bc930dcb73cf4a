"""The control socket: real clients of both kinds, on real sockets."""

import json
import math
import os
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import zmq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.control import messages
from daemon.control.endpoints import endpoint_problem
from daemon.gateway.binding import BindError
from daemon.gateway.zeromq import ZeroMQ
from daemon.link.gateway import Inner
from tests.daemon.handlers import Daemon, serving
from tests.daemon.sockets import closed_at_the_end

PING = b'{"v": 1, "id": "p", "op": "ping"}'


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    with closed_at_the_end() as context:
        yield context


Context = zmq.Context[zmq.Socket[bytes]]


def connect(context: Context, kind: int, endpoint: str) -> zmq.Socket[bytes]:
    client = context.socket(kind)
    client.setsockopt(zmq.RCVTIMEO, 5000)
    client.connect(endpoint)
    return client


def ask(client: zmq.Socket[bytes], **fields: Any) -> dict[str, Any]:
    client.send_json({"v": 1, "id": "x", **fields})
    reply: dict[str, Any] = json.loads(client.recv())
    return reply


def test_a_req_client_is_answered(daemon: Daemon, context: Context) -> None:
    client = connect(context, zmq.REQ, daemon.control)
    reply = ask(client, op="ping")
    result = reply.pop("result")
    assert reply == {"v": 1, "id": "x", "ok": True}
    assert (result["pong"], result["name"], result["pid"]) == (True, "edmd", os.getpid())
    assert 0 <= result["uptime_seconds"] < 60
    assert abs(time.time() - datetime.fromisoformat(result["started"]).timestamp()) < 60


def test_a_dealer_client_is_answered_without_and_with_a_delimiter(daemon: Daemon, context: Context) -> None:
    client = connect(context, zmq.DEALER, daemon.control)
    client.send(PING)
    assert [json.loads(part)["ok"] for part in client.recv_multipart()] == [True]
    client.send_multipart([b"", PING])
    delimiter, reply = client.recv_multipart()
    assert delimiter == b""
    assert json.loads(reply)["id"] == "p"


def test_a_set_is_all_or_nothing(daemon: Daemon, context: Context) -> None:
    client = connect(context, zmq.REQ, daemon.control)
    refused = ask(client, op="set", params={"energy": 1.0, "tempo": 9000})
    assert refused["error"] == {
        "code": "out_of_range", "param": "tempo", "message": "tempo is 20 to 300 BPM; got 9000",
    }  # fmt: skip
    assert ask(client, op="get", names=["energy"])["result"] == {"params": {"energy": 0.5}}
    accepted = ask(client, op="set", params={"energy": 1, "tempo": 90}, at="bar")
    assert accepted["result"] == {
        "params": {"energy": 1.0, "tempo": 90.0},
        "effective_beat": 4.0,
        "effective_bar": 1,
    }


def test_an_empty_id_comes_back_with_a_refusal(daemon: Daemon, context: Context) -> None:
    client = connect(context, zmq.REQ, daemon.control)
    assert ask(client, id="", op="pong")["id"] == ""


def test_a_fault_inside_is_told_and_survived(daemon: Daemon, context: Context) -> None:
    client = connect(context, zmq.REQ, daemon.control)
    reply = ask(client, op="record", action="start", path="crash")
    assert (reply["id"], reply["error"]["code"]) == ("x", "unavailable")
    assert ask(client, op="ping")["ok"]


def test_too_large_is_told(daemon: Daemon, context: Context) -> None:
    client = connect(context, zmq.REQ, daemon.control)
    client.send(b" " * 70_000)
    assert json.loads(client.recv())["error"]["code"] == "too_large"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
# No request of the sources, which Hypothesis knows, is drawn.
@given(
    frames=st.lists(st.binary(max_size=40).filter(lambda frame: b"op" not in frame), min_size=1, max_size=5)
)
def test_any_frames_are_answered_with_a_refusal(
    daemon: Daemon, context: Context, frames: list[bytes]
) -> None:
    with connect(context, zmq.DEALER, daemon.control) as client:
        client.send_multipart(frames)
        assert json.loads(client.recv_multipart()[-1])["ok"] is False


def test_a_stranger_that_speaks_no_zmq_changes_nothing(daemon: Daemon, context: Context) -> None:
    port = int(daemon.control.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
    assert ask(connect(context, zmq.REQ, daemon.control), op="ping")["ok"]


def test_a_client_that_never_reads_holds_up_nobody(daemon: Daemon, context: Context) -> None:
    deaf = context.socket(zmq.DEALER)
    deaf.setsockopt(zmq.RCVHWM, 1)
    deaf.setsockopt(zmq.SNDHWM, 0)
    deaf.connect(daemon.control)
    for _ in range(20_000):
        deaf.send(PING)
    client = connect(context, zmq.REQ, daemon.control)
    client.setsockopt(zmq.RCVTIMEO, 30_000)
    assert ask(client, op="ping")["ok"]


@pytest.fixture
def surface() -> Iterator[ZeroMQ]:
    made = ZeroMQ("tcp://127.0.0.1:*", "tcp://127.0.0.1:*")
    yield made
    made.close()


def test_a_turn_ends_though_more_waits(surface: ZeroMQ, context: Context) -> None:
    client = connect(context, zmq.DEALER, surface.endpoints["control"])
    asked: list[messages.Op | Inner] = []

    def ask(op: messages.Op | Inner, _surface: str, _client: object, _reply: object, _deck: str) -> None:
        asked.append(op)
        time.sleep(0.003)

    for _ in range(10):
        client.send(PING)
    assert surface.readers[0].poll(5000)
    assert surface.serve(ask) is True
    assert len(asked) < 5
    while len(asked) < 10:
        surface.serve(ask)
    assert surface.serve(ask) is False
    assert asked == [messages.Ping()] * 10


def test_a_result_that_is_no_json_is_a_refusal(surface: ZeroMQ, context: Context) -> None:
    client = connect(context, zmq.DEALER, surface.endpoints["control"])
    client.send(PING)
    assert surface.readers[0].poll(5000)
    surface.serve(lambda _op, _surface, _client, reply, _deck: reply({"figure": math.nan}))
    assert json.loads(client.recv())["error"]["code"] == "unavailable"
    surface.publish("health", {"figure": math.nan})


def test_a_subscriber_gets_its_topic_in_two_frames(surface: ZeroMQ, context: Context) -> None:
    subscriber = context.socket(zmq.SUB)
    subscriber.subscribe("tick")
    subscriber.connect(surface.endpoints["telemetry"])
    for _ in range(500):  # until the subscription has arrived
        surface.publish("note", {"n": 1})
        surface.publish("tick", {"n": 2})
        if subscriber.poll(10):
            break
    topic, body = subscriber.recv_multipart(zmq.NOBLOCK)
    assert (topic, json.loads(body)) == (b"tick", {"n": 2})


def test_a_subscriber_that_never_reads_holds_up_nobody(surface: ZeroMQ, context: Context) -> None:
    deaf = context.socket(zmq.SUB)
    deaf.setsockopt(zmq.RCVHWM, 1)
    deaf.subscribe("")
    deaf.connect(surface.endpoints["telemetry"])
    while not deaf.poll(10):
        surface.publish("tick", {"n": 0})
    for n in range(20_000):  # returns at all: a PUB that waited would hang here
        surface.publish("tick", {"n": n, "padding": "x" * 200})
    surface.close()
    received = 0
    while deaf.poll(100):
        deaf.recv_multipart()
        received += 1
    assert received < 20_000


def test_a_busy_address_is_one_clear_sentence(tmp_path: Path) -> None:
    free = "tcp://127.0.0.1:*"
    for bind in (free, f"ipc://{tmp_path}/control"):
        first = ZeroMQ(bind, free)
        held, told = r"another edmd, uses it; choose another one with -o ", first.endpoints["telemetry"]
        with pytest.raises(BindError, match=held + r"control\.bind"):
            ZeroMQ(first.endpoints["control"], free)
        with pytest.raises(BindError, match=held + r"telemetry\.bind"):
            ZeroMQ(free, told)
        assert socket_is_there(first.endpoints["control"])
        first.close()


def socket_is_there(endpoint: str) -> bool:
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.setsockopt(zmq.LINGER, 0)
        client.connect(endpoint)
        client.send(PING)
        return bool(client.poll(0, zmq.POLLOUT) or client.poll(1000, zmq.POLLOUT))


def test_a_stale_ipc_file_is_replaced_and_a_plain_file_is_not(tmp_path: Path) -> None:
    free = "tcp://127.0.0.1:*"
    stale, plain = tmp_path / "stale", tmp_path / "plain"
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(stale))
    left.close()
    made = ZeroMQ(f"ipc://{stale}", free)
    assert made.endpoints["control"] == f"ipc://{stale}"
    made.close()
    plain.write_text("mine")
    for bind, problem in (
        (f"ipc://{plain}", "is a file, not a socket"),
        (f"ipc://{tmp_path}/absent/control", "no folder"),
        ("ipc:///tmp/" + 300 * "a", "name too long"),
    ):
        with pytest.raises(BindError, match=problem):
            ZeroMQ(bind, free)
    assert plain.read_text() == "mine"


@pytest.mark.parametrize(
    "endpoint",
    [
        "tcp://127.0.0.1:5570",
        "tcp://127.0.0.1:*",
        "tcp://localhost:1",
        "tcp://[::1]:5570",
        "ipc:///a/b",
        "inproc://a",
    ],
)
def test_local_addresses_are_allowed(endpoint: str) -> None:
    assert endpoint_problem(endpoint) is None


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "tcp", "tcp://", "tcp://*:5570", "tcp://0.0.0.0:5570", "tcp://192.168.0.1:5570", "tcp://eth0:5570",
        "tcp://[::]:5570", "tcp://127.0.0.1", "tcp://127.0.0.1:x", "tcp://127.0.0.1:99999", "ipc://",
        "udp://127.0.0.1:1", "tcp://127.0.0.1;0.0.0.0:5570", "tcp://127.0.0.1.example.org:5570",
    ],
)  # fmt: skip
def test_other_addresses_are_not(endpoint: str) -> None:
    assert endpoint_problem(endpoint)
