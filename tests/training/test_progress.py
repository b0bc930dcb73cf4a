"""A progress bar appears on a terminal only; nothing is written into a pipe."""

import io

from rich.console import Console

from training.progress import counting


def shown(*, terminal: bool) -> str:
    written = io.StringIO()
    with counting(Console(file=written, force_terminal=terminal), "reading music") as progress:
        progress(1, 2)
        progress(2, 2)
    return written.getvalue()


def test_a_terminal_shows_a_bar() -> None:
    assert "reading music" in shown(terminal=True)
    assert "2/2" in shown(terminal=True)


def test_nothing_is_written_into_a_pipe() -> None:
    assert shown(terminal=False) == ""
