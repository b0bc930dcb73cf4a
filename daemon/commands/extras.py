"""What a command needs of an optional extra: named before any work begins."""

from collections.abc import Sequence

from daemon.commands.failure import CommandFailed


def need_extra(what: str, extra: str, modules: Sequence[str]) -> None:
    """End the command when `what` cannot be done for want of some of `modules`, which the extra brings."""
    from exporters.formats import MissingError, need

    try:
        need(what, extra, modules)
    except MissingError as error:
        raise CommandFailed(str(error)) from None
