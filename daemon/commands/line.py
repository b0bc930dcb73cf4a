"""The connection of a command to a running daemon: its address, and how results are shown."""

import contextlib
import json
import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click

from daemon.client import CONTROL, TELEMETRY, Client, Kind, NoAnswer, Refused
from daemon.commands.failure import CommandFailed, UsageError
from daemon.config import Config, ConfigError, default_keys, find_config, load_config
from daemon.control.curvekeys import LOCAL, SECRET, KeyFileError, Pair, read_client
from daemon.control.endpoints import reached

_COULD_NOT_CODES: Final = ("unavailable", "not_found")
_GLIMPSE_SECONDS: Final = 0.3
_READING_SECONDS: Final = 3.0
Answer = TypeVar("Answer")
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class Line:
    """How to reach a daemon, and whether to print JSON.

    Without addresses and the file of a key, those of the configuration; without a deck the first one.
    """

    endpoint: str | None = None
    telemetry: str | None = None
    deck: str | None = None
    as_json: bool = False
    key: str | None = None

    def opened(self, timeout_seconds: float = 1.5, tries: int = 2, *, is_quiet: bool = False) -> Client:
        """Open a client. Raises NoAnswer, also if its key cannot be read."""
        try:
            endpoint, keys = self.place(is_quiet=is_quiet)
        except KeyFileError as error:
            raise NoAnswer(str(error)) from None
        return Client(endpoint, timeout_seconds, tries, self.deck, keys)

    def place(self, *, is_quiet: bool = False) -> tuple[str, Pair | None]:
        """Return the address of the daemon, and the keys of this client. Raises KeyFileError."""
        if self.endpoint and self.key:
            return self.endpoint, read_client(Path(self.key))
        here = configured(is_quiet=is_quiet)
        if self.key:
            return here.control, read_client(Path(self.key))
        is_here = self.endpoint is None or reached(self.endpoint) == reached(here.control)
        return self.endpoint or here.control, here.keys() if is_here else None

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Open a client. Its errors end the command with one sentence."""
        try:
            with self.opened() as client:
                yield client
        except NoAnswer as error:
            raise CommandFailed(str(error)) from None
        except Refused as error:
            kind = CommandFailed if error.code in _COULD_NOT_CODES else UsageError
            raise kind(str(error)) from None

    def names(self, kind: Kind, within_seconds: float = _GLIMPSE_SECONDS) -> list[str]:
        """Return what a daemon has of one kind; empty if none answers."""
        if self.glimpse(Client.ping, within_seconds) is None:
            return []
        # It is there; to read its folders it starts a process.
        return self.glimpse(lambda client: client.names(kind), _READING_SECONDS) or []

    def glimpse(
        self, ask: Callable[[Client], Answer], within_seconds: float = _GLIMPSE_SECONDS
    ) -> Answer | None:
        """Return the answer to a question that may not take long and may fail: None without one."""
        try:
            with self.opened(within_seconds, 1, is_quiet=True) as client:
                return ask(client)
        except (NoAnswer, Refused):
            return None

    def tell(self, result: dict[str, Any], text: Callable[[dict[str, Any]], None]) -> None:
        """Print `result` with the function `text`, or as JSON with --json."""
        if self.as_json:
            click.echo(json.dumps(result))
        else:
            text(result)


class Place(NamedTuple):
    """Where the daemon of a configuration listens, and the folder of keys if it wants one."""

    control: str = CONTROL
    telemetry: str = TELEMETRY
    folder: Path | None = None

    def keys(self) -> Pair | None:
        """Return the keys of this machine's commands and panel, if the daemon wants one. Raises KeyFileError."""
        return None if self.folder is None else read_client(self.folder / f"{LOCAL}{SECRET}")


def place_of(config: Config) -> Place:
    """Return where the daemon of a configuration listens."""
    return Place(config.control_bind, config.telemetry_bind, config.keys if config.curve else None)


def configured(*, is_quiet: bool = False) -> Place:
    """Return where the daemon of the configuration listens."""
    # Even with a broken configuration, a performer must be able to stop the music.
    try:
        return place_of(load_config())
    except ConfigError as error:
        if not is_quiet:
            click.echo(f"The configuration is not used, because it has errors:\n{error}", err=True)
        return _guessed()


def _guessed() -> Place:
    """Return where the daemon probably listens, of a configuration with errors elsewhere."""
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
        text = find_config(None, os.environ, Path.cwd()).read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
        security = table.get("security", {})
        folder = Path(security["keys"]).expanduser() if security.get("keys") else default_keys()
        return Place(
            str(table.get("control", {}).get("bind", CONTROL)),
            str(table.get("telemetry", {}).get("bind", TELEMETRY)),
            folder if security.get("curve") is True else None,
        )
    return Place()


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    line = ctx.ensure_object(Line)
    if value:
        setattr(line, str(param.name), value)


def _decks(ctx: click.Context, _: click.Parameter, written: str) -> list[str]:
    return [name for name in ctx.ensure_object(Line).names("deck") if name.startswith(written)]


def line_options(function: Function) -> Function:
    """Accept --endpoint, --key, --deck, --telemetry and --json before and after the subcommand."""
    for option in (
        click.option(
            "--json", "as_json", is_flag=True, help="Print JSON.", expose_value=False, callback=_keep
        ),
        click.option(
            "--telemetry", help="Telemetry address (for watch).", expose_value=False, callback=_keep
        ),
        click.option(
            "--key",
            help="The file of your key, if the daemon wants one (edmd keys client).",
            expose_value=False,
            callback=_keep,
            is_eager=True,
        ),
        # Read before the other words, because what is wrong with those may depend on what the daemon has.
        click.option(
            "--deck",
            help="The deck, if there are several.",
            expose_value=False,
            callback=_keep,
            is_eager=True,
            shell_complete=_decks,
        ),
        click.option(
            "--endpoint",
            help="Control address of the daemon.",
            expose_value=False,
            callback=_keep,
            is_eager=True,
        ),
    ):
        function = option(function)
    return function
