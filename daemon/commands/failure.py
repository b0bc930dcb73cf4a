"""How a command ends that was not done: one sentence and an exit code, never a traceback."""

from typing import Any

import click


class CommandFailed(click.ClickException):
    """It could not be done; exit code 1."""

    exit_code = 1


class UsageError(click.ClickException):
    """The words or the configuration are wrong; exit code 2."""

    exit_code = 2


class Interrupted(click.ClickException):
    """Ctrl-C ended it; exit code 130, as shells count a signal."""

    exit_code = 130

    def show(self, file: Any = None) -> None:
        """Write the sentence as it is: nothing went wrong."""
        click.echo(self.message, file=file, err=file is None)
