"""The table of a symbol system: the values that its symbols stand for, and passages of songs to begin with."""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

TABLE: Final = "vocabulary"
MOST_VALUES: Final = 4096
_MOST_OPENINGS: Final = 512
_LONGEST_OPENING: Final = 1024
Value = tuple[int, ...]


class Vocabulary(NamedTuple):
    """`codec` is the name of the symbols. `values` are rows of whole numbers, whose meaning the codec defines.

    A codec with fixed symbols has no values. `openings` are passages of training songs, as symbols.
    """

    codec: str
    values: tuple[Value, ...] = ()
    openings: tuple[tuple[int, ...], ...] = ()


def dumps(vocabulary: Vocabulary) -> bytes:
    """Return the table as JSON."""
    return json.dumps(vocabulary._asdict(), separators=(",", ":")).encode()


def loads(content: bytes) -> Vocabulary:
    """Read the table. Raises ValueError if it is not one."""
    data = json.loads(content)
    if not isinstance(data, dict) or data.keys() != set(Vocabulary._fields):
        raise ValueError("it does not have exactly codec, values and openings")
    if not isinstance(data["codec"], str):
        raise ValueError("codec is not a text")
    values = _rows(data["values"], MOST_VALUES, 64, "values")
    if len(set(values)) < len(values):
        raise ValueError("a value occurs twice")
    return Vocabulary(
        data["codec"], values, _rows(data["openings"], _MOST_OPENINGS, _LONGEST_OPENING, "openings")
    )


def check_openings(vocabulary: Vocabulary, size: int) -> None:
    """Raise ValueError if an opening has symbols that do not exist."""
    if any(not 0 <= symbol < size for opening in vocabulary.openings for symbol in opening):
        raise ValueError(f"an opening has a symbol that is not 0 to {size - 1}")


def _rows(rows: Any, most: int, longest: int, name: str) -> tuple[tuple[int, ...], ...]:
    if not isinstance(rows, list) or len(rows) > most:
        raise ValueError(f"{name} is not a list of up to {most} rows")
    return tuple(_row(row, longest, name) for row in rows)


def _row(row: Any, longest: int, name: str) -> tuple[int, ...]:
    if not isinstance(row, list) or len(row) > longest or any(type(each) is not int for each in row):
        raise ValueError(f"{name} has a row that is not a list of up to {longest} whole numbers")
    numbers: Sequence[int] = row
    if any(abs(number) >= 1 << 31 for number in numbers):
        raise ValueError(f"{name} has a number that is too large")
    return tuple(numbers)
