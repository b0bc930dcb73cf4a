"""The common options of all commands that read a configuration."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from daemon.commands.failure import CommandFailed, UsageError
from daemon.config import Config, ConfigError, load_config
from daemon.reporting.logs import Role, set_up_logs

Function = TypeVar("Function", bound=Callable[..., Any])


def _keys(_: click.Context, __: click.Parameter, written: str) -> list[str]:
    """Complete `SECTION.KEY=VALUE`; values are the choices of a parameter, or the default."""
    from daemon.configkeys import KEYS
    from daemon.parameters import SPECS

    key, equals, _value = written.partition("=")
    if not equals:
        return [f"{each}=" for each in KEYS if each.startswith(key)]
    spec = SPECS.get(key.removeprefix("parameters."))
    if key not in KEYS:
        return []
    default = KEYS[key].default
    if isinstance(default, bool):
        values = ["true", "false"]
    else:
        values = list(spec.choices) if spec is not None and spec.choices else [str(default)]
    return [each for value in values if (each := f"{key}={value}").startswith(written)]


def config_options(function: Function) -> Function:
    """Add -c FILE and -o SECTION.KEY=VALUE, as the arguments `path` and `overrides`."""
    override = click.option(
        "-o",
        "overrides",
        multiple=True,
        metavar="SECTION.KEY=VALUE",
        shell_complete=_keys,
        help="Override one key of the configuration.",
    )
    file = click.option(
        "-c",
        "--config",
        "path",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The configuration file to read.",
    )
    return file(override(function))


def read_config(path: Path | None, overrides: Sequence[str]) -> Config:
    """Load the configuration. Raises UsageError (exit code 2) with all errors."""
    try:
        return load_config(path, overrides)
    except ConfigError as error:
        raise UsageError(str(error)) from None


def set_up_logs_of(config: Config, role: Role) -> None:
    """Set up the logs of this process, or end the command where the log file cannot be written."""
    problem = set_up_logs(config.log, role)
    if problem is not None:
        raise CommandFailed(problem)


def warn(config: Config) -> None:
    """Print the warnings about the configuration."""
    for warning in config.warnings:
        click.echo(f"Warning: {warning}", err=True)
