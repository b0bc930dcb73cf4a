"""`edmd learn`: bind a knob or key of a MIDI controller to a parameter of a running daemon."""

import time
from typing import Any

import click

from daemon.client import Client, Ear
from daemon.commands import show
from daemon.commands.failure import CommandFailed, UsageError
from daemon.commands.line import Line, configured, line_options
from daemon.control.actions import ACTIONS
from daemon.parameters import SPECS

_GRACE_SECONDS = 3.0


def _targets(_: click.Context, __: click.Parameter, written: str) -> list[str]:
    return [name for name in (*SPECS, *ACTIONS) if name.startswith(written)]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", required=False, shell_complete=_targets)
@click.option("--unassign", is_flag=True, help="Remove the controls of NAME, or the one of --control.")
@click.option("--control", help='A control, as the list shows it, such as "cc 20 ch 1".')
@line_options
@click.pass_context
def learn(ctx: click.Context, name: str | None, unassign: bool, control: str | None) -> None:
    """Bind the next MIDI control that you move to NAME: a parameter, or play, stop, tap, panic, preset, ...

    Without NAME, list what is bound. What is learned is kept in your configuration folder.
    """
    line = ctx.ensure_object(Line)
    if control is not None and not unassign:
        raise UsageError("--control goes with --unassign; to bind, give a NAME and move the control")
    with line.client() as client:
        if unassign:
            _unassign(line, client, name, control)
        elif name is None:
            line.tell(client.request("learn", action="list"), show.bindings)
        else:
            _learn(line, client, name)


def _unassign(line: Line, client: Client, name: str | None, control: str | None) -> None:
    if name is None and control is None:
        raise UsageError("--unassign needs a NAME or --control")
    result = client.request("learn", action="unassign", param=name, control=control)
    line.tell(result, _tell_removed)


def _tell_removed(result: dict[str, Any]) -> None:
    for row in result["unassigned"]:
        click.echo(f"removed: {_words(row)}")


def _learn(line: Line, client: Client, name: str) -> None:
    endpoint = line.telemetry or client.state().get("telemetry") or configured().telemetry
    with client.listen(("learn",), endpoint) as ear:
        started = client.request("learn", action="start", param=name)
        try:
            _tell_start(line, name, started)
            end = _followed(line, ear, name, started["seconds"] + _GRACE_SECONDS)
        except KeyboardInterrupt:
            client.request("learn", action="cancel")
            raise
    if end is None:
        raise CommandFailed(f"nothing is bound to {name}: no control was moved far enough in time")
    line.tell(end, lambda told: click.echo(f"{_words(told)}{_instead(told)}"))


def _tell_start(line: Line, name: str, started: dict[str, Any]) -> None:
    if line.as_json:
        return
    ports = ", ".join(f"{port} ({state})" for port, state in started["ports"].items()) or "none"
    click.echo(f"Move a knob or press a key for {name}; {started['seconds']:g} s, Ctrl-C cancels.")
    click.echo(f"Input ports: {ports}")


def _followed(line: Line, ear: Ear, name: str, seconds: float) -> dict[str, Any] | None:
    """Return the message that a control is bound; None if none was. Tell what is heard meanwhile."""
    deadline, heard = time.monotonic() + seconds, ""
    while (left := deadline - time.monotonic()) > 0:
        for _, body in ear.hear(left):
            if body["param"] != name:
                continue
            if body["state"] == "bound":
                return body
            if body["state"] in ("timed out", "cancelled"):
                return None
            if body["state"] == "heard" and body["control"] != heard and not line.as_json:
                heard = body["control"]
                click.echo(f"heard {heard}; move it further")
    return None


def _words(row: dict[str, Any]) -> str:
    return (
        f"{row['control']} is bound to {row['param']}"
        if "state" in row
        else f"{row['control']} ({row['param']})"
    )


def _instead(row: dict[str, Any]) -> str:
    return f", no longer to {', '.join(row['instead_of'])}" if row["instead_of"] else ""
