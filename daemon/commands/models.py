"""`edmd models`: the model bundles there are, what each says of itself, whether each can be played."""

import json
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from daemon.commands import show
from daemon.commands.failure import CouldNot
from models import bundle
from models.bundle import Bundle, BundleError
from models.manifest import PARTS

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
# One step must run: unbent chances, all of them.
_PLAIN = {"temperature": np.ones(1, np.float32), "top_p": np.ones(1, np.float32)}
_SHOWN = ("version", "licence", "recipe", "data", "held_out", "training")


@click.group()
def models() -> None:
    """List, show and verify the model bundles."""


@models.command("list")
@_AS_JSON
def list_bundles(as_json: bool) -> None:
    """List the bundles that can be loaded by name."""
    rows = [_row(name) for name in bundle.names()]
    if as_json:
        click.echo(json.dumps(rows))
    elif rows:
        _print_rows(rows)
    else:
        places = " or ".join(str(folder) for folder in bundle.folders())
        click.echo(f"no bundles in {places}; make one with `edmd train`")


@models.command("show")
@click.argument("name")
@_AS_JSON
def show_bundle(name: str, as_json: bool) -> None:
    """Show what a bundle says of itself: licence, data, held-out figures."""
    found = _loaded(name)
    facts = {**_summary(found), **{key: found.manifest[key] for key in _SHOWN if key in found.manifest}}
    if as_json:
        click.echo(json.dumps(facts))
    else:
        show.facts(facts)


@models.command()
@click.argument("name", required=False)
@_AS_JSON
def verify(name: str | None, as_json: bool) -> None:
    """Check a bundle, or all of them: hashes, codecs, shapes, and that the runtime loads and steps it."""
    verdicts = {each: _verdict(each) for each in ([name] if name else bundle.names())}
    failures = [verdict for verdict in verdicts.values() if verdict]
    if as_json:
        click.echo(json.dumps({each: verdict or "good" for each, verdict in verdicts.items()}))
    else:
        for each, verdict in verdicts.items():
            if not verdict:
                click.echo(f"{each} is good")
    if not verdicts:
        raise CouldNot("there are no bundles; make one with `edmd train`")
    if failures:
        raise CouldNot("\n".join(failures))


def _verdict(name: str) -> str:
    """Say what is wrong with a bundle; nothing when it can be played."""
    from models.session import choose_provider, open_session

    try:
        found = bundle.load(name)
        for part in PARTS:
            open_session(found, part, choose_provider("cpu", b"")).step(_PLAIN)
    except BundleError as error:
        return str(error)
    return ""


def _loaded(name: str) -> Bundle:
    try:
        return bundle.load(name)
    except BundleError as error:
        raise CouldNot(str(error)) from None


def _summary(found: Bundle) -> dict[str, Any]:
    return {"name": found.name, "folder": str(found.folder), "bytes": found.size_bytes}


def _row(name: str) -> dict[str, Any]:
    try:
        found = bundle.load(name)
    except BundleError as error:
        return {"name": name, "error": str(error)}
    facts = {key: found.manifest.get(key) for key in ("version", "licence", "held_out")}
    return {**_summary(found), **facts}


def _print_rows(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("Name", "Version", "Licence", "MB", *(f"{part.capitalize()}, held out" for part in PARTS)):
        table.add_column(column, no_wrap=column in ("Name", "Version", "MB"))
    for row in rows:
        if "error" in row:
            table.add_row(row["name"], "-", Text(f"cannot be played: {row['error']}", "red"))
        else:
            size = f"{row['bytes'] / 1e6:.1f}"
            figures = (_figures(row["held_out"], part) for part in PARTS)
            table.add_row(row["name"], row["version"], Text(row["licence"]), size, *figures)
    Console().print(table)


def _figures(held_out: Any, part: str) -> str:
    """Write nats per tick by source, each told the plan; a manifest may say less or otherwise."""
    table = held_out.get(part) if isinstance(held_out, dict) else None
    rows = table if isinstance(table, dict) else {}
    told = {source: row.get("told") for source, row in rows.items() if isinstance(row, dict)}
    return (
        ", ".join(f"{source} {each['all']}" for source, each in told.items() if isinstance(each, dict)) or "-"
    )
