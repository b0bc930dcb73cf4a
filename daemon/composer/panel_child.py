"""Run the panel as a child process: start it with the daemon, restart it when it dies, end it with the daemon."""

import importlib.util
import logging
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from daemon.interpreter import module_words

_log: Final = logging.getLogger(__name__)
_LIBRARIES: Final = ("flask", "waitress", "prometheus_client")
_ENDED_BY_REQUEST: Final = {0, -signal.SIGINT, -signal.SIGTERM}
_STARTUP_SECONDS: Final = 10.0
_LIVED_LONG_SECONDS: Final = 30.0
_LONGEST_WAIT_SECONDS: Final = 30.0
_END_SECONDS: Final = 2.0


class PanelChild:
    """The panel's process; `words` are the arguments after `edmd panel`. Call `start` and `stop` once, in this order."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [*module_words("daemon"), "panel", "--with-parent", *words]
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edmd panel", daemon=True)

    @property
    def pid(self) -> int | None:
        """The id of the latest process, None before the first one starts."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the panel and keep it running."""
        self._thread.start()

    def stop(self) -> None:
        """End the panel; it also ends by itself when this process ends."""
        self._ended.set()
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
        self._thread.join(_END_SECONDS)
        if self._thread.is_alive() and process is not None:
            process.kill()

    def _run(self) -> None:
        wait_seconds = 0.5
        while not self._ended.is_set():
            began = time.monotonic()
            self._process = subprocess.Popen(self._words, stdin=subprocess.PIPE)  # noqa: S603 - our own words
            code = self._process.wait()
            lived_seconds = time.monotonic() - began
            # The panel has reported an error at its start; another start would fail too.
            gave_up = code in {1, 2} and lived_seconds < _STARTUP_SECONDS
            if self._ended.is_set() or code in _ENDED_BY_REQUEST or gave_up:
                return
            wait_seconds = (
                0.5 if lived_seconds > _LIVED_LONG_SECONDS else min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)
            )
            _log.warning("the panel died; it is started again")
            self._ended.wait(wait_seconds)


def panel_words(path: Path | None, overrides: Sequence[str], endpoints: tuple[str, str]) -> list[str]:
    """Return the panel's arguments: the daemon's configuration and the addresses (control, telemetry) it has bound."""
    config = [] if path is None else ["-c", str(path)]
    changed = [word for override in overrides for word in ("-o", override)]
    control, telemetry = endpoints
    return [*config, *changed, "--endpoint", control, "--telemetry", telemetry]


def what_is_missing() -> str | None:
    """Return a sentence that says why the panel cannot run; None if everything it needs is installed."""
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    return f"No panel: it needs {', '.join(missing)}; install the extra `panel`" if missing else None
