"""The logs of all processes: standard logging, set up the same way in each of them."""

import json
import logging
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

from daemon.reporting.log_lines import LineFormatter, LogFormat
from daemon.reporting.log_writer import LineHandler, RotatedFile, Sink, StandardError

Role = Literal["composer", "player", "standby", "panel", "worker", "supervisor", "gateway", "input"]
LEVELS: Final = ("debug", "info", "warning", "error")
FORMATS: Final[tuple[LogFormat, ...]] = ("text", "json")

# A worker gets its settings through the environment, because the code that starts it does not know them.
_ENVIRONMENT_NAME: Final = "EDMD_LOG_SETTINGS"
_LARGEST_BYTES: Final = 4 * 2**20
_KEPT_FILES: Final = 3
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class LogSettings:
    """The settings of the logs, as plain values.

    `level` is one of LEVELS. `file` is a path, or "" for standard error alone; with a file, standard error still gets
    warnings and errors. A file of `largest_bytes` is rotated.
    """

    level: str = "info"
    file: str = ""
    format: LogFormat = "text"
    largest_bytes: int = _LARGEST_BYTES


def set_up_logs(settings: LogSettings, role: Role) -> str | None:
    """Set up the logs of this process and its workers, with uncaught exceptions and warnings of this process.

    Return None, or a sentence that says why the file cannot be written; then all records go to standard error.
    """
    text = json.dumps(asdict(settings))
    handlers = [each for each in logging.getLogger().handlers if isinstance(each, LineHandler)]
    if os.environ.get(_ENVIRONMENT_NAME) == text and any(each.process == os.getpid() for each in handlers):
        problem = None
        _take_role(handlers, role)  # of a process whose role changes
    else:
        os.environ[_ENVIRONMENT_NAME] = text
        problem = _replace(handlers, settings, role)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_end_of_thread
    _log.debug("process %d starts, Python %s", os.getpid(), sys.version.partition(" ")[0])
    return problem


def inherit_logs(role: Role) -> None:
    """Set up the logs of this process like those of the process that started it."""
    text = os.environ.get(_ENVIRONMENT_NAME)
    set_up_logs(LogSettings(**json.loads(text)) if text else LogSettings(), role)


def log_fatal_error() -> None:
    """Log the exception that is being handled, because it ends this process."""
    _log.critical("an error ends this process", exc_info=True)


def _take_role(handlers: Sequence[LineHandler], role: Role) -> None:
    """Keep the handlers: to make new ones would wait for lines that nobody reads."""
    for handler in handlers:
        if isinstance(handler.formatter, LineFormatter):
            handler.formatter.role = role


def _replace(before: Sequence[LineHandler], settings: LogSettings, role: Role) -> str | None:
    """Make new handlers, and return why there is none for the file, if there should be one."""
    root = logging.getLogger()
    for handler in before:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(settings.level.upper())
    problem = _add_file(root, settings, role) if settings.file else None
    if sys.stderr is not None:  # else file descriptor 2 may be another file
        is_second = bool(settings.file) and problem is None
        formatter = LineFormatter(role, settings.format, is_brief=os.isatty(2))
        root.addHandler(
            _handler(StandardError(), formatter, logging.WARNING if is_second else logging.NOTSET)
        )
    return problem


def _add_file(root: logging.Logger, settings: LogSettings, role: Role) -> str | None:
    try:
        file = RotatedFile(Path(settings.file), settings.largest_bytes, _KEPT_FILES)
    except OSError as error:
        reason = error.strerror or error
        return f"cannot write the log file {settings.file}: {reason}; name another with -o log.file=FILE"
    root.addHandler(_handler(file, LineFormatter(role, settings.format, is_brief=False)))
    return None


def _handler(sink: Sink, formatter: LineFormatter, level: int = logging.NOTSET) -> LineHandler:
    handler = LineHandler(sink)
    handler.setFormatter(formatter)
    handler.setLevel(level)
    return handler


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _log.critical("an error ends this process", exc_info=(kind, error, trace))


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not issubclass(ended.exc_type, SystemExit):
        name = ended.thread.name if ended.thread else "unknown"
        _log.error(
            "an error ends the thread %s",
            name,
            exc_info=(ended.exc_type, ended.exc_value, ended.exc_traceback),
        )
