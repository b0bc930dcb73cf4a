"""Who writes log lines: several processes into one rotated file, a full pipe, a disk that is full, an end in between."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.reporting.log_writer import LineHandler, RotatedFile
from tests.imports import ROOT

WRITER = """
import sys
from pathlib import Path
from daemon.reporting.log_writer import RotatedFile
file = RotatedFile(Path(sys.argv[1]), 40_000, 1000)
for number in range(int(sys.argv[3])):
    file.write(f"{sys.argv[2]} {number} {'x' * (number % 300)} end\\n".encode())
"""


def writer(path: Path, name: str, lines: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(lines)], cwd=ROOT)


def lines_in(folder: Path) -> list[str]:
    return [line for path in folder.iterdir() for line in path.read_text(encoding="utf-8").splitlines()]


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("x", logging.INFO, "", 0, message, args, None)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Gate:
    """A writer that waits until it is opened, and fails while it is told to."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        self.lines: list[str] = []
        self.is_failing = False

    def write(self, line: bytes) -> None:
        os.read(self.reader, 1)
        if self.is_failing:
            raise OSError("the disk is full")
        self.lines.append(line.decode())

    def let(self, lines: int) -> None:
        os.write(self._writer, b"x" * lines)

    def close(self) -> None:
        """Do nothing: the fixture closes the gate."""

    def leave(self) -> None:
        os.close(self._writer)
        os.close(self.reader)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.leave()


def test_several_processes_lose_and_mix_no_line_while_the_file_rotates(tmp_path: Path) -> None:
    path, count = tmp_path / "edmd.log", 3000
    writers = [writer(path, name, count) for name in ("composer", "player", "panel")]
    assert [each.wait(60) for each in writers] == [0, 0, 0]
    found = sorted(lines_in(tmp_path))
    sent = [
        f"{name} {number} {'x' * (number % 300)} end"
        for name in ("composer", "player", "panel")
        for number in range(count)
    ]
    assert found == sorted(sent)
    assert len(list(tmp_path.iterdir())) > 3  # a writer that finds the file locked lets it grow


def test_processes_that_are_killed_or_stopped_cost_the_others_nothing(tmp_path: Path) -> None:
    path, count = tmp_path / "edmd.log", 3000
    killed, stopped = (writer(path, name, 10**9) for name in ("killed", "stopped"))
    until(lambda: path.exists() and len(lines_in(tmp_path)) > 500)
    stopped.send_signal(signal.SIGSTOP)
    lasting = writer(path, "lasting", count)
    time.sleep(0.05)
    killed.kill()
    killed.wait(20)
    try:
        assert lasting.wait(60) == 0
    finally:
        stopped.kill()
        stopped.wait(20)
    found = lines_in(tmp_path)
    assert [line for line in found if not line.endswith(" end")] == []
    numbers = sorted(int(line.split()[1]) for line in found if line.startswith("lasting"))
    assert numbers == list(range(count))
    for name in ("killed", "stopped"):
        numbers = sorted(int(line.split()[1]) for line in found if line.startswith(name))
        assert numbers == list(range(len(numbers)))


def test_old_files_are_kept_up_to_their_number_newest_first(tmp_path: Path) -> None:
    file = RotatedFile(tmp_path / "log", 10, kept=2)
    for number in range(5):
        file.write(f"line number {number}\n".encode())
    names = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert names == {"log.1": "line number 4\n", "log.2": "line number 3\n"}
    file.write(b"short\n")
    file.close()
    assert (tmp_path / "log").read_bytes() == b"short\n"


def test_a_file_that_is_taken_away_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "log"
    file = RotatedFile(path, 1000, kept=1)
    file.write(b"one\n")
    path.unlink()
    path.parent.rmdir()
    file.write(b"two\n")
    file.close()
    assert path.read_bytes() == b"two\n"


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "/dev/null"):
        with pytest.raises(OSError, match="not a regular file"):
            RotatedFile(tmp_path / name, 1000, kept=1)


def test_who_logs_never_waits_and_lost_records_are_counted(gate: Gate) -> None:
    handler = LineHandler(gate)
    began = time.monotonic()
    for number in range(3000):
        handler.emit(record("%d", number))
    assert time.monotonic() - began < 2
    gate.let(2000)
    until(lambda: len(gate.lines) >= 1000)
    until(lambda: not gate.lines[-1].isdigit())
    handler.emit(record("again"))
    until(lambda: gate.lines[-1] == "again")
    *written, lost, _ = gate.lines
    assert written == [str(number) for number in range(len(written))]
    assert 1000 <= len(written) <= 1002
    assert lost == f"{3000 - len(written)} log records are lost: they could not be written in time"
    handler.close()


def test_a_disk_that_is_full_costs_its_records_and_no_more(gate: Gate) -> None:
    handler = LineHandler(gate)
    gate.is_failing = True
    for _ in range(3):
        handler.emit(record("lost"))
    gate.let(3)
    until(lambda: handler._unwritten == 3)
    gate.is_failing = False
    gate.let(2)
    handler.emit(record("kept"))
    until(lambda: len(gate.lines) == 2)
    assert gate.lines == ["kept", "3 log records are lost: they could not be written in time"]
    handler.close()


def test_a_record_that_does_not_fit_its_arguments_is_named(gate: Gate) -> None:
    handler = LineHandler(gate)
    gate.let(1)
    handler.emit(record("%d notes", "no number"))
    until(lambda: len(gate.lines) == 1)
    assert gate.lines == ["a log record cannot be formatted: '%d notes'"]
    handler.close()


def test_the_end_of_a_process_waits_for_no_reader(gate: Gate) -> None:
    handler = LineHandler(gate)
    handler.emit(record("nobody reads this"))
    began = time.monotonic()
    handler.close()
    assert time.monotonic() - began < 1.5
    gate.let(2)


def test_standard_error_stays_where_it_was() -> None:
    program = (
        "import os; from daemon.reporting.log_writer import StandardError\n"
        "sink = StandardError()\n"
        "os.dup2(os.open(os.devnull, os.O_WRONLY), 2)\n"
        "sink.write(b'here\\n')"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)
    assert ran.stderr == b"here\n"
