"""The logs of `edmd play` as processes of their own: what each role writes, and where to."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.imports import ROOT
from tests.midi.playing import Edmd, playing, words
from tests.midi.test_play_errors import NO_MIDI
from tests.training import tiny

LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d) ([A-Z]+) (\w+): (.+)")
QUICK = ("--bars", "1", "-o", "parameters.tempo=300")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


def played(bundle: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """A bar, without MIDI, to its end."""
    command = words(bundle, *QUICK, *more)
    environ = {**os.environ, **NO_MIDI}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environ)
    assert ran.returncode == 0, ran.stderr
    return ran


def rows(text: str) -> list[tuple[str, str, str]]:
    """Level, role and message of each line of text."""
    found = [LINE.fullmatch(line) for line in text.splitlines()]
    assert all(found), text
    return [(match[2], match[3], match[4]) for match in found if match is not None]


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_each_line_on_standard_error_has_time_level_and_role(bundle: Path) -> None:
    ran = played(bundle)
    told = rows(ran.stderr)
    assert {(level, role) for level, role, _ in told} >= {("INFO", "composer"), ("INFO", "player")}
    assert "DEBUG" not in {level for level, _, _ in told}
    assert any(message.startswith("ports: ") for _, _, message in told)
    assert ran.stdout.startswith("edmd plays ")
    assert ran.stdout.count("\n") == 1


def test_verbose_is_the_level_of_all_processes(bundle: Path) -> None:
    told = rows(played(bundle, "-v", "-o", "log.level=error").stderr)
    assert {role for level, role, _ in told if level == "DEBUG"} >= {"composer", "player"}


def test_a_level_leaves_out_what_is_below_it(bundle: Path) -> None:
    assert played(bundle, "-o", "log.level=warning").stderr == ""


def test_json_is_one_object_a_line(bundle: Path) -> None:
    told = [json.loads(line) for line in played(bundle, "-o", "log.format=json").stderr.splitlines()]
    assert {each["role"] for each in told} >= {"composer", "player"}
    for each in told:
        assert list(each) == ["time", "level", "role", "logger", "message"]
        assert each["logger"].startswith("daemon.")


def test_a_file_gets_all_and_standard_error_the_warnings(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "logs" / "edmd.log"
    assert played(bundle, "-o", f"log.file={file}").stderr == ""
    assert {role for _, role, _ in rows(file.read_text(encoding="utf-8"))} >= {"composer", "player"}
    before = file.read_bytes()
    played(bundle, "-o", f"log.file={file}")
    assert file.read_bytes().startswith(before)


def test_a_full_file_is_rotated_at_a_start(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "edmd.log"
    old = b"2026-01-01T00:00:00.000+00:00 INFO player: an old line\n" * 80_000
    file.write_bytes(old)
    played(bundle, "-o", f"log.file={file}")
    rotated = (tmp_path / "edmd.log.1").read_bytes()
    assert rotated.startswith(old)
    told = rows((rotated.removeprefix(old) + file.read_bytes()).decode())
    assert {role for _, role, _ in told} >= {"composer", "player"}


def test_a_killed_player_leaves_its_lines_and_the_next_one_adds_its_own(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "edmd.log"
    with playing(bundle, "-v", "-o", f"log.file={file}", environ=NO_MIDI) as edmd:
        edmd.wait_for_ticks(2)
        first = edmd.player.pid
        edmd.player.kill()

        def started() -> list[str]:
            told = rows(file.read_text(encoding="utf-8"))
            return [message for _, role, message in told if role == "player" and "starts" in message]

        until(lambda: len(started()) == 2, "another player logs")
        assert started()[0].startswith(f"process {first} ")
        assert any(
            (level, role) == ("WARNING", "supervisor") and message.startswith("the player died")
            for level, role, message in rows(file.read_text(encoding="utf-8"))
        )
        assert edmd.end() == 0
        assert edmd.process.stderr is not None
        assert {level for level, _, _ in rows(edmd.process.stderr.read())} == {"WARNING"}


def full_pipe() -> tuple[int, int]:
    """A pipe that nobody reads and that takes nothing more."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer


def test_a_pipe_that_nobody_reads_holds_up_neither_music_nor_end(bundle: Path) -> None:
    reader, writer = full_pipe()
    command = words(bundle, "-v", "-o", "parameters.tempo=300")
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=writer, text=True, env={**os.environ, **NO_MIDI}
    )
    os.close(writer)
    assert process.stdout is not None
    edmd = Edmd(process, process.stdout.readline())
    try:
        edmd.wait_for_ticks(32)
        edmd.player.kill()
        edmd.wait_for_ticks(32)
        began = time.monotonic()
        assert edmd.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 3
    finally:
        edmd.close()
        os.close(reader)


def test_a_stopped_terminal_holds_up_no_music_and_shows_short_lines(bundle: Path) -> None:
    master, terminal = pty.openpty()
    termios.tcflow(terminal, termios.TCOOFF)  # as Ctrl-S does
    command = words(bundle, *QUICK)
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=terminal, env={**os.environ, **NO_MIDI}
    )
    assert process.wait(60) == 0
    termios.tcflow(terminal, termios.TCOON)
    second = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=terminal, env={**os.environ, **NO_MIDI}
    )
    assert second.wait(60) == 0
    told = os.read(master, 65536).decode()
    os.close(terminal)
    os.close(master)
    assert re.search(r"(?m)^\d\d:\d\d:\d\d\.\d{3} INFO player: ", told)
    assert not re.search(r"\d{4}-\d\d-\d\d", told)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "it is not a regular file"),
        ("file/log", "Not a directory"),
        ("pipe", "it is not a regular file"),
    ],
)
def test_a_log_file_that_cannot_be_written_is_told_at_once(
    bundle: Path, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    command = words(bundle, "-o", f"log.file={tmp_path / name}")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    said = (
        f"Error: cannot write the log file {tmp_path / name}: {reason}; name another with -o log.file=FILE\n"
    )
    assert (ran.returncode, ran.stderr) == (1, said)


def test_the_panel_logs_beside_the_others(bundle: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = tmp_path / "edmd.log"
    pairs = (
        f"log.file={file}", "log.format=json", f"panel.port={port}", f"recording.folder={tmp_path}"
    )  # fmt: skip
    options = [word for pair in pairs for word in ("-o", pair)]
    command = [word for word in words(bundle, "-v", *options) if word != "--no-panel"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **NO_MIDI}
    )
    assert process.stdout is not None
    edmd = Edmd(process, process.stdout.readline())
    try:

        def started() -> dict[str, list[int]]:
            told = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
            found: dict[str, list[int]] = {}
            for each in told:
                if match := re.match(r"process (\d+) starts", each["message"]):
                    found.setdefault(each["role"], []).append(int(match[1]))
            return found

        until(lambda: "panel" in started(), "the panel logs")
        panel = psutil.Process(started()["panel"][0])
        assert "panel" in panel.cmdline()
        panel.kill()
        until(lambda: len(started()["panel"]) == 2, "another panel logs")
        assert started()["supervisor"] == [process.pid]
        assert edmd.end() == 0
    finally:
        edmd.close()
    told = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert any(
        (each["level"], each["role"]) == ("warning", "supervisor")
        and each["message"].startswith("the panel died")
        for each in told
    )


def test_a_worker_logs_as_the_process_that_started_it(tmp_path: Path) -> None:
    task = {
        "kind": "uploaded",
        "title": "x",
        "made": 0,
        "folder": str(tmp_path),
        "config": None,
        "overrides": [],
    }
    environ = {**os.environ, "EDMD_LOG_SETTINGS": json.dumps({"level": "debug", "format": "json"})}
    command = [sys.executable, "-m", "daemon.panel.songs.rendering"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environ
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stderr is not None
        worker.stdin.write(json.dumps(task) + "\n")
        worker.stdin.flush()
        assert "cannot be read" in json.loads(worker.stdout.read())["error"]
        (told,) = map(json.loads, worker.stderr.read().splitlines())
    assert (told["role"], told["level"]) == ("worker", "debug")


CRASH = """
import threading
from daemon.reporting.logs import LogSettings, set_up_logs
set_up_logs(LogSettings(format="json"), "gateway")
thread = threading.Thread(target=lambda: 1 / 0, name="beside")
thread.start()
thread.join()
import warnings
warnings.warn("old", stacklevel=1)
raise RuntimeError("the end")
"""


def test_what_ends_a_process_or_a_thread_is_a_record_with_its_traceback() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CRASH], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 1
    thread, warning, end = (json.loads(line) for line in ran.stderr.splitlines())
    assert (thread["level"], thread["message"]) == ("error", "an error ends the thread beside")
    assert thread["exception"].endswith("ZeroDivisionError: division by zero")
    assert (warning["level"], warning["logger"]) == ("warning", "py.warnings")
    assert (end["level"], end["role"], end["message"]) == (
        "critical",
        "gateway",
        "an error ends this process",
    )
    assert end["exception"].endswith("RuntimeError: the end")


FORK = """
import logging, os, sys
from daemon.reporting.logs import LogSettings, inherit_logs, set_up_logs
def numbers(): return len(os.listdir("/proc/self/fd"))
set_up_logs(LogSettings(file=sys.argv[1]), "supervisor")
logging.info("one")
before = numbers()
for name in ("standby", "composer"):
    if (pid := os.fork()) == 0:
        inherit_logs(name)
        logging.info("of a child")
        inherit_logs("player")
        logging.info("in another role, %d more numbers open", numbers() - before)
        logging.shutdown()
        os._exit(0)
    os.waitpid(pid, 0)
logging.info("two")
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files as Linux does")
def test_a_forked_process_logs_under_its_role_and_repeats_no_line(tmp_path: Path) -> None:
    words = [sys.executable, "-c", FORK, str(tmp_path / "log")]
    subprocess.run(words, cwd=ROOT, check=True, timeout=60)
    told = [(role, message) for _, role, message in rows((tmp_path / "log").read_text(encoding="utf-8"))]
    last = ("player", "in another role, 0 more numbers open")
    assert told == [
        ("supervisor", "one"),
        *(each for name in ("standby", "composer") for each in ((name, "of a child"), last)),
        ("supervisor", "two"),
    ]


ROLES = """
import logging, os, sys, time
from daemon.reporting.logs import LogSettings, inherit_logs, set_up_logs
set_up_logs(LogSettings(), "standby")
logging.info("nobody reads this")
began = time.monotonic()
inherit_logs("player")
logging.info("nor this")
print(time.monotonic() - began)
"""


def test_a_process_takes_another_role_at_once_where_nobody_reads_its_lines() -> None:
    reader, writer = full_pipe()
    ran = subprocess.run(
        [sys.executable, "-c", ROLES], cwd=ROOT, stdout=subprocess.PIPE, stderr=writer, text=True, check=True
    )
    os.close(writer)
    os.close(reader)
    assert float(ran.stdout) < 0.1
