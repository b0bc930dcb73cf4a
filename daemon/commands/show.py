"""Printing the daemon's results for people."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from daemon.numerals import word
from daemon.parameters import SPECS

Result = Mapping[str, Any]


def values(result: Result) -> None:
    """Print parameters with their units, one a line."""
    width = max((len(name) for name in result["params"]), default=0)
    for name, value in result["params"].items():
        unit = SPECS[name].unit if name in SPECS else ""
        click.echo(f"{name:<{width}} = {word(value)} {unit}".rstrip())


def accepted(result: Result) -> None:
    """Print the reply to a `set`."""
    values(result)
    click.echo(f"from {_place(result)}")
    for name, place in result.get("effective", {}).items():
        if place != {key: result[key] for key in place}:
            click.echo(f"{name} from {_place(place)}")


def facts(result: Result) -> None:
    """Print any result as lines of `name  value`, with dots in nested names."""
    rows = list(_flatten(result))
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value}")


def event(result: Result) -> None:
    """Print one telemetry message on one line."""
    rest = {key: value for key, value in result.items() if key != "topic"}
    click.echo(f"{result['topic']:<6} " + "  ".join(f"{name} {value}" for name, value in _flatten(rest)))


def description(result: Result) -> None:
    """Print the tables of parameters and of ops."""
    parameters = _table("Parameter", "Allowed", "Default", "Meaning")
    for name, spec in result["params"].items():
        default = f"{word(spec['default'])} {spec['unit']}".rstrip()
        idle = f" (does not act now: {spec['why_not']})" if "why_not" in spec else ""
        parameters.add_row(*map(Text, (name, _allowed(spec), default, spec["help"] + idle)))
    ops = _table("Op", "Keys", "Does")
    for name, op in result["ops"].items():
        keys = "\n".join(f"{key}: {allowed}" for key, allowed in op["keys"].items())
        ops.add_row(*map(Text, (name, keys, op["help"])))
    console = Console()
    console.print(parameters)
    console.print(ops)


def bindings(result: Result) -> None:
    """Print what is bound to controls."""
    if not result["bindings"]:
        click.echo("Nothing is bound. Bind a control: edmd learn NAME")
        return
    table = _table("Target", "Control", "From", "With")
    for row in result["bindings"]:
        more = {key: each for key, each in row.items() if key not in ("param", "control", "origin")}
        words = ", ".join(f"{key} {text}" for key, text in _flatten(more)) if more else ""
        table.add_row(*map(Text, (row["param"], row["control"], row["origin"], words)))
    Console().print(table)


def osc_addresses(result: Result) -> None:
    """Print the list of OSC addresses."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("Address", no_wrap=True)
    table.add_column("Arguments")
    table.add_column("Does")
    for row in result["addresses"]:
        table.add_row(*map(Text, (row["path"], row["arguments"], row["help"])))
    Console().print(table)


def _place(result: Result) -> str:
    bar = f", bar {result['effective_bar']}" if "effective_bar" in result else ""
    return f"beat {word(result['effective_beat'])}{bar}"


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=column in ("Parameter", "Op", "Default"))
    return table


def _allowed(spec: Result) -> str:
    if "range" in spec:
        low, high = spec["range"]
        return f"{low:g} to {high:g}" + (", whole" if spec["type"] == "int" else "")
    if "choices" in spec:
        return ", ".join(spec["choices"][:3]) + ", ..."
    return "true or false"


def _flatten(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from _flatten(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        for index, part in enumerate(value):
            yield from _flatten(part, f"{name}.{index}")
    elif isinstance(value, list):
        yield name, ", ".join(word(part) for part in value) or "-"
    else:
        yield name, word(value) if value != {} else "-"
