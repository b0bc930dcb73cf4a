"""The command line: a table of commands. A command is imported only when it is called."""

import importlib
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from daemon.commands.failure import Interrupted
from daemon.commands.hints import Group
from daemon.commands.interrupts import exit_code_kept, interruptible

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "play": ("daemon.commands.play:play", "play music to MIDI without end, until Ctrl-C"),
    "panel": ("daemon.commands.panel:panel", "start the web panel for a running daemon"),
    "ctl": ("daemon.commands.ctl:ctl", "control a running daemon: get, set, stop, watch, ..."),
    "top": ("daemon.commands.top:top", "show live what a daemon plays, and control it by keys"),
    "learn": ("daemon.commands.learn:learn", "bind a knob or key of a MIDI controller to a parameter"),
    "render": ("daemon.commands.render:render", "compose music into a file, faster than real time"),
    "export": (
        "daemon.commands.export:export",
        "convert a MIDI file to score, picture, audio, stems or loops",
    ),
    "models": ("daemon.commands.models:models", "list, show and verify model bundles"),
    "train": ("daemon.commands.train:train", "train a model bundle on your own music"),
    "evaluate": (
        "daemon.commands.evaluate:evaluate",
        "compare music with other music, in figures and pictures",
    ),
    "study": ("daemon.commands.study:study", "compare music by ear: a blind listening study"),
    "doctor": (
        "daemon.commands.doctor:doctor",
        "show what edmd finds on this machine, and how to fix what is missing",
    ),
    "keys": ("daemon.commands.keys:keys", "make and show the keys of clients on other machines"),
    "health": ("daemon.commands.health:health", "say whether a running daemon is healthy: exit code 0 or 1"),
    "service": ("daemon.commands.service:service", "run edmd as a service: systemd or launchd"),
    "completion": (
        "daemon.commands.completion:completion",
        "print the script that completes commands and values in bash, zsh or fish",
    ),
    "config": (
        "daemon.commands.config:config",
        "show the configuration in force, and where each value came from",
    ),
}


class LazyGroup(Group):
    """The commands of the table. Listing them imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click calls it so
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def hint(self, ctx: click.Context, args: Sequence[str]) -> str:
        """Return the end of a sentence about an unknown command; those of `edmd ctl` are recognised too."""
        from daemon.commands.ctl import ctl

        if args[0] in ctl.commands:
            return f"; did you mean: edmd ctl {shlex.join(args)}"
        return super().hint(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command. If Ctrl-C ends it in any way, raise Interrupted (exit code 130)."""
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
        """Write the table with the help texts in it."""
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
    epilog="Exit codes: 0 done, 1 it could not be done, 2 the command line or the configuration is wrong, "
    "130 ended by Ctrl-C (0 for play, panel, study serve and ctl watch, which normally end so).",
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
    """Run `edmd`. End without a message if the reader of a pipe closes it (`| head`), or on Ctrl-C before a command runs."""
    if "_EDMD_COMPLETE" in os.environ:  # a shell asks for completions
        importlib.import_module("daemon.commands.shells")
    try:
        with exit_code_kept():
            cli(prog_name="edmd")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(Interrupted.exit_code)
