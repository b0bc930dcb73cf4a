"""The command line: a table of commands, each imported when it is called."""

import importlib
import sys
from collections.abc import Mapping
from typing import Any, Final

import click

from daemon.commands.failure import Interrupted
from daemon.commands.interrupts import exit_code_kept, interruptible

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "play": ("daemon.commands.play:play", "play endless music to MIDI, until Ctrl-C"),
    "panel": ("daemon.commands.panel:panel", "the web panel of a running daemon"),
    "ctl": ("daemon.commands.ctl:ctl", "talk to a running daemon: get, set, stop, watch, ..."),
    "render": ("daemon.commands.render:render", "compose to a file, faster than real time"),
    "export": ("daemon.commands.export:export", "a MIDI file to score, picture, audio, stems or loops"),
    "models": ("daemon.commands.models:models", "list, show and verify the model bundles"),
    "train": ("daemon.commands.train:train", "train a model bundle on your own music"),
    "evaluate": ("daemon.commands.evaluate:evaluate", "figures and pictures of music against other music"),
    "doctor": ("daemon.commands.doctor:doctor", "what was found on this machine, and how to mend it"),
    "config": ("daemon.commands.config:config", "the effective configuration, and where it came from"),
}


class LazyGroup(click.Group):
    """Commands by the table; listing them imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click calls it so
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; what Ctrl-C ends without a word of its own ends with 130 too."""
        with interruptible("SIGINT") as is_interrupted:
            try:
                return super().invoke(ctx)
            except (Interrupted, click.exceptions.Exit):
                raise
            except (KeyboardInterrupt, Exception) as error:
                if is_interrupted() or isinstance(error, KeyboardInterrupt):
                    raise Interrupted("Stopped.") from None
                raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click calls it so
        """Write the table, from its own words."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, wanted: Any) -> None:
    if wanted:
        from daemon.about import package_version

        click.echo(f"edmd {package_version()}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 it could not be done, 2 the words or the configuration are wrong, "
    "130 ended by Ctrl-C (play, panel and ctl watch, which run until then: 0).",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Compose endless electronic dance music, tick by tick, and play it to MIDI."""


def main() -> None:
    """Run `edmd`; a pipe closed by its reader (`| head`) ends it quietly, and so does Ctrl-C before it has begun."""
    try:
        with exit_code_kept():
            cli(prog_name="edmd")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(Interrupted.exit_code)
