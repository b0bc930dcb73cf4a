"""`edmd models`: list, describe and verify the bundles of models and gauges."""

import json
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from daemon.commands import show
from daemon.commands.extras import need_extra
from daemon.commands.failure import CommandFailed
from daemon.commands.hints import Group
from models import bundle
from models.bundle import Bundle, BundleError
from models.manifest import GAUGE, MODEL, PARTS

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_CONVERTING: Final = ("torch", "onnx", "onnxscript", "tomli_w")
_SHOWN = ("version", "licence", "recipe", "data", "held_out", "training")


def _complete(_: click.Context, __: click.Parameter, written: str) -> list[str]:
    return [name for name in _all_names() if name.startswith(written)]


@click.group(cls=Group)
def models() -> None:
    """List, show and verify bundles: models, which play, and gauges, which judge music."""


@models.command("list")
@_AS_JSON
def list_bundles(as_json: bool) -> None:
    """List the bundles that can be loaded by name."""
    rows = [_row(name) for name in _all_names()]
    if as_json:
        click.echo(json.dumps(rows))
    elif rows:
        _print_rows(rows)
    else:
        places = " or ".join(str(folder) for folder in bundle.folders())
        click.echo(f"no bundles in {places}; make one with `edmd train`")


@models.command("show")
@click.argument("name", shell_complete=_complete)
@_AS_JSON
def show_bundle(name: str, as_json: bool) -> None:
    """Show the description of a bundle: licence, data, held-out figures."""
    found = _loaded(name)
    facts = {**_summary(found), **{key: found.manifest[key] for key in _SHOWN if key in found.manifest}}
    if as_json:
        click.echo(json.dumps(facts))
    else:
        show.facts(facts)


@models.command()
@click.argument("name", required=False, shell_complete=_complete)
@_AS_JSON
def verify(name: str | None, as_json: bool) -> None:
    """Check one bundle, or all: hashes, codecs, shapes, and whether the networks load and run one step."""
    verdicts = {each: _verdict(each) for each in ([name] if name else _all_names())}
    failures = [verdict for verdict in verdicts.values() if verdict]
    if as_json:
        click.echo(json.dumps({each: verdict or "good" for each, verdict in verdicts.items()}))
    else:
        for each, verdict in verdicts.items():
            if not verdict:
                click.echo(f"{each} is good")
    if not verdicts:
        raise CommandFailed("there are no bundles; make one with `edmd train`")
    if failures:
        raise CommandFailed("\n".join(failures))


@models.command()
@click.argument("name", shell_complete=_complete)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The new bundle's folder."
)
def convert(name: str, out: Path) -> None:
    """Convert a bundle of format 1, by name or path, to format 2. Its networks are not trained again."""
    need_extra("edmd models convert", "train", _CONVERTING)
    found = _loaded(name)
    from training.convert import ConversionError
    from training.convert import convert as converted

    try:
        converted(found, out)
    except (ConversionError, OSError) as error:
        raise CommandFailed(str(error)) from None
    click.echo(f"{out} is {found.name} in format {_loaded(str(out.resolve())).manifest['format']}")


def _all_names() -> list[str]:
    return sorted({*bundle.names(MODEL), *bundle.names(GAUGE)})


def _verdict(name: str) -> str:
    """Return what is wrong with a bundle, or "" if it works."""
    from daemon.control.messages import ControlError
    from daemon.workers.jobs import verify_bundle
    from daemon.workers.runner import result_of

    try:
        folder = bundle.find(name, bundle.kind_named(name))
        result_of(verify_bundle(str(folder), is_by_name=False))
    except BundleError as error:
        return str(error)
    except ControlError as error:
        return error.message
    return ""


def _loaded(name: str) -> Bundle:
    try:
        return bundle.load(name, bundle.kind_named(name))
    except BundleError as error:
        raise CommandFailed(str(error)) from None


def _summary(found: Bundle) -> dict[str, Any]:
    return {"name": found.name, "kind": found.kind, "folder": str(found.folder), "bytes": found.size_bytes}


def _row(name: str) -> dict[str, Any]:
    try:
        found = bundle.load(name, bundle.kind_named(name))
    except BundleError as error:
        verdict = "cannot be used" if bundle.kind_named(name) == GAUGE else "cannot be played"
        return {"name": name, "verdict": verdict, "error": str(error)}
    facts = {key: found.manifest.get(key) for key in ("version", "licence", "held_out")}
    return {**_summary(found), **facts}


def _print_rows(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("Name", "Kind", "Version", "Licence", "MB", "Held out"):
        table.add_column(column, no_wrap=column not in ("Licence", "Held out"))
    for row in rows:
        if "error" in row:
            table.add_row(row["name"], "-", "-", Text(f"{row['verdict']}: {row['error']}", "red"))
        else:
            size = f"{row['bytes'] / 1e6:.1f}"
            held_out = (_accuracy if row["kind"] == GAUGE else _nats)(row["held_out"])
            table.add_row(row["name"], row["kind"], row["version"], Text(row["licence"]), size, held_out)
    Console().print(table)


def _nats(held_out: Any) -> str:
    """Return a model's nats per tick by part and source, measured with the plan as input. A manifest may lack them."""
    tables = ((part, _inner(held_out, part)) for part in PARTS)
    rows = [
        (part, source, _inner(table, source, "told").get("all")) for part, table in tables for source in table
    ]
    return ", ".join(f"{part} on {source} {nats}" for part, source, nats in rows if nats is not None) or "-"


def _accuracy(held_out: Any) -> str:
    """Return the share of songs that a gauge classifies correctly, in words."""
    share = _inner(held_out, "accuracy", "whole", "all", "songs").get("share")
    return f"{share:.1%} of songs classified correctly" if isinstance(share, float) else "-"


def _inner(table: Any, *keys: str) -> dict[str, Any]:
    """Return a nested table, or {} if it is missing."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}
