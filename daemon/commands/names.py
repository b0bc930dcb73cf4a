"""Words of the command line that tables or a running daemon know: actions, names, parameters and their values."""

import shlex
from collections.abc import Callable, Iterable
from typing import Any, Final, get_args

import click
from click.shell_completion import CompletionItem

from daemon.client import Kind
from daemon.commands.hints import Choice
from daemon.commands.line import Line
from daemon.numerals import word
from daemon.parameters import SPECS, Spec, shown

_PATIENCE_SECONDS: Final = 1.5  # for the hint after an error, nobody hurries
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Action(Choice):
    """The action of an op. The name of something in its place is recognised: `model pop` means `model load pop`."""

    def __init__(self, op: str, choices: Iterable[str]) -> None:
        super().__init__(choices)
        self._kind = next((kind for kind in KINDS if kind == op), None)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return the sentence about an unknown action."""
        kind = self._kind
        if kind is None or ctx is None or value not in ctx.ensure_object(Line).names(kind, _PATIENCE_SECONDS):
            return super().get_invalid_choice_message(value, ctx)
        if "load" not in self.choices:
            return f"{shown(value)} is a {kind}: edmd ctl --deck {shlex.quote(value)} COMMAND speaks to it"
        meant = f"edmd ctl {kind} load {shlex.quote(value)}"
        return f"{shown(value)} is a {kind} and no action; did you mean: {meant}"


Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]


def named(kind: Kind) -> Complete:
    """Complete the name of a model, preset, scene or deck of the running daemon."""
    return lambda ctx, _, written: beginning(ctx.ensure_object(Line).names(kind), written)


def parameter_names(_: click.Context, __: click.Parameter, written: str) -> list[CompletionItem[str]]:
    """Complete the name of a parameter."""
    return [CompletionItem(name, help=spec.help) for name, spec in SPECS.items() if name.startswith(written)]


def assignments(ctx: click.Context, _: click.Parameter, written: str) -> list[CompletionItem[str]]:
    """Complete `NAME=VALUE`: first the name, then the values of the table and of the running daemon."""
    name, equals, value = written.partition("=")
    if not equals:
        return [
            CompletionItem(f"{each}=", help=spec.help)
            for each, spec in SPECS.items()
            if each.startswith(name)
        ]
    spec = SPECS.get(name)
    found = [] if spec is None else parameter_values(spec, lambda: _value_of_now(ctx, name))
    return [
        CompletionItem(f"{name}={each.value}", help=each.help)
        for each in found
        if each.value.startswith(value)
    ]


def parameter_values(spec: Spec, now: Callable[[], str | None]) -> list[CompletionItem[str]]:
    """Return the values of a parameter; of a number the one of `now`, the default and the limits."""
    if spec.kind == "choice":
        return [CompletionItem(choice) for choice in spec.choices]
    if spec.kind == "bool":
        return [CompletionItem("true"), CompletionItem("false")]
    limits = (
        (now(), "now"),
        (word(spec.default), "default"),
        (word(spec.low), "lowest"),
        (word(spec.high), "highest"),
    )
    meanings: dict[str, list[str]] = {}
    for value, meaning in limits:
        if value is not None:
            meanings.setdefault(value, []).append(meaning)
    return [CompletionItem(value, help=", ".join(words)) for value, words in meanings.items()]


def beginning(words: Iterable[str], written: str) -> list[CompletionItem[str]]:
    """Return the words that begin as `written` does."""
    return [CompletionItem(each) for each in words if each.startswith(written)]


def _value_of_now(ctx: click.Context, name: str) -> str | None:
    values = ctx.ensure_object(Line).glimpse(lambda client: client.get(name))
    return None if values is None else word(values[name])
