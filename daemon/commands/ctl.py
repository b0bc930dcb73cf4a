"""`edmd ctl`: control a running daemon over ZeroMQ."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import click

from daemon.commands import assignments as reading
from daemon.commands import show
from daemon.commands.failure import CommandFailed
from daemon.commands.hints import Choice, Control
from daemon.commands.line import Line, configured, line_options
from daemon.commands.names import KINDS, Action, Complete, assignments, named, parameter_names
from daemon.commands.numbers import REAL, WHOLE
from daemon.control.fields import Field
from daemon.control.messages import TransportAction
from daemon.control.osc import addresses
from daemon.control.protocol import OPS
from daemon.control.telemetry import TOPICS
from daemon.stateline import state_line
from models.notes import MAIN

# Every other key of an op that has a single value is an argument.
_OPTIONS: Final = {
    "at": "When the change begins.",
    "over": "How many beats the change takes.",
    "position": "Where between the two presets: 0 is the first, 1 the second.",
    "slot": "The number of a slot, from 1.",
    "format": "The format of the file.",
    "ms": "Milliseconds; positive is later.",
    "voice": "The voice that is delayed.",
    "count_in": "How many bars of clicks come first.",
    "part": "The part that changes; the other one stays.",
    "from_bar": "The first bar to read, from 0; without it, the last 16 bars.",
    "bars": "How many bars: 1, 2, 4 or 8.",
    "once": "Only once, not for ever.",
}
_TRANSPORT: Final[Mapping[TransportAction, str]] = {
    "play": "starts from the first bar",
    "stop": "stops, and ends every note",
    "continue": "goes on from where the music stopped",
    "panic": "silences every note; the music goes on",
    "tap": "takes a tap of the tempo: call it twice or more, on the beat",
}
# These have commands of their own form.
_OTHERWISE: Final = frozenset({"get", "set", "state", "transport", "describe"})


@click.group(cls=Control, context_settings={"help_option_names": ["-h", "--help"]})
@line_options
def ctl() -> None:
    """Control a running daemon.

    Its address is --endpoint, or the one in section [control] of the configuration.
    """


@ctl.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=parameter_names)
@line_options
@click.pass_obj
def get(line: Line, names: tuple[str, ...]) -> None:
    """Show the named parameters, or all."""
    with line.client() as client:
        line.tell({"params": client.get(*reading.accepted_names(names))}, show.values)


@ctl.command(name="set")
@click.argument("words", nargs=-1, required=True, metavar="NAME=VALUE...", shell_complete=assignments)
@line_options
@click.pass_obj
def set_(line: Line, /, words: tuple[str, ...], **when: Any) -> None:
    """Change parameters. If one is refused, none is changed.

    NAME+=STEP, NAME-=STEP and NAME*=FACTOR change a number from the value that `get` shows; a result outside of its range is
    cut to the range. NAME= goes back to the default. A last word such as `temperature` or `mute` stands for all parameters
    that end with it. A key can be written as Am, C#m or Bb.

    With --over, numbers glide; whole numbers, switches and choices change at --at.
    """
    wanted = reading.read(words)
    steps = reading.stepped(wanted)
    with line.client() as client:
        params, cuts = reading.values(wanted, client.get(*steps) if steps else {})
        result = client.request("set", params=params, **when)
    for cut in cuts:
        click.echo(cut, err=True)
    line.tell(result, show.accepted)


@ctl.command()
@click.option(
    "--all", "whole", is_flag=True, help="Show everything: parameters, ports, provider, health, ..."
)
@line_options
@click.pass_obj
def state(line: Line, whole: bool) -> None:
    """Show in one line where the music is: bar, section and what follows, key, chords, tempo, and what waits.

    With --all or --json, show the whole state.
    """
    with line.client() as client:
        line.tell(client.state(), show.facts if whole else lambda told: click.echo(state_line(told)))


@ctl.command()
@click.option("--osc", is_flag=True, help="List the OSC addresses; needs no daemon.")
@click.option("--schema", is_flag=True, help="Print the protocol as JSON Schema; needs no daemon.")
@click.option(
    "--touchosc",
    "layout_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.tosc",
    help="Write a layout for the app TouchOSC; needs no daemon.",
)
@line_options
@click.pass_obj
def describe(line: Line, osc: bool, schema: bool, layout_file: Path | None) -> None:
    """Show every op, and every parameter with its allowed values."""
    if layout_file is not None:
        _write_layout(layout_file)
    if osc:
        line.tell({"addresses": [each._asdict() for each in addresses()]}, show.osc_addresses)
    if schema:
        _print_schema()
    if osc or schema or layout_file is not None:
        return
    with line.client() as client:
        line.tell(client.describe(), show.description)


def _print_schema() -> None:
    from daemon.control.schemas import schema

    click.echo(json.dumps(schema(), indent=1, ensure_ascii=False))


def _write_layout(path: Path) -> None:
    from daemon.control.touchosc import layout_file
    from exporters.writing import replace_bytes

    try:
        replace_bytes(path, layout_file())
    except OSError as error:
        raise CommandFailed(f"cannot write {path}: {error.strerror or error}") from None


def _command(name: str, op: str, text: str, fields: Mapping[str, Field], **fixed: str) -> None:
    """Add a command that sends `op`; each field with a single value is an argument or an option of it."""

    @line_options
    @click.pass_obj
    def call(line: Line, /, **values: Any) -> None:
        with line.client() as client:
            result = client.request(op, **fixed, **values)
        line.tell(result, show.facts)

    command = click.command(name, help=f"{text[0].upper()}{text[1:]}.")(call)
    command.params[:0] = _parameters(op, fields)
    ctl.add_command(command)


def _parameters(op: str, fields: Mapping[str, Field]) -> list[click.Parameter]:
    return [_parameter(op, key, field) for key, field in fields.items() if field.kinds]


def _parameter(op: str, key: str, field: Field) -> click.Parameter:
    if field.kinds == (bool,):
        return click.Option([f"--{key}"], is_flag=True, default=None, help=_OPTIONS[key])
    if field.choices:
        kind: click.ParamType[Any] = Action(op, field.choices) if key == "action" else Choice(field.choices)
    else:
        kind = click.STRING if field.kinds == (str,) else WHOLE if field.kinds == (int,) else REAL
    if key in _OPTIONS and not field.required:
        return click.Option([f"--{key.replace('_', '-')}"], type=kind, help=_OPTIONS[key])
    return click.Argument([key], type=kind, required=field.required, shell_complete=_completion(op, key))


def _completion(op: str, key: str) -> Complete | None:
    if op == "learn" and key == "param":
        return parameter_names
    kind = "preset" if op == "morph" else next((kind for kind in KINDS if kind == op and key == "name"), None)
    return None if kind is None else named(kind)


set_.params[1:1] = _parameters("set", OPS["set"].fields)
for _action in get_args(TransportAction):
    _more = {"count_in": OPS["transport"].fields["count_in"]} if _action == "play" else {}
    _command(_action, "transport", _TRANSPORT[_action], _more, action=_action)
for _op, _shape in OPS.items():
    if _op not in _OTHERWISE:
        _command(_op, _op, _shape.help, _shape.fields)


@ctl.command()
@click.argument("topics", nargs=-1, type=Choice(TOPICS), metavar="[TOPIC]...")
@line_options
@click.pass_obj
def watch(line: Line, topics: tuple[str, ...]) -> None:
    """Show telemetry until Ctrl-C: note, tick, state, gauge, health, learn, played, or all."""
    with line.client() as client:
        endpoint = line.telemetry or client.state().get("telemetry") or configured().telemetry
        try:
            for topic, body in client.watch(topics or TOPICS, endpoint):
                if line.deck is not None and body.get("deck", MAIN) != line.deck:
                    continue
                line.tell({"topic": topic, **body}, show.event)
        except KeyboardInterrupt:
            return
