"""The groove of a bundle is read from JSON, and refused if it is not valid."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from models.codecs.percussion import DRUMS
from models.groove import EVEN, loads


def table() -> dict[str, Any]:
    rows = [[0.01 * drum + 0.001 * place for place in range(16)] for drum in range(9)]
    spread = [[0.1] * 16 for _ in range(9)]
    return {
        "format": 1,
        "drums": list(DRUMS),
        "late_ticks": {"mean": rows, "spread": spread},
        "accent": {"mean": [[1] * 16 for _ in range(9)], "spread": spread},
    }


def test_a_groove_is_read_by_drum_and_place() -> None:
    groove = loads(json.dumps(table()).encode())
    assert groove.late.mean[3][5] == pytest.approx(0.035)
    assert (groove.late.spread[8][15], groove.accent.mean[0][0]) == (0.1, 1.0)
    for rows in (*EVEN.late, *EVEN.accent):
        assert [len(row) for row in rows] == [16] * 9


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.update(format=2), "format is 2"),
        (lambda t: t["drums"].reverse(), "drums are not kick"),
        (lambda t: t.pop("accent"), "cannot be read"),
        (lambda t: t.update(accent=3), "cannot be read"),
        (lambda t: t["accent"]["mean"].pop(), "does not have 16 numbers for each of 9 drums"),
        (lambda t: t["accent"]["mean"][2].pop(), "does not have 16 numbers for each of 9 drums"),
        (lambda t: t["late_ticks"]["mean"][2].__setitem__(0, 0.6), "a mean is out of range"),
        (lambda t: t["accent"]["mean"][2].__setitem__(0, -1), "a mean is out of range"),
        (lambda t: t["late_ticks"]["spread"][2].__setitem__(0, -0.1), "a spread is below 0"),
        (lambda t: t["late_ticks"]["spread"][2].__setitem__(0, float("nan")), "not a finite number"),
        (lambda t: t["late_ticks"]["spread"][2].__setitem__(0, True), "not a finite number"),
    ],
)
def test_what_is_no_groove_is_refused(change: Callable[[dict[str, Any]], object], words: str) -> None:
    told = table()
    change(told)
    with pytest.raises(ValueError, match=words):
        loads(json.dumps(told).encode())
