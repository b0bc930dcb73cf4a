"""What a row says of its range, how rows are kept, and that silences in breaks are meant."""

import json
from pathlib import Path

import numpy as np
import pytest

from daemon.parameters import Parameters
from tests.music.__main__ import ROWS, _keep
from tests.music.endless import outside_breaks
from tests.music.playing import Asked, Played, play
from tests.music.row import Row
from training.evaluation.music import Music
from training.evaluation.sets import Stretch


@pytest.mark.parametrize(
    ("row", "met", "reach"),
    [
        (Row("a", 0.8, low=0.75), True, "at least 0.75"),
        (Row("a", 0.7, low=0.75), False, "at least 0.75"),
        (Row("a", 3, high=4), True, "at most 4"),
        (Row("a", 5, low=1, high=4), False, "1 to 4"),
        (Row("a", float("nan"), low=0), False, "at least 0"),
        (Row("a", 5), None, ""),
    ],
)
def test_a_row_knows_whether_it_is_met(row: Row, met: bool | None, reach: str) -> None:
    assert (row.met, row.reach) == (met, reach)


def test_rows_are_merged_into_what_is_there(tmp_path: Path) -> None:
    out = tmp_path / "music.json"
    last, first = list(ROWS)[-1], next(iter(ROWS))
    _keep((last, 1.0, [Row("old", 1.0)]), {"date": "then"}, out)
    _keep((first, 2.0, [Row("new", np.float64(np.nan), real=2)]), {"date": "now"}, out)
    _keep((last, 3.0, [Row("newer", 1.0, high=np.float64(2))]), {"date": "now"}, out)
    kept = json.loads(out.read_text(encoding="utf-8"))
    assert list(kept) == [first, last]
    assert kept[last]["figures"][0]["name"] == "newer"
    assert kept[last]["figures"][0]["met"] is True
    assert kept[first]["figures"][0]["value"] is None
    assert [each.name for each in tmp_path.iterdir()] == ["music.json"]


def test_silence_within_a_break_is_meant() -> None:
    empty = Music("a", np.zeros((16 * 16, 10), np.int64), np.zeros((16 * 16, 9), np.int64))
    played = Played(empty, ((0, "drop"), (4, "break"), (8, "drop")), frozenset(), 0.0)
    assert outside_breaks([Stretch(2, 10)], played) == [Stretch(2, 2), Stretch(8, 4)]


def test_a_set_is_played_and_read() -> None:
    played = play("edm", Asked(Parameters(classical_mix=0.0, energy=0.8, director=False), 3, 4))
    assert played.music.melody.shape == (64, 10)
    assert (played.music.percussion > 0).any()
    assert played.pitches
    assert 1 < played.voices <= 3
    assert played.sections[0][0] == 0
    again = play("edm", Asked(Parameters(classical_mix=0.0, energy=0.8, director=False), 3, 4))
    assert np.array_equal(played.music.melody, again.music.melody)
