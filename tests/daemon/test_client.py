"""The Python client against a real server."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from daemon.client import Client, Message, NoAnswer, Refused, SetReply
from daemon.control import messages
from daemon.link.gateway import AcceptedValues, BeginRecording, NameModels
from tests.daemon.handlers import Daemon, serving


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def client(daemon: Daemon) -> Iterator[Client]:
    with Client(daemon.control) as client:
        yield client


def test_every_op_arrives_as_its_message(daemon: Daemon, client: Client, tmp_path: Path) -> None:
    assert client.ping()["pong"]
    assert "params" in client.describe()
    client.get("tempo")
    client.set({"tempo": 140}, "bar", 8)
    client.transport("continue")
    client.state()
    client.reseed(7)
    client.record("start", "take.mid")
    names = [model["name"] for model in client.model("list")["models"]]
    assert daemon.handlers.asked == [
        messages.Get(("tempo",)),
        messages.Set({"tempo": 140}, "bar", 8),
        messages.Transport("continue"),
        messages.State(),
        messages.Reseed(7),
        AcceptedValues(),  # the deck must exist before a file is prepared
        BeginRecording(str(tmp_path / "take.mid")),
        NameModels(names),
    ]


def test_a_set_says_what_was_accepted_and_when(client: Client) -> None:
    assert client.set({"tempo": 140, "transpose": 2}, "bar") == SetReply(
        {"tempo": 140.0, "transpose": 2}, 4.0
    )
    assert client.set({"energy": 1}) == SetReply({"energy": 1.0}, 1.25)
    assert client.get("energy") == {"energy": 1.0}
    assert len(client.get()) > 20


def test_a_refusal_has_code_and_parameter(client: Client) -> None:
    with pytest.raises(Refused, match="tempo is 20 to 300 BPM; got 9000") as refused:
        client.set({"tempo": 9000})
    assert (refused.value.code, refused.value.param) == ("out_of_range", "tempo")
    assert client.ping()["pong"]


@pytest.mark.parametrize("key", ["self", "colour"])
def test_a_key_that_the_op_has_not_is_refused_by_the_daemon(client: Client, key: str) -> None:
    with pytest.raises(Refused, match=key):
        client.request("set", **{key: 1, "params": {}})


def test_nobody_there_is_a_clear_sentence() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{held.getsockname()[1]}"
        with Client(endpoint, timeout_seconds=0.05) as client:
            for _ in range(2):
                with pytest.raises(
                    NoAnswer, match=f"no edmd answers at {endpoint}; start one with `edmd play`"
                ):
                    client.ping()


def test_an_address_that_is_none_is_a_clear_sentence() -> None:
    with pytest.raises(NoAnswer, match="nonsense is not an address"):
        Client("nonsense")


def test_a_lost_answer_is_asked_for_again() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        port = router.bind_to_random_port("tcp://127.0.0.1")

        def answer_the_second() -> None:
            router.recv_multipart()
            sender, _, _ = router.recv_multipart()
            router.send_multipart([sender, b"", b'{"v": 1, "id": "1", "ok": true, "result": {"pong": true}}'])

        thread = threading.Thread(target=answer_the_second)
        thread.start()
        with Client(f"tcp://127.0.0.1:{port}", timeout_seconds=0.5, tries=5) as client:
            assert client.ping() == {"pong": True}
        thread.join()


@pytest.mark.parametrize(
    "ask", [lambda client: client.transport("tap"), lambda client: client.model("load", "edm")]
)
def test_what_must_not_happen_twice_is_never_sent_twice(ask: Callable[[Client], object]) -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        port = router.bind_to_random_port("tcp://127.0.0.1")
        with (
            Client(f"tcp://127.0.0.1:{port}", timeout_seconds=0.2, tries=3) as client,
            pytest.raises(NoAnswer),
        ):
            ask(client)
        assert router.poll(1000)
        sent = [router.recv_multipart()[-1]]
        while router.poll(100):
            sent.append(router.recv_multipart()[-1])
        # After a slow request the client sends a ping, to learn whether the daemon still answers.
        assert [json.loads(frame)["op"] for frame in sent[1:]] in ([], ["ping"])


def test_a_slow_request_is_waited_for_only_where_a_daemon_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.client._SLOW_SECONDS", 0.3)
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        port = router.bind_to_random_port("tcp://127.0.0.1")

        def answer_pings() -> None:
            while router.poll(2000):
                sender, _, frame = router.recv_multipart()
                if b'"ping"' in frame:
                    router.send_multipart([sender, b"", b'{"v": 1, "ok": true, "result": {"pong": true}}'])

        thread = threading.Thread(target=answer_pings)
        thread.start()
        with (
            Client(f"tcp://127.0.0.1:{port}", timeout_seconds=0.2) as client,
            pytest.raises(NoAnswer, match=r"has not answered prime within 0.3 s; it may still carry it out"),
        ):
            client.prime(path="song.mid")
        thread.join()


@pytest.mark.parametrize("op", ["model", "prime", "record", "preset"])
def test_where_nobody_is_slow_requests_fail_as_soon_as_others(op: str) -> None:
    began = time.monotonic()
    with (
        Client("tcp://127.0.0.1:9", timeout_seconds=0.05) as client,
        pytest.raises(NoAnswer, match="no edmd answers"),
    ):
        client.request(op, action="list")
    assert time.monotonic() - began < 10


def test_watching_yields_the_topics_asked_for(daemon: Daemon, client: Client) -> None:
    ended = threading.Event()

    def publish() -> None:
        while not ended.wait(0.01):
            daemon.telemetry.publish("note", {"pitch": 60})
            daemon.telemetry.publish("tick", {"tick": 1})

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        heard = client.watch(["tick"], daemon.telemetry.endpoint, timeout_seconds=5.0)
        assert [next(heard) for _ in range(3)] == [("tick", {"tick": 1})] * 3
    finally:
        ended.set()
        thread.join()


def test_watching_ends_after_silence(daemon: Daemon, client: Client) -> None:
    assert list(client.watch(["tick"], daemon.telemetry.endpoint, timeout_seconds=0.05)) == []


def test_an_ear_takes_in_all_that_waits_and_is_kept_over_silence(daemon: Daemon, client: Client) -> None:
    with client.listen(["tick"], daemon.telemetry.endpoint) as ear:
        while not ear.hear(0.02):
            daemon.telemetry.publish("tick", {"tick": 0})
        while ear.hear(0.05):
            pass
        for number in range(5):
            daemon.telemetry.publish("tick", {"tick": number})
        heard: list[Message] = []
        while len(heard) < 5:
            heard += ear.hear(5.0)
    assert heard == [("tick", {"tick": number}) for number in range(5)]
