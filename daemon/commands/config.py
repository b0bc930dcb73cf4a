"""`edmd config`: show the configuration in force, and where each value came from."""

import json
from pathlib import Path

import click

from daemon.commands.options import config_options, read_config
from daemon.config import Config
from daemon.numerals import word


@click.command()
@config_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def config(path: Path | None, overrides: tuple[str, ...], as_json: bool) -> None:
    """Show the configuration in force, and where each value came from."""
    found = read_config(path, overrides)
    if as_json:
        click.echo(json.dumps(_as_dict(found)))
    else:
        _show(found)


def _as_dict(found: Config) -> dict[str, object]:
    settings = {key: {"value": s.value, "origin": s.origin} for key, s in found.settings.items()}
    return {"source": str(found.source), "settings": settings}


def _show(found: Config) -> None:
    click.echo(f"read from {found.source}")
    rows = [(key, _shown(s.value), s.origin) for key, s in found.settings.items()]
    key_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    for key, value, origin in rows:
        click.echo(f"{key:<{key_width}}  {value:<{value_width}}  {origin}")


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else word(value)
