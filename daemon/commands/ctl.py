"""`edmd ctl`: control a running daemon over ZeroMQ."""

from collections.abc import Sequence
from typing import Any, Final, get_args

import click

from daemon.automation import At
from daemon.commands import show
from daemon.commands.failure import UsageError
from daemon.commands.line import Line, configured, line_options
from daemon.commands.numbers import REAL, WHOLE
from daemon.control.telemetry import TOPICS
from daemon.numerals import NumeralError, read_number
from daemon.parameters import SPECS, ParameterError, check_all, shown, told

_SWITCHES: Final = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
_at_option = click.option("--at", type=click.Choice(get_args(At)), help="When the change begins.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@line_options
def ctl() -> None:
    """Control a running daemon.

    Its address is --endpoint, or the one in section [control] of the configuration.
    """


@ctl.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@line_options
@click.pass_obj
def get(line: Line, names: tuple[str, ...]) -> None:
    """Show the named parameters, or all."""
    with line.client() as client:
        line.tell({"params": client.get(*names)}, show.values)


@ctl.command(name="set")
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
@_at_option
@click.option("--over", type=REAL, metavar="BEATS", help="Glide to the value in so many beats.")
@line_options
@click.pass_obj
def set_(line: Line, assignments: tuple[str, ...], at: At | None, over: float | None) -> None:
    """Change parameters. If one is refused, none is changed.

    With --over, numbers glide; whole numbers, switches and choices change at --at.
    """
    params = _params(assignments)
    with line.client() as client:
        line.tell(client.request("set", params=params, at=at, over=over), show.accepted)


def _params(assignments: Sequence[str]) -> dict[str, Any]:
    """Return names and values; the daemon checks them. Raises UsageError with all errors if a value cannot be sent."""
    params: dict[str, Any] = {}
    unread: list[str] = []
    for text in assignments:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            unread.append(f"{shown(text)} is not NAME=VALUE")
            continue
        try:
            params[name] = _value(name, value)
        except NumeralError as error:
            spec = SPECS[name]
            kind = "a whole number" if spec.kind == "int" else "a number"
            reason = f": {error}" if str(error) else ""
            unread.append(f"{name} is {kind}, {spec.allowed}; got {shown(value)}{reason}")
    if unread:
        raise UsageError(told([*unread, *_problems(params)]))
    return params


def _value(name: str, text: str) -> Any:
    """Read a number, true or false; any other text is a word. Raises NumeralError if the parameter is a number."""
    spec = SPECS.get(name)
    if spec is not None and spec.kind == "choice":
        return text
    is_number = spec is not None and spec.kind in ("int", "float")
    if not is_number and text.lower() in _SWITCHES:
        return _SWITCHES[text.lower()]
    try:
        return read_number(text)
    except NumeralError:
        if is_number:
            raise
        return text


def _problems(params: dict[str, Any]) -> list[str]:
    """Return the errors that the daemon would report for these values."""
    try:
        check_all(params)
    except ParameterError as error:
        return error.message.split("\n")
    return []


def _transport(action: Any, text: str) -> None:
    @ctl.command(name=action, help=text)
    @line_options
    @click.pass_obj
    def command(line: Line) -> None:
        with line.client() as client:
            line.tell(client.transport(action), show.facts)


_transport("play", "Start from the first bar.")
_transport("stop", "Stop, and end every note.")
_transport("continue", "Go on from where the music stopped.")
_transport("panic", "Silence every note; the music goes on.")
_transport("tap", "Tap the tempo: call it twice or more, on the beat.")


@ctl.command()
@click.argument("seed", required=False, type=WHOLE)
@_at_option
@line_options
@click.pass_obj
def reseed(line: Line, seed: int | None, at: At | None) -> None:
    """Give the models a new state from SEED (or from a new seed), at the next bar."""
    with line.client() as client:
        line.tell(client.reseed(seed, at), show.facts)


@ctl.command()
@line_options
@click.pass_obj
def state(line: Line) -> None:
    """Show the daemon's whole state."""
    with line.client() as client:
        line.tell(client.state(), show.facts)


@ctl.command()
@line_options
@click.pass_obj
def describe(line: Line) -> None:
    """Show every parameter with its allowed values, and every op."""
    with line.client() as client:
        line.tell(client.describe(), show.description)


@ctl.command()
@click.argument("action", type=click.Choice(["start", "stop"]))
@click.argument("path", required=False)
@line_options
@click.pass_obj
def record(line: Line, action: Any, path: str | None) -> None:
    """Start or stop a recording. PATH is relative to the recordings folder."""
    with line.client() as client:
        line.tell(client.record(action, path), show.facts)


@ctl.command()
@click.argument("action", type=click.Choice(["list", "load"]))
@click.argument("name", required=False)
@line_options
@click.pass_obj
def model(line: Line, action: Any, name: str | None) -> None:
    """List the model bundles, or load one at the next bar."""
    with line.client() as client:
        line.tell(client.model(action, name), show.facts)


@ctl.command()
@click.argument("action", type=click.Choice(["save", "load", "list", "delete"]))
@click.argument("name", required=False)
@_at_option
@click.option("--over", type=REAL, metavar="BEATS", help="Let numbers glide in so many beats.")
@line_options
@click.pass_obj
def preset(line: Line, action: Any, name: str | None, at: At | None, over: float | None) -> None:
    """Save the parameters under a name (pending changes with their final values), load or delete a preset, or list all."""
    with line.client() as client:
        line.tell(client.preset(action, name, at, over), show.facts)


@ctl.command()
@click.argument("path")
@click.option("--from-bar", type=WHOLE, help="The first bar to read, from 0; without it, the last 16 bars.")
@line_options
@click.pass_obj
def prime(line: Line, path: str, from_bar: int | None) -> None:
    """Prime the models with a MIDI file from the recordings folder. They go on from it at the next bar."""
    with line.client() as client:
        line.tell(client.prime(path=path, from_bar=from_bar), show.facts)


@ctl.command()
@click.argument("topics", nargs=-1, type=click.Choice(TOPICS), metavar="[TOPIC]...")
@line_options
@click.pass_obj
def watch(line: Line, topics: tuple[str, ...]) -> None:
    """Show telemetry until Ctrl-C: note, tick, state, gauge, health, or all."""
    with line.client() as client:
        endpoint = line.telemetry or client.state().get("telemetry") or configured()[1]
        try:
            for topic, body in client.watch(topics or TOPICS, endpoint):
                line.tell({"topic": topic, **body}, show.event)
        except KeyboardInterrupt:
            return
