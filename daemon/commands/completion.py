"""`edmd completion`: print the script that lets a shell complete edmd's commands, options and values."""

from typing import Final

import click

from daemon.commands.hints import Choice
from daemon.commands.shells import SHELLS

_PROGRAM: Final = "edmd"
_VARIABLE: Final = "_EDMD_COMPLETE"  # as click makes it from the name of the program
_HOW: Final = """\b
To complete in every new shell:
  bash  edmd completion bash > ~/.local/share/bash-completion/completions/edmd
  zsh   edmd completion zsh > DIR/_edmd, DIR in $fpath before compinit runs
  fish  edmd completion fish > ~/.config/fish/completions/edmd.fish
To try it in this shell:
  bash, zsh  eval "$(edmd completion bash)"
  fish       edmd completion fish | source
"""


@click.command(epilog=_HOW)
@click.argument("shell", type=Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script for a shell: it completes commands, options, and values, also those of a running daemon."""
    found = SHELLS[shell](ctx.find_root().command, {}, _PROGRAM, _VARIABLE)
    click.echo(found.source(), nl=False)
