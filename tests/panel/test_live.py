"""Requests and telemetry through the panel's server."""

import json
import threading
import time
from collections.abc import Iterator

import pytest
import zmq
from flask.testing import FlaskClient

from daemon.control import messages
from daemon.control.telemetry import note_message, tick_message
from daemon.panel.event_stream import MOST_PAGES, CrowdedError, EventStream, Page
from daemon.panel.settings import PanelSettings
from daemon.parameters import SPECS
from tests.daemon.handlers import Daemon
from tests.panel.conftest import NOWHERE, Building, Visitor


def test_a_change_reaches_the_daemon(visitor: Visitor, daemon: Daemon) -> None:
    answer = visitor.ask("/api/set", {"params": {"energy": 0.9}, "at": "bar", "over": 4}).get_json()
    assert answer == {
        "ok": True,
        "result": {"params": {"energy": 0.9}, "effective_beat": 4.0, "effective_bar": 1},
    }
    assert daemon.handlers.asked[-1] == messages.Set({"energy": 0.9}, "bar", 4)


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
    assert daemon.handlers.asked == []


def test_a_request_cannot_be_smuggled_into_another(visitor: Visitor, daemon: Daemon) -> None:
    assert visitor.ask("/api/set", {"op": "record", "action": "start"}).status_code == 400
    assert visitor.ask("/api/set", ["tempo"]).status_code == 400
    assert daemon.handlers.asked == []


def test_a_key_is_never_taken_for_an_argument_of_ours(visitor: Visitor, daemon: Daemon) -> None:
    answer = visitor.ask("/api/set", {"self": 1, "params": {}})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize("path", ["/api/set", "/api/songs"])
def test_what_is_nested_too_deep_is_refused(path: str, visitor: Visitor, daemon: Daemon) -> None:
    deep = '{"params": ' + "[" * 200_000 + "]" * 200_000 + "}"
    headers = {"X-Edmd-Token": visitor.token, "Content-Type": "application/json"}
    assert visitor.client.post(path, data=deep, headers=headers).status_code == 400
    assert daemon.handlers.asked == []


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ('{"params": {"tempo": 1e400}}', "out_of_range", "tempo is 20 to 300 BPM; got a very large number"),
        ('{"params": {"tempo": NaN}}', "bad_json", "NaN is not a JSON number"),
        ('{"params": {"tempo": 1, "tempo": 2}}', "bad_json", "a key is given twice"),
        ('{"params": ', "bad_json", "the body of a request is strict JSON; Expecting value"),
        ("[1]", "bad_request", "the body of a request is a JSON object"),
        ('{"params": {"tempo": 1, "gate": 7}}', "out_of_range", "gate is 0.1 to 1; got 7"),
        ('{"op": "set", "params": {}}', "bad_request", "the body may have only the keys of set, not op"),
    ],
)
def test_what_a_page_sends_wrong_is_told_as_it_is(body: str, code: str, told: str, visitor: Visitor) -> None:
    headers = {"X-Edmd-Token": visitor.token, "Content-Type": "application/json"}
    answer = visitor.client.post("/api/set", data=body, headers=headers)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, code)
    assert told in error["message"]


def test_an_op_that_is_not_asked_is_named(visitor: Visitor) -> None:
    message = visitor.ask("/api/fly").get_json()["error"]["message"]
    assert (
        message
        == "the panel accepts capture, clock, deck, fade, learn, listen, model, morph, next, pending, preset, record, redo, "
        "reseed, scene, set, transport, undo, not fly"
    )


def test_too_large_a_request_is_refused(visitor: Visitor, daemon: Daemon) -> None:
    assert visitor.ask("/api/set", {"params": {"scale": "x" * 4_000_000}}).status_code in {400, 413}
    assert daemon.handlers.asked == []


@pytest.fixture
def event_stream(daemon: Daemon) -> EventStream:
    event_stream = EventStream(daemon.control, daemon.telemetry.endpoint)
    event_stream.start()
    return event_stream


def events_until(page: Iterator[bytes], topic: str) -> list[tuple[str, dict[str, object]]]:
    """Return the events of a page, up to the first message of `topic`."""
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


def test_telemetry_is_told_to_every_page(event_stream: EventStream, daemon: Daemon) -> None:
    ended = threading.Event()
    thread = publishing(daemon, ended)
    try:
        pages = [event_stream.page(), event_stream.page()]
        for page in pages:
            told = dict(events_until(page, "tick"))
            assert told["tick"]["section"] == "drop"
            assert told["note"]["pitch"] == 72
            assert told["link"] is not None
    finally:
        ended.set()
        thread.join()
    assert event_stream.is_alive
    assert event_stream.last.by_deck()[""].notes["lead"] > 0


def heard_of(event_stream: EventStream, daemon: Daemon) -> None:
    """Return as soon as the panel receives the daemon's messages."""
    began = time.monotonic()
    while not event_stream.is_alive:
        assert time.monotonic() - began < 10
        daemon.telemetry.publish("tick", tick_message(4, 128.0, "drop", 900.0))
        time.sleep(0.02)


def test_a_note_is_told_when_it_comes_and_not_with_the_next_tick(
    event_stream: EventStream, daemon: Daemon
) -> None:
    heard_of(event_stream, daemon)
    page = event_stream.page()
    next(page)
    delays = []
    for beat in range(5):
        daemon.telemetry.publish("tick", tick_message(beat, 20.0, "drop", 900.0))
        time.sleep(0.002)
        began = time.monotonic()
        for pitch in (60, 64, 67):
            daemon.telemetry.publish("note", note_message((480 * beat, "lead", True, pitch, 90, 1, 3.0)))
        events_until(page, "note")
        delays.append(time.monotonic() - began)
        time.sleep(0.1)  # no other message comes for a long time, as at 20 BPM
    assert sorted(delays)[2] < 0.1, delays


def test_silence_costs_no_subscription() -> None:
    """A daemon whose music is stopped sends its health once a second; no health and no state message may be lost."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as publisher:
        publisher.setsockopt(zmq.XPUB_VERBOSER, 1)
        port = publisher.bind_to_random_port("tcp://127.0.0.1")
        event_stream = EventStream(NOWHERE, f"tcp://127.0.0.1:{port}")
        event_stream.start()
        told, ends = [], time.monotonic() + 3.5
        while (left := ends - time.monotonic()) > 0:
            if publisher.poll(round(left * 1000)):
                told.append(publisher.recv())
        assert told == [b"\1"]


def test_the_past_is_told_to_who_comes_late(
    event_stream: EventStream, daemon: Daemon, panel: Building
) -> None:
    heard_of(event_stream, daemon)
    for number in range(310):
        daemon.telemetry.publish("health", {"underruns": number})
        daemon.telemetry.publish("gauge", {"bar": number})
    client = panel(event_stream).test_client()
    began = time.monotonic()
    while (
        not (told := client.get("/api/history").get_json()["result"])["gauge"]
        or told["gauge"][-1]["bar"] < 309
    ):
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    assert told.keys() == {"health", "gauge", "played"}
    assert [message["underruns"] for message in told["health"]] == list(range(10, 310))
    assert [message["bar"] for message in told["gauge"]] == list(range(214, 310))


def full(event_stream: EventStream) -> list[Page]:
    return [event_stream.page() for _ in range(MOST_PAGES)]


def test_who_looks_at_the_heads_alone_takes_no_place(panel: Building) -> None:
    event_stream = EventStream(NOWHERE, NOWHERE)
    client = panel(event_stream).test_client()
    for _ in range(MOST_PAGES + 1):
        assert client.head("/api/events").status_code == 200
    assert event_stream.pages == 0


def test_a_page_that_never_reads_frees_its_place(panel: Building) -> None:
    event_stream = EventStream(NOWHERE, NOWHERE)
    answer = panel(event_stream).test_client().get("/api/events", buffered=False)
    assert event_stream.pages == 1
    answer.close()
    assert event_stream.pages == 0


def test_why_a_page_has_no_events_is_told(panel: Building, locked: FlaskClient, daemon: Daemon) -> None:
    event_stream = EventStream(NOWHERE, NOWHERE)
    client = panel(event_stream).test_client()
    assert client.get("/api/ping").get_json()["ok"]
    pages = full(event_stream)
    for path in ("/api/events", "/api/ping"):
        answer = client.get(path)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "crowded")
    pages[0].close()
    assert client.get("/api/ping").status_code == 200
    for path in ("/api/events", "/api/ping"):
        answer = locked.get(path)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "login")


def test_a_daemon_that_is_away_is_told_as_such(panel: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.panel.link._TIMEOUT_SECONDS", 0.05)
    answer = panel(control=NOWHERE).test_client().get("/api/ping")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "unavailable")


def test_a_page_that_goes_makes_room(daemon: Daemon) -> None:
    event_stream = EventStream(daemon.control, daemon.telemetry.endpoint)
    pages = full(event_stream)
    with pytest.raises(CrowdedError):
        event_stream.page()
    next(pages[0])
    pages[0].close()
    assert event_stream.pages == MOST_PAGES - 1
    event_stream.page()


def test_a_page_that_does_not_read_is_let_go_and_holds_up_nobody(
    event_stream: EventStream, daemon: Daemon
) -> None:
    slow = event_stream.page()
    next(slow)
    began = time.monotonic()
    while event_stream.pages and time.monotonic() - began < 20:
        daemon.telemetry.publish("tick", tick_message(4, 128.0, "drop", 900.0))
        time.sleep(0.005)  # so that each message is a chunk of its own
    assert event_stream.pages == 0


def test_nobody_there_is_told_as_such() -> None:
    event_stream = EventStream(NOWHERE, NOWHERE)
    assert not event_stream.is_alive
    assert b'"alive": false' in next(iter(event_stream.page())).replace(b'":f', b'": f')


def test_the_deck_of_a_request_goes_with_it(panel: Building) -> None:
    """The address names the deck of every request but those about the daemon as a whole; the body has priority."""
    with zmq.Context() as context, context.socket(zmq.REP) as daemon:
        port = daemon.bind_to_random_port("tcp://127.0.0.1")
        visitor = Visitor(panel(control=f"tcp://127.0.0.1:{port}").test_client())
        visitor.come()
        asked: list[tuple[str, str | None]] = []
        decks = {"decks": [{"name": "main"}, {"name": "left hand"}]}

        def answer() -> None:
            for _ in range(6):
                request = json.loads(daemon.recv())
                asked.append((request["op"], request.get("deck")))
                reply = {"v": 1, "id": request["id"], "ok": True, "result": decks}
                daemon.send(json.dumps(reply).encode())

        thread = threading.Thread(target=answer)
        thread.start()
        about = "deck=left%20hand"
        visitor.client.get(f"/api/state?{about}")
        visitor.client.get("/api/state")
        visitor.ask(f"/api/set?{about}", {"params": {}})
        visitor.ask(f"/api/set?{about}", {"params": {}, "deck": "main"})
        assert visitor.client.get(f"/api/decks?{about}").get_json()["result"] == decks
        visitor.client.get(f"/api/describe?{about}")
        thread.join()
    assert asked == [
        ("state", "left hand"), ("state", None), ("set", "left hand"), ("set", "main"), ("deck", None), ("describe", None)
    ]  # fmt: skip


def test_a_capture_is_downloaded_and_no_other_file(
    visitor: Visitor, panel: Building, settings: PanelSettings
) -> None:
    settings.folder.mkdir(parents=True, exist_ok=True)
    for name in ("capture-20260101-120000.mid", "capture-20260101-120000-2.wav", "take.mid"):
        (settings.folder / name).write_bytes(name.encode())
    (settings.folder / "capture-20260101-120009.mid").symlink_to("/etc/passwd")
    with visitor.client.get("/api/captures/capture-20260101-120000.mid") as found:
        assert (found.data, found.mimetype) == (b"capture-20260101-120000.mid", "audio/midi")
        assert "attachment" in found.headers["Content-Disposition"]
    with visitor.client.get("/api/captures/capture-20260101-120000-2.wav") as found:
        assert found.mimetype == "audio/wav"
    for name in (
        "take.mid",
        "capture-20260101-120009.mid",
        "..%2ftake.mid",
        "capture-1.mid",
        "capture-20260101-120003.mid",
    ):
        assert visitor.client.get(f"/api/captures/{name}").status_code == 404


def test_captures_are_behind_the_password(locked: FlaskClient) -> None:
    assert locked.get("/api/captures/capture-20260101-120000.mid").status_code in {401, 403}
