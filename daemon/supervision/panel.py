"""The panel as a role without a link: it uses ZeroMQ, and ends when its standard input closes."""

import importlib.util
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from daemon.interpreter import module_words

_LIBRARIES: Final = ("flask", "waitress", "prometheus_client")
_BEGUN_SECONDS: Final = 10.0


def stays_ended(code: int | None, lived_seconds: float) -> bool:
    """Return whether the panel must not start again: it was ended on purpose, or it soon ended with an error."""
    return code in {0, -signal.SIGINT, -signal.SIGTERM} or (code in {1, 2} and lived_seconds < _BEGUN_SECONDS)


def start_panel(words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start `edmd panel` with these arguments."""
    command = [*module_words("daemon"), "panel", "--with-parent", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - our own words


def config_words(path: Path | None, overrides: Sequence[str]) -> tuple[str, ...]:
    """Return the panel's arguments that give it the daemon's configuration."""
    config = () if path is None else ("-c", str(path))
    return (*config, *(word for override in overrides for word in ("-o", override)))


def what_is_missing() -> str | None:
    """Return a sentence that says why the panel cannot run; None if everything it needs is installed."""
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    return f"No panel: it needs {', '.join(missing)}; install the extra `panel`" if missing else None
