"""`edmd play` while clients flood it, do not read, or load models: the music goes on."""

import json
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import mido
import psutil
import pytest
import zmq

from daemon.client import Refused
from tests.midi.conftest import Recorder, until
from tests.midi.playing import Edmd, playing, rows_of
from tests.models.bundles import rewrite
from tests.training import tiny

pytestmark = pytest.mark.midi

PORTS = ("edmd melody", "edmd percussion")
FLOOD_SECONDS = 3.0
A_SECOND = 10_000


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's data folder with one good and one damaged model."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "edmd" / "models"
    tiny.write(folder / "damaged")
    # The name in its manifest differs from its folder's name.
    rewrite(tiny.write(folder / "second"), lambda manifest: manifest.update(name="another"))
    damaged = folder / "damaged" / "melody.onnx"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\x00")
    return home


@pytest.fixture
def edmd(recorder: Recorder, models: Path, tmp_path: Path) -> Iterator[Edmd]:
    """A daemon that was already playing when the recorder was connected."""
    first = tiny.write(tmp_path / "first")
    with playing(first, "--seed", "5", environ={"XDG_DATA_HOME": str(models)}) as started:
        recorder.connect()
        yield started


class Flood(threading.Thread):
    """Sends `set` requests at a steady rate for a time; `answers` counts the replies."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self.endpoint, self.sent, self.answers = endpoint, 0, 0

    def run(self) -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.connect(self.endpoint)
        began = time.perf_counter()
        while (now := time.perf_counter() - began) < FLOOD_SECONDS:
            while self.sent < now * A_SECOND:
                swing = self.sent % 50 / 100
                request = {"v": 1, "op": "set", "params": {"swing": swing, "energy": 0.9}}
                socket.send_multipart([b"", json.dumps(request).encode()])
                self.sent += 1
            self._read(socket, 0)
            time.sleep(0.001)
        self._read(socket, 300)
        context.destroy(linger=0)

    def _read(self, socket: "zmq.Socket[bytes]", timeout_ms: int) -> None:
        while socket.poll(timeout_ms):
            socket.recv_multipart()
            self.answers += 1


def test_a_flood_of_requests_delays_no_note(edmd: Edmd, recorder: Recorder) -> None:
    edmd.wait_for_ticks(4)
    before = edmd.client.state()["health"]
    flood = Flood(edmd.client.state()["control"])
    flood.start()
    edmd.listen(FLOOD_SECONDS)
    flood.join()
    after = edmd.client.state()["health"]
    assert flood.answers > A_SECOND
    assert after["underruns"] - before["underruns"] <= 1  # the machine may be busy
    ticks = [each["tick"] for each in edmd.of("tick")]
    assert ticks == list(range(ticks[0], ticks[-1] + 1))
    states = edmd.of("state")
    assert len(states) < 12 * (FLOOD_SECONDS + 2)
    edmd.client.transport("stop")
    until(lambda: not recorder.sounding(PORTS[0]) and not recorder.sounding(PORTS[1]), "it stops")
    time.sleep(0.1)
    edmd.listen(0.1)
    for port, drums in zip(PORTS, (False, True), strict=True):
        arrived = rows_of([each.message for each in recorder.heard[port]])
        told = [row for row in edmd.rows() if (row[1] == 10) is drums]
        count = min(len(arrived), len(told))
        assert count > 10
        assert arrived[-count:] == told[-count:]


def test_a_subscriber_that_does_not_read_is_not_waited_for(edmd: Edmd) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sleepers = [context.socket(zmq.SUB) for _ in range(3)]
    for socket in sleepers:
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.setsockopt(zmq.RCVBUF, 1024)
        socket.subscribe(b"")
        socket.connect(edmd.client.state()["telemetry"])
    edmd.wait_for_ticks(20)
    sleepers[0].close(linger=0)
    edmd.wait_for_ticks(10)
    context.destroy(linger=0)
    edmd.wait_for_ticks(10)
    assert edmd.end() == 0


def test_ticks_are_told_when_they_begin_and_health_each_second(edmd: Edmd) -> None:
    edmd.listen(4.0)
    ticks = edmd.of("tick")
    assert [after["tick"] - before["tick"] for before, after in pairwise(ticks)] == [1] * (len(ticks) - 1)
    assert 3 <= len(edmd.of("health")) <= 6
    now = edmd.client.state()["transport"]["tick"]
    assert ticks[-1]["tick"] <= now + 1
    topics = [name for name, _ in edmd.told]
    first_note = topics.index("note")
    assert "tick" in topics[:first_note]


def test_the_beat_is_never_negative(edmd: Edmd) -> None:
    for action in ("play", "play", "stop", "continue", "play"):
        edmd.client.transport(action)
        for _ in range(20):
            told = edmd.client.state()["transport"]
            assert told["beat"] >= 0
            assert told["tick"] >= 0
    edmd.wait_for_ticks(4)
    assert all(each["transport"]["beat"] >= 0 for each in edmd.of("state"))


def test_a_model_is_swapped_without_a_gap_and_a_damaged_one_refused(edmd: Edmd) -> None:
    edmd.wait_for_ticks(4)
    with pytest.raises(Refused) as missing:
        edmd.client.model("load", "nothing")
    assert missing.value.code == "not_found"
    with pytest.raises(Refused) as damaged:
        edmd.client.model("load", "damaged")
    assert damaged.value.code == "unavailable"
    assert "SHA-256" in str(damaged.value)
    with pytest.raises(Refused) as outside:
        edmd.client.model("load", "../second")
    assert outside.value.code == "bad_request"
    assert edmd.client.model("load", "second")["name"] == "second"
    edmd.wait_for_ticks(40)
    ticks = [each["tick"] for each in edmd.of("tick")]
    assert ticks == list(range(ticks[0], ticks[-1] + 1))
    state = edmd.client.state()
    assert state["health"]["underruns"] <= 1  # the machine may be busy
    assert state["models"]["current"] == "second"
    listed = {each["name"]: each["current"] for each in edmd.client.model("list")["models"]}
    assert [name for name, current in listed.items() if current] == ["second"]


@pytest.mark.soak
def test_memory_does_not_grow(edmd: Edmd) -> None:
    edmd.listen(30.0)
    before = _memory_bytes(edmd)
    edmd.listen(60.0)
    edmd.told.clear()
    assert _memory_bytes(edmd) - before < 8e6
    assert _memory_bytes(edmd) < 400e6


def _memory_bytes(edmd: Edmd) -> int:
    """Return the memory of all processes; shared memory counts once."""
    supervisor = psutil.Process(edmd.process.pid)
    processes = (supervisor, *supervisor.children())
    return sum(process.memory_full_info().pss for process in processes)


def test_a_count_in_is_heard_told_and_not_recorded(recorder: Recorder, tmp_path: Path) -> None:
    first = tiny.write(tmp_path / "first")
    with playing(first, "--seed", "5", "-o", f"recording.folder={tmp_path}") as edmd:
        recorder.connect()
        edmd.wait_for_ticks(2)
        edmd.client.request("transport", action="stop")
        until(lambda: edmd.client.state()["transport"]["state"] == "stopped", "the music stops")
        edmd.client.request("record", action="start")
        begun, told = len(recorder.notes("edmd percussion")), len(edmd.told)
        edmd.client.request("transport", action="play", count_in=1)
        until(lambda: edmd.client.state()["transport"]["count_in"] == 1, "the count-in is told")
        edmd.wait_for_ticks(8)
        assert edmd.client.state()["transport"]["count_in"] == 0
        take = Path(edmd.client.request("record", action="stop")["path"])
        until(take.exists, "the take is written")
    heard = recorder.notes("edmd percussion")[begun:]
    assert [each.message[1] for each in heard if each.message[0] == 0x99][:4] == [76, 77, 77, 77]
    notes = [note for topic, note in edmd.told[told:] if topic == "note" and note["voice"] == "drums"]
    clicks = [note["beat"] for note in notes if note["pitch"] in (76, 77) and note["type"] == "on"]
    assert clicks == [-4, -3, -2, -1]
    messages = [each for track in mido.MidiFile(take).tracks for each in track if each.type == "note_on"]
    struck = {each.note for each in messages if each.channel == 9}
    assert struck
    assert not {76, 77} & struck
