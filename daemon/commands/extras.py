"""Checks that optional packages are installed, before any work begins."""

from collections.abc import Sequence

from daemon.commands.failure import CommandFailed


def need_extra(what: str, extra: str, modules: Sequence[str]) -> None:
    """Raise CommandFailed if one of `modules`, which `what` needs and `extra` installs, is missing."""
    from exporters.formats import MissingError, need

    try:
        need(what, extra, modules)
    except MissingError as error:
        raise CommandFailed(str(error)) from None
