import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.numerals import NumeralError, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (".5", 0.5), ("+0.1", 0.1), ("+.5", 0.5), ("-.5", -0.5), ("5.", 5.0), ("007", 7), ("+3", 3), ("-3", -3),
        ("1e3", 1000.0), ("1E-2", 0.01), ("-0", 0), ("1e-400", 0.0),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, number: float) -> None:
    found = read_number(text)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1e400", "it is too large"),
        ("-1e400", "it is too large"),
        ("9" * 500, "it has too many digits"),
        ("nan", "only finite numbers are accepted"),
        ("-Infinity", "only finite numbers are accepted"),
        ("0x10", "write 16"),
        ("0b101", "write 5"),
        ("1_000", "write 1000"),
        ("\uff11\uff12\uff18", "write 128"),
        ("١٢٨", "write 128"),
        ("0,5", "write 0.5"),
        ("\u22123", "write -3"),
        ("128bpm", "write 128"),
        ("128 BPM", "write 128"),
        ("50%", ""),
        ("fast", ""),
        ("", ""),
        (".", ""),
        ("e5", ""),
        ("1 2", ""),
        ("1,000,000", ""),
        ("--1", ""),
    ],
)
def test_what_is_none_is_told_why(text: str, reason: str) -> None:
    with pytest.raises(NumeralError) as caught:
        read_number(text)
    assert str(caught.value) == reason


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300))
def test_every_number_that_is_written_is_read(number: float) -> None:
    assert read_number(str(number)) == number


@given(st.text() | st.from_regex("[-+0-9.eE_x,\uff11\u0663 ]{0,12}", fullmatch=True))
def test_nothing_else_comes_out_of_any_text(text: str) -> None:
    try:
        number = read_number(text)
    except NumeralError:
        return
    assert math.isfinite(number)
