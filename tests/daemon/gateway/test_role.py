"""The gateway as a process: it is killed, started again at the same addresses, and kept from growing."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import zmq

from daemon.client import Client
from daemon.control import messages
from daemon.gateway import role
from daemon.link.channel import Channel
from daemon.link.gateway import Answered, Asked, ToComposer, ToGateway
from daemon.link.role import Links, RoleFailedError
from daemon.link.supervision import End, Ready
from tests.daemon.handlers import Supervising, gateway_settings
from tests.daemon.roles import RoleProcess
from tests.imports import ROOT

PING = b'{"v": 1, "id": "p", "op": "ping"}'
FREE = "tcp://127.0.0.1:*"


@contextmanager
def gateway(control: str = FREE, telemetry: str = FREE) -> Iterator[tuple[RoleProcess, dict[str, str]]]:
    """A gateway in a process of its own, and its facts."""
    process = RoleProcess("gateway", "daemon.gateway.role", gateway_settings(control, telemetry))
    try:
        process.until(process.is_ready)
        facts = next(each.facts for each in process.said if isinstance(each, Ready))
        yield process, facts
    finally:
        process.kill()


def ended(process: RoleProcess, seconds: float = 5.0) -> int | None:
    """The exit code of a process that ends by itself."""
    deadline = time.monotonic() + seconds
    while process.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return process.process.poll()


def pinged(client: "zmq.Socket[bytes]") -> float:
    """Milliseconds until a ping is answered."""
    began = time.perf_counter()
    client.send(PING)
    assert client.poll(20_000), "a ping is answered"
    assert json.loads(client.recv())["ok"]
    return (time.perf_counter() - began) * 1e3


def test_it_ends_with_its_supervisor_and_when_it_is_told_to() -> None:
    with gateway() as (process, _):
        process.channel.send(End())
        assert ended(process) == 0
    with gateway() as (process, _):
        process.channel.close()
        assert ended(process) == 0


def test_an_address_in_use_is_a_sentence_for_the_user() -> None:
    with (
        gateway() as (_, facts),
        closing(Supervising()) as supervisor,
        pytest.raises(RoleFailedError, match="another edmd, uses it"),
    ):
        role.run(Links(supervisor.theirs, "gateway"), gateway_settings(facts["control"]))


@pytest.mark.parametrize("kind", ["tcp", "ipc"])
def test_the_next_gateway_has_the_addresses_of_one_that_was_killed(kind: str, tmp_path: Path) -> None:
    binds = (FREE, FREE) if kind == "tcp" else (f"ipc://{tmp_path}/c", f"ipc://{tmp_path}/t")
    with (
        gateway(*binds) as (process, facts),
        Client(facts["control"], timeout_seconds=0.2, tries=50) as client,
    ):
        assert client.ping()["pong"]
        process.process.kill()
        process.process.wait()
        with gateway(facts["control"], facts["telemetry"]) as (_, again):
            assert again == facts
            assert client.ping()["pong"], "a client finds it by itself"


def test_it_answers_at_once_while_the_composer_does_nothing_and_others_flood() -> None:
    with gateway() as (process, facts), zmq.Context() as context:
        composer = Channel[ToComposer, ToGateway](process.attach("composer"), Asked, "composer")
        client, flood = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
        for each in (client, flood):
            each.setsockopt(zmq.LINGER, 0)
            each.connect(facts["control"])
        pinged(client)
        taken = []
        for _ in range(40):
            for number in range(100):
                request = {"v": 1, "op": "set", "params": {"swing": number / 200}}
                flood.send_json(request)
            taken.append(pinged(client))
        assert sorted(taken)[len(taken) // 2] < 50
        codes = set()
        while flood.poll(200):
            codes.add(json.loads(flood.recv())["error"]["code"])
        assert codes == {"unavailable"}, "what waits is bounded"
        composer.poll(1)
        assert len([*composer.receive()]) == 16
        composer.close()
        client.close()
        flood.close()


def test_a_request_that_the_composer_took_to_its_grave_is_answered_by_the_next() -> None:
    with gateway() as (process, facts), zmq.Context() as context:
        first = Channel[ToComposer, ToGateway](process.attach("composer"), Asked, "composer")
        client = context.socket(zmq.REQ)
        client.connect(facts["control"])
        client.send(b'{"v": 1, "id": "g", "op": "get", "names": ["tempo"]}')
        while not [*first.receive()]:
            first.poll(1)
        first.close()
        second = Channel[ToComposer, ToGateway](process.attach("composer"), Asked, "composer")
        asked: list[Asked] = []
        while not asked:
            second.poll(1)
            asked += second.receive()
        assert asked[0].op == messages.Get(("tempo",))
        second.send(Answered(asked[0].number, {"params": {"tempo": 128.0}}))
        assert client.poll(5000)
        assert json.loads(client.recv())["result"] == {"params": {"tempo": 128.0}}
        client.close()
        second.close()


@contextmanager
def endless_message(control: str) -> Iterator[None]:
    words = [sys.executable, "-m", "tests.attacks.client", "endless", control, "20"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL) as attacker:
        yield
        attacker.kill()


def growth_bytes(process: RoleProcess, seconds: float) -> int:
    """By how much a process grew before it ended, or within this time. It begins with the memory of this process."""
    began = largest = psutil.Process(process.process.pid).memory_info().rss
    deadline = time.monotonic() + seconds
    while process.process.poll() is None and time.monotonic() < deadline:
        with suppress(psutil.Error):
            largest = max(largest, psutil.Process(process.process.pid).memory_info().rss)
        time.sleep(0.005)
    return largest - began


@pytest.mark.skipif("sys.platform != 'linux'", reason="only Linux tells the memory of this moment")
def test_an_endless_message_ends_it_before_it_is_large() -> None:
    with gateway() as (process, facts), endless_message(facts["control"]):
        assert growth_bytes(process, 20) < 450e6
        assert process.process.poll() == 0


@pytest.mark.skipif("sys.platform != 'linux'", reason="only Linux limits the data of a process")
def test_the_kernel_keeps_it_small_if_its_loop_comes_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(role, "_MOST_BYTES", 10**12)  # as if the loop never looked at the size
    with gateway() as (process, facts), endless_message(facts["control"]):
        assert 220e6 < growth_bytes(process, 3) < 520e6  # the limit of 403 MB, and what the process shares
        assert process.process.poll() in {None, 0}
