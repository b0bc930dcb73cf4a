"""The panel as a child process: started beside the music, started again when it dies, ended with it."""

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
_ASKED_TO_END: Final = {0, -signal.SIGINT, -signal.SIGTERM}
_BEGUN_SECONDS: Final = 10.0
_LIVED_LONG_SECONDS: Final = 30.0
_LONGEST_WAIT_SECONDS: Final = 30.0
_END_SECONDS: Final = 2.0


class PanelChild:
    """`words` follow `edmd panel`; `start` and `stop` are called once, in this order."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [*module_words("daemon"), "panel", "--with-parent", *words]
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._players = threading.Thread(target=self._keep, name="edmd panel", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it, and keep it."""
        self._players.start()

    def stop(self) -> None:
        """End it; it ends by itself when this process does."""
        self._ended.set()
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
        self._players.join(_END_SECONDS)
        if self._players.is_alive() and process is not None:
            process.kill()

    def _keep(self) -> None:
        wait_seconds = 0.5
        while not self._ended.is_set():
            began = time.monotonic()
            self._process = subprocess.Popen(self._words, stdin=subprocess.PIPE)  # noqa: S603 - our own words
            code = self._process.wait()
            lived_seconds = time.monotonic() - began
            gave_up = (
                code in {1, 2} and lived_seconds < _BEGUN_SECONDS
            )  # it said what it lacks: that stays so
            if self._ended.is_set() or code in _ASKED_TO_END or gave_up:
                return
            wait_seconds = (
                0.5 if lived_seconds > _LIVED_LONG_SECONDS else min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)
            )
            _log.warning("the panel died; another one starts")
            self._ended.wait(wait_seconds)


def panel_words(path: Path | None, overrides: Sequence[str], endpoints: tuple[str, str]) -> list[str]:
    """The same configuration, and the addresses (control, telemetry) that were really bound."""
    config = [] if path is None else ["-c", str(path)]
    changed = [word for override in overrides for word in ("-o", override)]
    control, telemetry = endpoints
    return [*config, *changed, "--endpoint", control, "--telemetry", telemetry]


def what_is_missing() -> str | None:
    """Why there can be no panel, in words; None when all it needs is installed."""
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    return f"No panel: it needs {', '.join(missing)} (the extra `panel`)" if missing else None
