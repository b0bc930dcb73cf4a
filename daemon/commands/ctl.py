"""`edmd ctl`: a ZeroMQ client of a running daemon."""

import json
from typing import Any, get_args

import click

from daemon.automation import At
from daemon.commands import show
from daemon.commands.failure import WrongWords
from daemon.commands.line import Line, configured, line_options
from daemon.control.telemetry import TOPICS
from daemon.parameters import SPECS

_at_option = click.option("--at", type=click.Choice(get_args(At)), help="When: at the next of these.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@line_options
def ctl() -> None:
    """Talk to a running daemon.

    The address is --endpoint, or what the configuration says under [control].
    """


@ctl.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@line_options
@click.pass_obj
def get(line: Line, names: tuple[str, ...]) -> None:
    """Show parameters: the named ones, or all."""
    with line.client() as client:
        line.tell({"params": client.get(*names)}, show.values)


@ctl.command(name="set")
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
@_at_option
@click.option("--over", type=float, metavar="BEATS", help="Glide there over so many beats.")
@line_options
@click.pass_obj
def set_(line: Line, assignments: tuple[str, ...], at: At | None, over: float | None) -> None:
    """Change parameters, all of them or, when one is refused, none.

    With --over, numbers glide; whole numbers, switches and choices change at --at.
    """
    params = dict(_assignment(text) for text in assignments)
    with line.client() as client:
        line.tell(client.request("set", params=params, at=at, over=over), show.accepted)


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise WrongWords(f'"{text}" is not NAME=VALUE')
    return name.strip(), _value(name.strip(), value.strip())


def _value(name: str, text: str) -> Any:
    """Read numbers, true and false; anything else is a word, which the daemon judges."""
    if name in SPECS and SPECS[name].kind == "choice":
        return text
    switches = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
    if text.lower() in switches:
        return switches[text.lower()]
    try:
        number = json.loads(text)
    except ValueError:
        return text
    return number if isinstance(number, int | float) and abs(number) < 1e300 else text


def _transport(action: Any, text: str) -> None:
    @ctl.command(name=action, help=text)
    @line_options
    @click.pass_obj
    def command(line: Line) -> None:
        with line.client() as client:
            line.tell(client.transport(action), show.facts)


_transport("play", "Start from the first bar.")
_transport("stop", "Stop, and end every note.")
_transport("continue", "Go on where it stopped.")
_transport("panic", "Silence every note; playing goes on.")
_transport("tap", "Tap the tempo: two taps or more, on the beat.")


@ctl.command()
@click.argument("seed", required=False, type=int)
@_at_option
@line_options
@click.pass_obj
def reseed(line: Line, seed: int | None, at: At | None) -> None:
    """Give the models a fresh state, at the next bar."""
    with line.client() as client:
        line.tell(client.reseed(seed, at), show.facts)


@ctl.command()
@line_options
@click.pass_obj
def state(line: Line) -> None:
    """Show everything that is the case."""
    with line.client() as client:
        line.tell(client.state(), show.facts)


@ctl.command()
@line_options
@click.pass_obj
def describe(line: Line) -> None:
    """Show every parameter with what it may be, and every op."""
    with line.client() as client:
        line.tell(client.describe(), show.description)


@ctl.command()
@click.argument("action", type=click.Choice(["start", "stop"]))
@click.argument("path", required=False)
@line_options
@click.pass_obj
def record(line: Line, action: Any, path: str | None) -> None:
    """Start or stop a recording; PATH is inside the recordings folder."""
    with line.client() as client:
        line.tell(client.record(action, path), show.facts)


@ctl.command()
@click.argument("action", type=click.Choice(["list", "load"]))
@click.argument("name", required=False)
@line_options
@click.pass_obj
def model(line: Line, action: Any, name: str | None) -> None:
    """List the model bundles, or load another at the next bar."""
    with line.client() as client:
        line.tell(client.model(action, name), show.facts)


@ctl.command()
@click.argument("action", type=click.Choice(["save", "load", "list", "delete"]))
@click.argument("name", required=False)
@_at_option
@click.option("--over", type=float, metavar="BEATS", help="Let numbers glide there.")
@line_options
@click.pass_obj
def preset(line: Line, action: Any, name: str | None, at: At | None, over: float | None) -> None:
    """Save the parameters under a name, what waits or glides as it will be; load or delete one, list all."""
    with line.client() as client:
        line.tell(client.preset(action, name, at, over), show.facts)


@ctl.command()
@click.argument("path")
@click.option("--from-bar", type=int, help="The first bar of the file to hear, from 0; else its last 16.")
@line_options
@click.pass_obj
def prime(line: Line, path: str, from_bar: int | None) -> None:
    """Let the models hear a MIDI file inside the recordings folder, and go on from it at the next bar."""
    with line.client() as client:
        line.tell(client.prime(path=path, from_bar=from_bar), show.facts)


@ctl.command()
@click.argument("topics", nargs=-1, type=click.Choice(TOPICS), metavar="[TOPIC]...")
@line_options
@click.pass_obj
def watch(line: Line, topics: tuple[str, ...]) -> None:
    """Show telemetry as it comes, until Ctrl-C: note, tick, state, health, or all."""
    with line.client() as client:
        endpoint = line.telemetry or client.state().get("telemetry") or configured()[1]
        try:
            for topic, body in client.watch(topics or TOPICS, endpoint):
                line.tell({"topic": topic, **body}, show.event)
        except KeyboardInterrupt:
            return
