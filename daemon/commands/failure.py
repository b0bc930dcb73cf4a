"""How a command ends that the user can mend: one sentence and an exit code, never a traceback."""

import click


class CouldNot(click.ClickException):
    """It could not be done; exit code 1."""

    exit_code = 1


class WrongWords(click.ClickException):
    """The words or the configuration are wrong; exit code 2."""

    exit_code = 2
