"""`edmd top`: a live view of a running daemon in the terminal."""

import sys

import click

from daemon.commands.extras import need_extra
from daemon.commands.failure import CommandFailed
from daemon.commands.line import Line, line_options
from daemon.control.curvekeys import KeyFileError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@line_options
@click.pass_context
def top(ctx: click.Context) -> None:
    """Show live what a daemon plays, and control it by keys: ? lists them, Q quits.

    The music does not depend on it. If the daemon is restarted, it connects again.
    """
    line = ctx.ensure_object(Line)
    need_extra("the view in the terminal", "top", ("textual",))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CommandFailed("edmd top needs a terminal; `edmd ctl state` tells the same in one line")
    from daemon.top.app import Top

    try:
        endpoint, keys = line.place()
    except KeyFileError as error:
        raise CommandFailed(str(error)) from None
    Top(endpoint, line.telemetry, line.deck, keys).run()
