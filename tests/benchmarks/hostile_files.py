"""Files that would hold a daemon up: how soon each is refused, with what memory, and what `panic` takes beside it.

`python -m tests.benchmarks.hostile_files` prints a line for each, and then how many recordings outlive SIGKILL.
"""

import json
import os
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import psutil
import zmq

from daemon import spool
from daemon.client import Client
from tests.benchmarks.stage import Daemon, daemon
from tests.daemon.workers import hostile

_KILLS: Final = 12
_PAUSE_SECONDS: Final = 0.05
_AFTER_SECONDS: Final = 1.0


class Figures(NamedTuple):
    """What a request came to; the memory is that of the worker, the latency that of `panic` in milliseconds."""

    seconds: float
    worker_mb: float
    panic_p50_ms: float
    panic_max_ms: float
    told: str


def main() -> None:
    """Print the figures."""
    os.environ |= {"JACK_DEFAULT_SERVER": "edmd-nothing", "JACK_NO_START_SERVER": "1"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_DATA_HOME"] = name
        _write_files(folder)
        options = {"recording.folder": str(folder / "takes"), "presets.folder": str(folder / "presets")}
        with daemon(options) as running:
            with Client(running.control, timeout_seconds=30) as client:
                client.state()
            for what, request in _REQUESTS.items():
                _print(what, _measured(running, request))
        click.echo(
            f"\n{_KILLS} recordings, their daemon killed: {_survivors(folder)} are there after the next start"
        )


def _midi(events: int) -> bytes:
    """Notes without end, four bytes each."""
    track = b"\x00\x90\x40\x40" * events
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, 1, 480)
    return header + struct.pack(">4sI", b"MTrk", len(track)) + track


def _xml(measures: int) -> str:
    note = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"
    body = "".join(f'<measure number="{n}">{note * 8}</measure>' for n in range(measures))
    return f'<score-partwise><part-list><score-part id="P"/></part-list><part id="P">{body}</part></score-partwise>'


def _write_files(folder: Path) -> None:
    presets, takes = folder / "presets", folder / "takes"
    for each in (presets, takes, folder / "edmd" / "models"):
        each.mkdir(parents=True)
    os.mkfifo(presets / "pipe.toml")
    (presets / "zero.toml").symlink_to("/dev/zero")
    (presets / "deep.toml").write_text("x = " + "[" * 30_000)
    os.mkfifo(takes / "pipe.mid")
    (takes / "zero.mid").symlink_to("/dev/zero")
    (takes / "two.mid").write_bytes(_midi(500_000))
    (takes / "sixteen.mid").write_bytes(_midi(4_000_000))
    (takes / "score.musicxml").write_text(_xml(12_000))
    for change in (hostile.endless, hostile.huge, hostile.not_numbers, hostile.not_finite, hostile.growing):
        hostile.bundle(folder / "edmd" / "models" / change.__name__, change)


_REQUESTS: Final[dict[str, dict[str, Any]]] = {
    **{
        f"preset {name}": {"op": "preset", "action": "load", "name": name}
        for name in ("pipe", "zero", "deep")
    },
    **{
        f"prime {name}": {"op": "prime", "path": name}
        for name in ("pipe.mid", "zero.mid", "two.mid", "sixteen.mid", "score.musicxml")
    },
    **{
        f"bundle {name}": {"op": "model", "action": "load", "name": name}
        for name in ("not_numbers", "not_finite", "growing", "huge", "endless")
    },
}


def _measured(running: Daemon, request: dict[str, Any]) -> Figures:
    """Send a request, and a panic every 50 ms until a second after its answer."""
    is_over, peak = threading.Event(), [0.0]
    watcher = threading.Thread(target=_watch_workers, args=(running.process.pid, is_over, peak))
    watcher.start()
    with (
        zmq.Context() as context,
        context.socket(zmq.DEALER) as asker,
        context.socket(zmq.DEALER) as panicker,
    ):
        for each in (asker, panicker):
            each.setsockopt(zmq.LINGER, 0)
            each.connect(running.control)
        asker.send(json.dumps({"v": 1, **request}).encode())
        began, answered, answer, latencies = time.monotonic(), 0.0, {}, []
        while not answered or time.monotonic() < answered + _AFTER_SECONDS:
            sent = time.monotonic()
            panicker.send(b'{"v":1,"op":"transport","action":"panic"}')
            assert json.loads(panicker.recv())["ok"]
            latencies.append(1e3 * (time.monotonic() - sent))
            if not answered and asker.poll(round(1e3 * _PAUSE_SECONDS)):
                answer, answered = json.loads(asker.recv()), time.monotonic()
            elif answered:
                time.sleep(_PAUSE_SECONDS)
    is_over.set()
    watcher.join()
    told = answer.get("error", {}).get("message") or json.dumps(answer["result"])
    return Figures(answered - began, peak[0], sorted(latencies)[len(latencies) // 2], max(latencies), told)


def _watch_workers(pid: int, is_over: threading.Event, peak: list[float]) -> None:
    while not is_over.wait(0.02):
        for process in psutil.Process(pid).children(recursive=True):
            try:
                if "daemon.workers" in process.cmdline():
                    peak[0] = max(peak[0], process.memory_info().rss / 2**20)
            except psutil.Error:
                continue


def _survivors(folder: Path) -> int:
    """Kill daemons that record, all their processes at once; return how many recordings the next one finishes."""
    options = {"recording.folder": str(folder / "dead")}
    for number in range(_KILLS):
        with daemon(options) as running:
            with Client(running.control, timeout_seconds=30) as client:
                client.record("start", f"take{number}")
                first = client.state()["transport"]["tick"]
                while client.state()["transport"]["tick"] <= first + 8:
                    time.sleep(0.05)
            root = psutil.Process(running.process.pid)
            for process in (*root.children(recursive=True), root):
                process.kill()
            running.process.wait()
    with daemon(options):
        _until(lambda: not spool.left_in(folder / "dead"))
    return len([*(folder / "dead").glob("take*.mid")])


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _print(what: str, figures: Figures) -> None:
    told = figures.told if len(figures.told) < 110 else figures.told[:54] + " ... " + figures.told[-50:]
    click.echo(
        f"{what:22} {figures.seconds:6.2f} s  worker {figures.worker_mb:4.0f} MB  "
        f"panic p50 {figures.panic_p50_ms:4.1f} max {figures.panic_max_ms:5.1f} ms  {told}",
    )


if __name__ == "__main__":
    main()
