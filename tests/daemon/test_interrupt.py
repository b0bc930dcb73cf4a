"""Ctrl-C as a terminal sends it: to every process of a command, at any time."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli import cli

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to another process")


def interrupted(begun: Callable[["subprocess.Popen[str]"], object], *words: str) -> tuple[int, str]:
    """Return exit code and error output of a command that is interrupted as soon as it has `begun`."""
    command = [sys.executable, "-m", "daemon", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        begun(process)
        os.killpg(process.pid, signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
    return process.returncode, complaint


def says(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline()


def complains(process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    assert "Measuring" in process.stderr.readline()


def tells_how_far_it_is(process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    assert "of 100000" in process.stderr.readline()


def test_composing_to_a_file_ends_with_130_and_leaves_no_file(tmp_path: Path) -> None:
    out = tmp_path / "long.mid"
    code, complaint = interrupted(tells_how_far_it_is, "render", "--bars", "100000", "--out", str(out))
    assert (code, complaint.splitlines()[-1]) == (130, "Stopped.")
    assert "Traceback" not in complaint
    assert list(tmp_path.iterdir()) == []


def test_a_measurement_ends_with_130() -> None:
    assert interrupted(complains, "doctor", "--measure", "60") == (130, "Stopped.\n")


def test_a_question_that_nobody_answers_ends_with_130() -> None:
    with ExitStack() as stack:
        silent = stack.enter_context(socket.socket())
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = f"tcp://127.0.0.1:{silent.getsockname()[1]}"

        def asked(_: object) -> None:
            stack.enter_context(silent.accept()[0])

        assert interrupted(asked, "ctl", "--endpoint", endpoint, "get") == (130, "Stopped.\n")


def test_the_panel_runs_until_it_and_is_done(tmp_path: Path) -> None:
    """It ends at once, with or without open pages."""
    from tests.panel.process import NOWHERE, free_port

    port = free_port()
    moments: list[float] = []

    def opened(process: "subprocess.Popen[str]") -> None:
        says(process)
        page = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        page.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"event-stream" in page.recv(4096)
        moments.append(time.monotonic())

    words = ["-o", f"panel.port={port}", "-o", f"recording.folder={tmp_path}"]
    with ExitStack() as stack:
        done = interrupted(opened, "panel", *words, "--endpoint", NOWHERE, "--telemetry", NOWHERE)
    assert done == (0, "")
    assert time.monotonic() - moments[0] < 4.0


def test_it_ends_every_command_that_has_no_word_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("daemon.commands.config.read_config", interrupt)
    done = CliRunner().invoke(cli, ["config"])
    assert (done.exit_code, done.stderr) == (130, "Stopped.\n")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells which signals a process awaits")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_daemon_that_has_not_begun_ends_with_0(number: signal.Signals) -> None:
    """Also while it loads its model."""
    from tests.panel.process import free_port

    words = ["play", "--no-panel", "-o", f"control.bind=tcp://127.0.0.1:{free_port()}"]
    words += ["-o", f"telemetry.bind=tcp://127.0.0.1:{free_port()}"]
    command = [sys.executable, "-m", "daemon", *words]
    for seconds in (0.0, 0.1, 0.3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while not awaits(process.pid, signal.SIGTERM):
                assert process.poll() is None
            time.sleep(seconds)
            process.send_signal(number)
            _, complaint = process.communicate(timeout=30)
        assert (process.returncode, "Traceback" in complaint) == (0, False), complaint


def awaits(pid: int, number: int) -> bool:
    """Whether a process has a handler for a signal."""
    (mask,) = re.findall(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_an_interrupt_that_a_library_makes_an_error_of_is_one_all_the_same() -> None:
    """As during the import of an extension: ImportError, initialization failed; and inside `exec`."""
    program = """
import os, signal, daemon.commands.config
from daemon.cli import main

def read(*_):
    try:
        exec("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    except KeyboardInterrupt:
        raise ImportError("initialization failed") from None

daemon.commands.config.read_config = read
main()
"""
    command = [sys.executable, "-c", program, "config"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (130, "Stopped.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process that is sent SIGTERM at once")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_daemon_that_is_ended_inside_exec_ends_with_0(name: str, tmp_path: Path) -> None:
    """Libraries call `exec` during import. With `-m`, CPython remembers an interrupt that is raised there."""
    program = f"""
import daemon.commands.play
from daemon.cli import main

def read(*_):
    exec("import os, signal; os.kill(os.getpid(), signal.{name})")

daemon.commands.play.read_config = read
main()
"""
    (tmp_path / "ended.py").write_text(program)
    command = [sys.executable, "-m", "ended", "play"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
