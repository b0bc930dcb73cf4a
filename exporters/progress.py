"""How far long work has come: a bar on a terminal; else, for logs and pipes, a plain line on standard error now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

Report = Callable[[int, int], None]
"""Called with (done, total)."""
# The lines become rarer, so that hours of work do not fill a log.
_FIRST_SECONDS: Final = 5.0
_MOST_SECONDS: Final = 60.0


class Lines:
    """Tells plain lines: what was done, the pace, the time left. `music_seconds` is how long one item sounds, if it does."""

    def __init__(
        self,
        what: str,
        music_seconds: float = 0.0,
        now: Callable[[], float] = time.monotonic,
        write: Callable[[str], Any] | None = None,
    ) -> None:
        self._what, self._music_seconds, self._now = what, music_seconds, now
        self._write = write or (lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201 - not for standard output
        self.begin(what)

    def begin(self, what: str) -> None:
        """Begin something new."""
        self._what = what
        self._began = self._told = self._now()

    def tell(self, done: int, total: int) -> None:
        """Write a line if it is time for one and the work is not done."""
        now = self._now()
        wait = min(max(_FIRST_SECONDS, (self._told - self._began) / 2), _MOST_SECONDS)
        if now - self._told < wait or not 0 < done < total:
            return
        self._told = now
        seconds = now - self._began
        parts = [
            f"{done} of {total}",
            *self.pace(done, seconds),
            f"{_long(seconds / done * (total - done))} left",
        ]
        self._write(f"{self._what}: {', '.join(parts)}")

    def pace(self, done: int, seconds: float) -> list[str]:
        """Return how many times faster than real time music is made; nothing for other work."""
        if not self._music_seconds or not seconds:
            return []
        return [f"{done * self._music_seconds / seconds:.1f} times real time"]


@contextmanager
def counting(
    console: Console, what: str, music_seconds: float = 0.0, *, has_units: bool = True
) -> Iterator[Report]:
    """Show the progress of the block, unless `console` is quiet. It yields a function that takes (done, total)."""
    if not console.is_terminal:
        yield (lambda _, __: None) if console.quiet else Lines(what, music_seconds).tell
        return
    began = time.monotonic()
    lines = Lines(what, music_seconds)
    with progress_bar(console, has_units=has_units) as bar:
        task = bar.add_task(what, total=None)

        def report(done: int, total: int) -> None:
            pace = ", ".join(lines.pace(done, time.monotonic() - began))
            bar.update(task, completed=done, total=total, pace=pace)

        yield report


def progress_bar(console: Console, *, has_units: bool = True) -> Progress:
    """Make a bar that disappears when the work is done. It writes nothing into a pipe or a file."""
    amount = MofNCompleteColumn() if has_units else TaskProgressColumn()
    pace = _Pace("{task.fields[pace]}")
    columns = (TextColumn("{task.description}"), BarColumn(), amount, pace, TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


class _Pace(TextColumn):
    """The pace, of tasks that have one."""

    def render(self, task: Any) -> Any:
        """Return the text."""
        task.fields.setdefault("pace", "")
        return super().render(task)


def _long(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
