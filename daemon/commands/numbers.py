"""Click types for numbers. They read numbers as the rest of edmd does, and explain why a text is not a number."""

from typing import Any, Final

import click

from daemon.numerals import NumeralError, read_number

_Parameter = click.Parameter | None
_Context = click.Context | None


class WholeRange(click.IntRange):
    """A whole number within limits."""

    def convert(self, value: Any, param: _Parameter, ctx: _Context) -> int:
        """Read an option. If it is not such a number, click ends the command with an error."""
        return int(super().convert(_whole(value, param, ctx), param, ctx))


class RealRange(click.FloatRange):
    """A number within limits."""

    def convert(self, value: Any, param: _Parameter, ctx: _Context) -> float:
        """Read an option. If it is not such a number, click ends the command with an error."""
        return float(super().convert(_number(value, param, ctx), param, ctx))


class _Whole(click.types.IntParamType):
    def convert(self, value: Any, param: _Parameter, ctx: _Context) -> int:
        return _whole(value, param, ctx)


class _Real(click.types.FloatParamType):
    def convert(self, value: Any, param: _Parameter, ctx: _Context) -> float:
        return float(_number(value, param, ctx))


WHOLE: Final = _Whole()
REAL: Final = _Real()


def _whole(value: Any, param: _Parameter, ctx: _Context) -> int:
    number = _number(value, param, ctx)
    if isinstance(number, int):
        return number
    raise click.BadParameter(f"{value} is not a whole number.", ctx, param)


def _number(value: Any, param: _Parameter, ctx: _Context) -> float | int:
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]  # a default, as it was given
    try:
        return read_number(value.strip())
    except NumeralError as error:
        reason = f": {error}" if str(error) else ""
        raise click.BadParameter(f"{value} is not a number{reason}.", ctx, param) from None
