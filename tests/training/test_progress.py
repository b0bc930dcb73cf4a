"""A bar on a terminal; without one a plain line on standard error now and then, and nothing on standard output."""

import io
import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from exporters.progress import Lines, counting


def shown(*, terminal: bool, quiet: bool = False) -> str:
    written = io.StringIO()
    with counting(Console(file=written, force_terminal=terminal, quiet=quiet), "reading music") as progress:
        progress(1, 2)
        progress(2, 2)
    return written.getvalue()


def test_a_terminal_shows_a_bar() -> None:
    assert "reading music" in shown(terminal=True)
    assert "2/2" in shown(terminal=True)


def test_a_bar_tells_how_much_faster_than_real_time_it_is() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=120)
    with counting(console, "composing", music_seconds=1e6) as progress:
        progress(1, 2)
    assert "times real time" in written.getvalue()


def test_nothing_is_written_into_a_pipe() -> None:
    assert shown(terminal=False) == ""


class Work:
    """Work that reports each second, in virtual time."""

    def __init__(self, music_seconds: float = 0.0) -> None:
        self.seconds, self.written = 0.0, list[tuple[float, str]]()
        self.lines = Lines("composing 9 bars", music_seconds, lambda: self.seconds, self.write)

    def write(self, line: str) -> None:
        self.written.append((self.seconds, line))

    def run(self, total: int) -> None:
        for done in range(1, total + 1):
            self.seconds += 1.0
            self.lines.tell(done, total)


def test_lines_tell_what_is_done_the_pace_and_the_time_left() -> None:
    work = Work(music_seconds=2.0)
    work.run(9)
    assert work.written == [(5.0, "composing 9 bars: 5 of 9, 2.0 times real time, 4 s left")]


def test_lines_become_rarer_and_short_work_has_none() -> None:
    long, short = Work(), Work()
    long.run(3600)
    short.run(4)
    times = [seconds for seconds, _ in long.written]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert (gaps[0], gaps[-1]) == (5.0, 60.0)
    assert gaps == sorted(gaps)
    assert long.written[-1][1].startswith("composing 9 bars: ")
    assert "real time" not in long.written[-1][1]
    assert short.written == []


@pytest.mark.parametrize(("left", "words"), [(89, "89 s left"), (600, "10 min left"), (7200, "2.0 h left")])
def test_the_time_left_is_short_to_read(left: int, words: str) -> None:
    work = Work()
    work.run(5)
    work.lines.begin("again")
    work.seconds += 10
    work.lines.tell(10, 10 + left)
    assert work.written[-1][1] == f"again: 10 of {10 + left}, {words}"


def test_render_writes_its_lines_to_standard_error(tmp_path: Path) -> None:
    program = (
        "import exporters.progress as progress; progress._FIRST_SECONDS = 0.0; "
        "from daemon.cli import main; main()"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, "render", "--bars", "4", "--out", "set.mid", "--model", "pattern"],
        capture_output=True, text=True, cwd=tmp_path, timeout=100, check=True,
    )  # fmt: skip
    lines = told.stderr.splitlines()
    assert lines[0].startswith("composing 4 bars, seed ")
    assert ": 1 of 4, " in lines[0]
    assert " times real time, " in lines[0]
    assert [line.partition(":")[0] for line in told.stdout.splitlines()] == ["set.mid"]
