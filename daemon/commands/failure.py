"""Errors that end a command with one sentence and an exit code, never with a traceback."""

from typing import Any

import click


class CommandFailed(click.ClickException):
    """The command could not be carried out; exit code 1."""

    exit_code = 1


class UsageError(click.ClickException):
    """The command line or the configuration is wrong; exit code 2."""

    exit_code = 2


class Interrupted(click.ClickException):
    """Ctrl-C ended the command; exit code 130, the shells' code for SIGINT."""

    exit_code = 130

    def show(self, file: Any = None) -> None:
        """Print the message without `Error:`, because nothing went wrong."""
        click.echo(self.message, file=file, err=file is None)
