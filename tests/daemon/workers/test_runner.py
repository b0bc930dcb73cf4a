"""The runner, with real processes: bounds that hold, jobs in order, and workers that outlive nobody."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from msgspec import Struct

from daemon.control.messages import ControlError
from daemon.workers import jobs, runner
from daemon.workers.jobs import BOUNDS, Bounds, Job
from daemon.workers.runner import MOST_WAITING, Worker, Workers

# What a hostile file might make its reader do. The worker finds this module by its name, like its own ones.
ATTACKS = """
import ctypes, os, socket, subprocess, sys, time
from pathlib import Path
from msgspec import Struct
from daemon.control.messages import ControlError

class Task(Struct):
    attack: str
    argument: str = ""

def work(task: Task) -> object:
    return ATTACKS[task.attack](task.argument)

def spin(_):
    while True: pass

def bomb(_):
    # bytes() asks for zeroed pages and touches none, so the bound on memory is met long before that on the processor.
    return len(bytes(2**40) if _ == "at once" else [bytes(2**20) for _ in range(10**6)])

def connect(address):
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), 2).close()
    except OSError as error:
        return str(error)
    return "connected"

def refuse(_):
    raise ControlError("not_found", "there is none", "path")

def files(_):
    return [open("/dev/null") for _ in range(10000)]

ATTACKS = {
    "echo": str, "spin": spin, "bomb": bomb, "connect": connect, "refuse": refuse, "files": files,
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "shout": lambda _: "x" * 2**22,
    "print": lambda _: print("hello", flush=True) or os.system("echo hello") or None,
    "write": lambda _: os.write(1, b"garbage") and None,
    "crash": lambda _: ctypes.string_at(0),
    "die": lambda _: os._exit(0),
    "pid": lambda _: os.getpid(),
}
"""
HERE = Bounds("doing it", 6.0, 1, 2**29)


class Task(Struct):
    attack: str
    argument: str = ""


@pytest.fixture(autouse=True)
def attacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the worker find the module `attacks` among the jobs."""
    (tmp_path / "edmd_attacks.py").write_text(ATTACKS, encoding="utf-8")
    boot = (
        "import sys, daemon.workers.jobs as jobs, daemon.workers.__main__ as worker\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import importlib; sys.modules['daemon.workers.attacks'] = importlib.import_module('edmd_attacks')\n"
        f"jobs.BOUNDS['attacks'] = jobs.Bounds(*{tuple(HERE)!r})\n"
        "worker.main(sys.argv[1], int(sys.argv[2]))\n"
    )
    monkeypatch.setitem(BOUNDS, "attacks", HERE)
    monkeypatch.setattr(runner, "module_words", lambda _: [sys.executable, "-c", boot])


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


def attack(name: str, argument: str = "") -> Job[Any]:
    return Job("attacks", Task(name, argument), Any, "it cannot be used", "path")


def outcome(workers: Workers, name: str, argument: str = "") -> Any:
    worker = workers.run(attack(name, argument))
    assert workers.wait(worker, 20)
    try:
        return worker.result()
    except ControlError as error:
        return error.code, error.message, error.param


def test_a_job_is_done(workers: Workers) -> None:
    assert outcome(workers, "echo", "x" * 500_000) == "x" * 500_000


@pytest.mark.parametrize("name", ["echo", "refuse", "die"])
def test_where_pipes_cannot_be_watched_the_outcome_is_the_same(
    name: str, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = outcome(workers, name, "x" * 5000)
    monkeypatch.setattr(runner, "_WATCHES_PIPES", False)
    assert outcome(workers, name, "x" * 5000) == watched


def test_a_refusal_comes_back_as_it_is(workers: Workers) -> None:
    assert outcome(workers, "refuse") == ("not_found", "there is none", "path")


@pytest.mark.parametrize(
    ("name", "argument", "cause"),
    [
        ("spin", "", "needs more than 1 seconds of the processor"),
        ("sleep", "60", "takes more than 6 seconds"),
        ("bomb", "at once", "needs more than 512 MiB of memory"),
        ("bomb", "bit by bit", "needs more than 512 MiB of memory"),
        ("shout", "", "fails"),
        ("write", "", None),
        ("print", "", None),
        ("crash", "", "fails"),
        ("die", "", "fails"),
        ("files", "", "fails inside edmd; the log of edmd shows why"),
    ],
)
def test_whatever_a_worker_does_it_ends_in_time_with_a_sentence(
    name: str, argument: str, cause: str | None, workers: Workers
) -> None:
    began = time.monotonic()
    expected = None if cause is None else ("unavailable", f"it cannot be used: doing it {cause}", "path")
    assert outcome(workers, name, argument) == expected
    assert time.monotonic() - began < 9


def test_a_worker_has_no_network(workers: Workers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = outcome(workers, "connect", f"127.0.0.1:{server.getsockname()[1]}")
    if not _can_leave_network():
        pytest.skip("this system lets no process of this user leave the network")
    assert "unreachable" in said


def _can_leave_network() -> bool:
    flags = "0x40000000" if os.geteuid() == 0 else "0x50000000"
    program = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({flags}))"
    return sys.platform == "linux" and subprocess.call([sys.executable, "-c", program]) == 0


def test_jobs_of_a_name_are_done_in_order_and_few_wait(workers: Workers) -> None:
    slow = [workers.run(attack("sleep", "0.2")) for _ in range(MOST_WAITING)]
    with pytest.raises(ControlError, match="8 such requests wait; try again in a moment") as refused:
        workers.run(attack("echo"))
    assert refused.value.code == "unavailable"
    assert len(workers.filenos()) == 1, "the others wait for the first"
    ended: list[int] = []
    while len(ended) < len(slow):
        select.select(workers.filenos(), [], [], 1)
        workers.turn()
        ended += [number for number, each in enumerate(slow) if each.done() and number not in ended]
    assert ended == sorted(ended)


def test_nothing_blocks(workers: Workers) -> None:
    began = time.monotonic()
    worker = workers.run(attack("sleep", "2"))
    for _ in range(100):
        workers.turn()
    assert not worker.done()
    assert time.monotonic() - began < 0.5


def test_a_worker_that_is_killed_is_refused_and_leaves_nothing(workers: Workers) -> None:
    before = {*psutil.Process().children()}
    worker = workers.run(attack("sleep", "60"))
    (child,) = {*psutil.Process().children()} - before
    workers.close()
    with pytest.raises(ControlError, match="edmd is ending"):
        worker.result()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_killed_process_that_ends_late_is_reaped_later(
    is_closed: bool, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_REAP_SECONDS", 0.0)
    before = {*psutil.Process().children()}
    worker = workers.run(attack("sleep", "60"))
    (child,) = {*psutil.Process().children()} - before
    if is_closed:
        workers.close()
        assert not child.is_running()
    else:
        worker.kill()
        _until(lambda: _is_reaped(workers, child), 5.0)


def test_a_process_that_cannot_be_started_is_told(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "module_words", lambda _: ["/nowhere"])
    assert outcome(workers, "echo") == (
        "unavailable",
        "a worker cannot be started: No such file or directory",
        None,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_outlives_nobody(number: int, tmp_path: Path) -> None:
    boot = runner.__dict__["module_words"]("")
    program = (
        "import time\nfrom daemon.workers import runner\nfrom daemon.workers.runner import Workers\n"
        f"runner.module_words = lambda _: {boot!r}\n"
        "from daemon.workers.jobs import Job, BOUNDS, Bounds\nfrom msgspec import Struct\n"
        "class Task(Struct):\n    attack: str\n    argument: str\n"
        f"BOUNDS['attacks'] = Bounds(*{tuple(HERE)!r})\n"
        "workers = Workers()\nworker = workers.run(Job('attacks', Task('spin', ''), object, ''))\n"
        "time.sleep(1)\nprint(worker._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(number)
    _until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 2.0)


def test_every_job_has_bounds_and_a_module() -> None:
    names = {path.stem for path in Path(jobs.__file__).parent.glob("*.py")}
    assert {*BOUNDS} - {"attacks"} <= names


def _is_reaped(workers: Workers, child: psutil.Process) -> bool:
    workers.turn()
    return not child.is_running()


def _until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_job_given_up_while_it_waits_is_never_begun() -> None:
    worker: Worker[Any] = Worker(attack("echo"))
    worker.kill()
    assert worker.done()
    assert worker.advance()
    with pytest.raises(ControlError):
        worker.result()
