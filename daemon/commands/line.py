"""The connection of a command to a running daemon: its address, and how results are shown."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from daemon.client import CONTROL, TELEMETRY, Client, Kind, NoAnswer, Refused
from daemon.commands.failure import CommandFailed, UsageError
from daemon.config import ConfigError, load_config

_COULD_NOT_CODES: Final = ("unavailable", "not_found")
_GLIMPSE_SECONDS: Final = 0.3
_READING_SECONDS: Final = 3.0
Answer = TypeVar("Answer")
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class Line:
    """Addresses of the daemon (None: from the configuration), the deck (None: the first), and whether to print JSON."""

    endpoint: str | None = None
    telemetry: str | None = None
    deck: str | None = None
    as_json: bool = False

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Open a client. Its errors end the command with one sentence."""
        try:
            with Client(self.endpoint or configured()[0], deck=self.deck) as client:
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
            with Client(self.endpoint or load_config().control_bind, within_seconds, 1, self.deck) as client:
                return ask(client)
        except (NoAnswer, Refused, ConfigError):
            return None

    def tell(self, result: dict[str, Any], text: Callable[[dict[str, Any]], None]) -> None:
        """Print `result` with the function `text`, or as JSON with --json."""
        if self.as_json:
            click.echo(json.dumps(result))
        else:
            text(result)


def configured() -> tuple[str, str]:
    """Return the addresses of control and telemetry from the configuration."""
    # Even with a broken configuration, a performer must be able to stop the music.
    try:
        config = load_config()
    except ConfigError as error:
        click.echo(f"The configuration is not used, because it has errors:\n{error}", err=True)
        return CONTROL, TELEMETRY
    return config.control_bind, config.telemetry_bind


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    line = ctx.ensure_object(Line)
    if value:
        setattr(line, str(param.name), value)


def _decks(ctx: click.Context, _: click.Parameter, written: str) -> list[str]:
    return [name for name in ctx.ensure_object(Line).names("deck") if name.startswith(written)]


def line_options(function: Function) -> Function:
    """Accept --endpoint, --deck, --telemetry and --json before and after the subcommand."""
    for option in (
        click.option(
            "--json", "as_json", is_flag=True, help="Print JSON.", expose_value=False, callback=_keep
        ),
        click.option(
            "--telemetry", help="Telemetry address (for watch).", expose_value=False, callback=_keep
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
