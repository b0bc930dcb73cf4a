"""Requests and telemetry through the panel's server."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from daemon.control import messages
from daemon.control.telemetry import note_message, tick_message
from daemon.panel.hub import MOST_PAGES, CrowdedError, Hub
from daemon.parameters import SPECS
from tests.daemon.desk import Daemon
from tests.panel.conftest import NOWHERE, Visitor


def test_a_change_reaches_the_daemon(visitor: Visitor, daemon: Daemon) -> None:
    answer = visitor.ask("/api/set", {"params": {"energy": 0.9}, "at": "bar", "over": 4}).get_json()
    assert answer == {"ok": True, "result": {"params": {"energy": 0.9}, "effective_beat": 4.0}}
    assert daemon.desk.asked[-1] == messages.Set({"energy": 0.9}, "bar", 4)


def test_what_the_daemon_refuses_is_told_in_its_words(visitor: Visitor) -> None:
    answer = visitor.ask("/api/set", {"params": {"tempo": 9000}})
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "out_of_range"
    assert "tempo is 20 to 300 BPM" in answer.get_json()["error"]["message"]


def test_every_parameter_is_described(visitor: Visitor) -> None:
    assert visitor.client.get("/api/describe").get_json()["result"]["params"].keys() == SPECS.keys()


@pytest.mark.parametrize("path", ["/api/prime", "/api/describe", "/api/no-such-op", "/api/events"])
def test_a_page_asks_nothing_else(path: str, visitor: Visitor, daemon: Daemon) -> None:
    assert visitor.ask(path, {"path": "/etc/passwd"}).status_code in {400, 405}
    assert daemon.desk.asked == []


def test_a_request_cannot_be_smuggled_into_another(visitor: Visitor, daemon: Daemon) -> None:
    assert visitor.ask("/api/set", {"op": "record", "action": "start"}).status_code == 400
    assert visitor.ask("/api/set", ["tempo"]).status_code == 400
    assert daemon.desk.asked == []


def test_a_key_is_never_taken_for_an_argument_of_ours(visitor: Visitor, daemon: Daemon) -> None:
    answer = visitor.ask("/api/set", {"self": 1, "params": {}})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize("path", ["/api/set", "/api/songs"])
def test_what_is_nested_too_deep_is_refused(path: str, visitor: Visitor, daemon: Daemon) -> None:
    deep = '{"params": ' + "[" * 200_000 + "]" * 200_000 + "}"
    headers = {"X-Edmd-Token": visitor.token, "Content-Type": "application/json"}
    assert visitor.client.post(path, data=deep, headers=headers).status_code == 400
    assert daemon.desk.asked == []


def test_too_large_a_request_is_refused(visitor: Visitor, daemon: Daemon) -> None:
    assert visitor.ask("/api/set", {"params": {"scale": "x" * 4_000_000}}).status_code in {400, 413}
    assert daemon.desk.asked == []


@pytest.fixture
def hub(daemon: Daemon) -> Hub:
    hub = Hub(daemon.control, daemon.telemetry.endpoint)
    hub.start()
    return hub


def events_until(page: Iterator[bytes], topic: str) -> list[tuple[str, dict[str, object]]]:
    """What a page is told, up to the first message of `topic`."""
    told: list[tuple[str, dict[str, object]]] = []
    for chunk in page:
        for event in chunk.decode().split("\n\n"):
            if event.startswith("event: "):
                name, _, data = event.removeprefix("event: ").partition("\ndata: ")
                told.append((name, json.loads(data)))
        if any(name == topic for name, _ in told):
            return told
    raise AssertionError(told)


def publishing(daemon: Daemon, ended: threading.Event) -> threading.Thread:
    def publish() -> None:
        while not ended.is_set():
            daemon.telemetry.publish("note", note_message((480, "lead", True, 72, 90, 1, 3.0)))
            daemon.telemetry.publish("tick", tick_message(4, 128.0, "drop", 900.0))
            ended.wait(0.02)

    thread = threading.Thread(target=publish)
    thread.start()
    return thread


def test_telemetry_is_told_to_every_page(hub: Hub, daemon: Daemon) -> None:
    ended = threading.Event()
    thread = publishing(daemon, ended)
    try:
        pages = [hub.page(), hub.page()]
        for page in pages:
            told = dict(events_until(page, "tick"))
            assert told["tick"]["section"] == "drop"
            assert told["note"]["pitch"] == 72
            assert told["link"] is not None
    finally:
        ended.set()
        thread.join()
    assert hub.is_alive
    assert hub.notes["lead"] > 0


def test_a_page_that_goes_makes_room(daemon: Daemon) -> None:
    hub = Hub(daemon.control, daemon.telemetry.endpoint)
    pages = [hub.page() for _ in range(MOST_PAGES)]
    with pytest.raises(CrowdedError):
        hub.page()
    next(pages[0])
    pages[0].close()  # type: ignore[attr-defined]  # a generator
    assert hub.pages == MOST_PAGES - 1
    hub.page()


def test_a_page_that_does_not_read_is_let_go_and_holds_up_nobody(hub: Hub, daemon: Daemon) -> None:
    slow = hub.page()
    next(slow)
    began = time.monotonic()
    while hub.pages and time.monotonic() - began < 20:
        for _ in range(200):
            daemon.telemetry.publish("tick", tick_message(4, 128.0, "drop", 900.0))
        time.sleep(0.01)
    assert hub.pages == 0


def test_nobody_there_is_told_as_such() -> None:
    hub = Hub(NOWHERE, NOWHERE)
    assert not hub.is_alive
    assert b'"alive": false' in next(iter(hub.page())).replace(b'":f', b'": f')
