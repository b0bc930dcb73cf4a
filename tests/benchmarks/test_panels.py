"""The row of the panels: reading streams, a ratio within one run, replacing a row among others."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import Effort, _replace_rows
from tests.benchmarks.figure import Figure
from tests.benchmarks.panels import figures
from tests.benchmarks.playing import Performance
from tests.benchmarks.stage import BenchError
from tests.benchmarks.streams import read

STREAMS = {"answered": 20, "fewest_notes": 7, "browser": "chromium 1"}


@pytest.fixture
def port() -> Iterator[int]:
    """A panel that sends each client two notes, split across two packets, and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        calls: list[socket.socket] = []

        def answer() -> None:
            for status in (b"200 OK", b"200 OK", b"503 Busy"):
                calls.append(server.accept()[0])
                calls[-1].recv(1000)
                calls[-1].sendall(b"HTTP/1.1 " + status + b"\r\n\r\nevent: note\ndata: {}\n\nevent: no")
                calls[-1].sendall(b"te\ndata: {}\n\nevent: tick\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)
        for call in calls:
            call.close()


def test_streams_are_read_until_it_is_enough(port: int) -> None:
    enough, end = socket.socketpair()
    with enough, end:
        threading.Timer(0.5, end.send, (b"x",)).start()
        assert read("127.0.0.1", port, 3, enough) == {"answered": 2, "fewest_notes": 2}


def _seen(p99: float) -> Performance:
    return Performance({"p50": 10.0, "p99": p99, "max": 99.0}, 1000, 0, {}, (0.0, 0.0, 0.0), [])


@pytest.mark.parametrize(("beside", "met"), [(30.0, True), (31.0, False)])
def test_panels_may_make_the_player_half_as_late_again(beside: float, met: bool) -> None:
    (first,) = figures(_seen(20.0), _seen(beside), STREAMS)
    assert first.value == beside / 20
    assert first.met is met
    assert "20 µs alone" in first.note
    assert "chromium 1" in first.note


@pytest.mark.parametrize("wrong", [{"answered": 19}, {"fewest_notes": 0}])
def test_panels_that_do_not_listen_are_no_measurement(wrong: dict[str, int]) -> None:
    with pytest.raises(BenchError, match="event streams"):
        figures(_seen(20.0), _seen(20.0), {**STREAMS, **wrong})


def test_a_row_measured_alone_is_kept_with_the_others_and_says_when(tmp_path: Path) -> None:
    path, effort = tmp_path / "bench.json", Effort(2, 2, 1, 1, 1)
    rows = [Figure("a", 1.0, "s").as_dict(), Figure("b", 2.0, "s").as_dict()]
    path.write_text(json.dumps({"date": "2026-01-01", "figures": rows}))
    _replace_rows([Figure("a", 3.0, "s", note="why")], effort, path)
    written = json.loads(path.read_text())
    assert written["date"] == "2026-01-01"
    assert [(row["name"], row["value"]) for row in written["figures"]] == [("b", 2.0), ("a", 3.0)]
    assert written["figures"][1]["note"].startswith("why; measured 2")
