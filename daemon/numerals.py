"""Numbers as people write them: reading them from a command line, explaining why a text is none, and writing values."""

import math
import re
import unicodedata
from typing import Any, Final

_NUMBER: Final = re.compile(
    r"[+-]?(?:\d+(?P<point>\.\d*)?|(?P<part>\.\d+))(?P<power>[eE][+-]?\d+)?", re.ASCII
)
_BASED: Final = re.compile(r"[+-]?0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)", re.ASCII)
_WITH_UNIT: Final = re.compile(r"([+-]?[\d.]+)\s*[A-Za-z]+", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_LONGEST: Final = 400


class NumeralError(ValueError):
    """A text is not an accepted number. The message says why or how to write it; it is empty if there is nothing to add."""


def read_number(text: str) -> int | float:
    """Return the decimal number in `text`: `.5`, `+0.1`, `-3`, `1e3`. Raises NumeralError for any other text."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise NumeralError(_reason(text))
    if len(text) > _LONGEST:
        raise NumeralError("it has too many digits")
    if not any(found.groups()):
        return int(text)
    number = float(text)
    if math.isinf(number):
        raise NumeralError("it is too large")
    return number


def word(value: Any) -> str:
    """Return one value as a performer would write it: 128 and not 128.0, true and not True."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "-"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _reason(text: str) -> str:
    """Return why a text is not a number, or how to write it if that can be guessed."""
    for guess in _guesses(text[:_LONGEST]):
        if _NUMBER.fullmatch(guess):
            return f"write {guess}"
    return "only finite numbers are accepted" if _NOT_FINITE.fullmatch(text) else ""


def _guesses(text: str) -> list[str]:
    """Return guesses: the number from another base, in ASCII digits, ungrouped, with a decimal point, without a unit."""
    if _BASED.fullmatch(text):
        return [str(int(text, 0))]
    usual = "".join(str(unicodedata.decimal(c, c)) for c in unicodedata.normalize("NFKC", text))
    usual = usual.replace("\N{MINUS SIGN}", "-")
    with_unit = _WITH_UNIT.fullmatch(usual)
    return [usual, usual.replace("_", ""), usual.replace(",", "."), *([with_unit[1]] if with_unit else [])]
