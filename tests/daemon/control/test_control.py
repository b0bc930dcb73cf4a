"""The control socket: real clients of both kinds, on real sockets."""

import errno
import gc
import json
import socket
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import zmq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.control import messages
from daemon.control.binding import BindError
from daemon.control.control import ControlServer
from daemon.control.endpoints import endpoint_problem
from tests.daemon.handlers import Daemon, PlainHandlers, serving

PING = b'{"v": 1, "id": "p", "op": "ping"}'


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with serving() as running:
        yield running


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield context
    context.destroy(linger=0)


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
    assert ask(client, op="ping") == {"v": 1, "id": "x", "ok": True, "result": {"pong": True}}


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
@given(frames=st.lists(st.binary(max_size=40), min_size=1, max_size=5))
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


def test_serve_answers_at_most_its_limit(context: Context) -> None:
    handlers = PlainHandlers()
    server = ControlServer(context, "inproc://control", handlers)
    client = connect(context, zmq.DEALER, server.endpoint)
    for _ in range(5):
        client.send(PING)
    assert [server.serve(3), server.serve(3), server.serve(3)] == [3, 2, 0]
    assert len(handlers.asked) == 5


def test_a_busy_address_is_one_clear_sentence(context: Context, tmp_path: Path) -> None:
    for bind in ("tcp://127.0.0.1:*", f"ipc://{tmp_path}/control"):
        first = ControlServer(context, bind, PlainHandlers())
        with pytest.raises(
            BindError, match=r"another edmd, uses it; choose another one with -o control\.bind"
        ):
            ControlServer(context, first.endpoint, PlainHandlers())
        client = connect(context, zmq.DEALER, first.endpoint)
        client.send(PING)
        assert first.socket.poll(5000)
        first.close()


def test_a_stale_ipc_file_is_replaced_and_a_plain_file_is_not(context: Context, tmp_path: Path) -> None:
    stale, plain = tmp_path / "stale", tmp_path / "plain"
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(stale))
    left.close()
    assert ControlServer(context, f"ipc://{stale}", PlainHandlers()).endpoint == f"ipc://{stale}"
    plain.write_text("mine")
    with pytest.raises(BindError, match="is a file, not a socket"):
        ControlServer(context, f"ipc://{plain}", PlainHandlers())
    assert plain.read_text() == "mine"
    with pytest.raises(BindError, match="no folder"):
        ControlServer(context, f"ipc://{tmp_path}/absent/control", PlainHandlers())
    with pytest.raises(BindError, match="name too long"):
        ControlServer(context, "ipc:///tmp/" + 300 * "a", PlainHandlers())


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


class LaterHandlers(PlainHandlers):
    """Answers a `record` only when the test lets it, everything else at once."""

    def __init__(self) -> None:
        super().__init__()
        self.coming: list[Future[dict[str, Any]]] = []

    def handle(self, op: messages.Op) -> Any:
        if isinstance(op, messages.Record):
            self.coming.append(Future())
            return self.coming[-1]
        return super().handle(op)


def test_a_result_that_takes_long_holds_up_no_other_and_comes_to_who_asked(context: Context) -> None:
    handlers = LaterHandlers()
    server = ControlServer(context, "inproc://later", handlers)
    patient, other = (connect(context, zmq.REQ, server.endpoint) for _ in range(2))
    patient.send_json({"v": 1, "id": "long", "op": "record", "action": "stop"})
    assert server.serve(1) == 1
    other.send_json({"v": 1, "id": "short", "op": "ping"})
    assert server.serve(1) == 1
    server.settle()
    assert json.loads(other.recv())["id"] == "short"
    assert (patient.poll(0), server.is_owing) == (0, True)
    handlers.coming[0].set_exception(messages.ControlError("unavailable", "the disk is full"))
    server.settle()
    reply = json.loads(patient.recv())
    assert (reply["id"], reply["error"]["message"], server.is_owing) == ("long", "the disk is full", False)


def test_serve_begins_no_request_after_its_time(context: Context) -> None:
    server = ControlServer(context, "inproc://slow", PlainHandlers())
    client = connect(context, zmq.DEALER, server.endpoint)
    for _ in range(3):
        client.send(PING)
    assert server.serve(3, seconds=-1.0) == 0
    assert server.serve(3, seconds=60.0) == 3


def test_a_refusal_leaves_nothing_that_only_a_full_collection_would_find(context: Context) -> None:
    """While music plays the garbage collector is off, so whatever a refused request kept would stay in memory."""
    left: list[weakref.ref[PlainHandlers]] = []

    class RefusingHandlers(PlainHandlers):
        def handle(self, op: messages.Op) -> Any:
            held = PlainHandlers()
            left.append(weakref.ref(held))
            try:
                raise ValueError(held)
            except ValueError:
                raise messages.ControlError("not_found", "there is none") from None

    server = ControlServer(context, "inproc://refusing", RefusingHandlers())
    client = connect(context, zmq.DEALER, server.endpoint)
    gc.disable()
    try:
        for _ in range(3):
            client.send(PING)
        assert server.serve(3) == 3
        assert [each() for each in left] == [None] * 3
    finally:
        gc.enable()


def test_what_the_system_refuses_is_told_in_a_sentence(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    class FullHandlers(PlainHandlers):
        def handle(self, op: messages.Op) -> Any:
            raise OSError(errno.EMFILE, "Too many open files")

    server = ControlServer(context, "inproc://full", FullHandlers())
    client = connect(context, zmq.DEALER, server.endpoint)
    client.send(PING)
    server.serve(1)
    error = json.loads(client.recv())["error"]
    assert (error["code"], error["message"]) == ("unavailable", "the system refuses it: Too many open files")
    assert not caplog.records
