"""What a mistyped word may have meant: for commands and choices."""

import shlex
from collections.abc import Sequence
from typing import Any

import click

from daemon.parameters import SPECS, did_you_mean, shown


class Choice(click.Choice[str]):
    """One of several words. A similar one is suggested instead of an unknown one."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ARG002 - click calls it so
        """Return the sentence about an unknown word."""
        return (
            f"{shown(value)} is not one of {', '.join(self.choices)}{did_you_mean(str(value), self.choices)}"
        )


class Group(click.Group):
    """A group of commands that suggests a similar one instead of an unknown one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names."""
        is_option = args[0].startswith("-")  # click says what is wrong with it
        if not is_option and not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"{ctx.command_path} has no command {shown(args[0])}{self.hint(ctx, args)}")
        return super().resolve_command(ctx, args)

    def hint(self, ctx: click.Context, args: Sequence[str]) -> str:
        """Return the end of a sentence about an unknown command, or ""."""
        return did_you_mean(args[0], tuple(self.list_commands(ctx)))


class Control(Group):
    """The commands of `edmd ctl`: an assignment without `set` is recognised too."""

    def hint(self, ctx: click.Context, args: Sequence[str]) -> str:
        """Return the end of a sentence about an unknown command, or ""."""
        first = args[0]
        if first in SPECS:
            value = next((each for each in args[1:2] if not each.startswith("--")), "")
            meant = f"set {shlex.quote(f'{first}={value}')}" if value else f"get {first}"
            return f"; did you mean: edmd ctl {meant}"
        if first.partition("=")[0].rstrip("+-*") in SPECS:
            return f"; did you mean: edmd ctl set {shlex.join(each for each in args if '=' in each)}"
        return super().hint(ctx, args)
