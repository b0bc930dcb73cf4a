"""Click types for names that a running daemon knows: actions of an op, and what they act on."""

import shlex
from collections.abc import Iterable
from typing import Any, Final, get_args

import click

from daemon.client import Kind
from daemon.commands.hints import Choice
from daemon.commands.line import Line
from daemon.parameters import shown

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Action(Choice):
    """The action of an op. The name of something in its place is recognised: `model pop` means `model load pop`."""

    def __init__(self, op: str, choices: Iterable[str]) -> None:
        super().__init__(choices)
        self._kind = next((kind for kind in KINDS if kind == op), None)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return the sentence about an unknown action."""
        kind = self._kind
        if kind is None or ctx is None or value not in ctx.ensure_object(Line).names(kind):
            return super().get_invalid_choice_message(value, ctx)
        if "load" not in self.choices:
            return f"{shown(value)} is a {kind}: edmd ctl --deck {shlex.quote(value)} COMMAND speaks to it"
        meant = f"edmd ctl {kind} load {shlex.quote(value)}"
        return f"{shown(value)} is a {kind} and no action; did you mean: {meant}"
