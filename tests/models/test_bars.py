"""The rows of bars: every bar has a row and comes back from it, and a song's rows say what its bars do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.beats import BEATS, FOUR
from models.codecs import bars, melody, percussion, plan
from models.codecs.bar_analysis import rows_of
from models.codecs.base import LOOKBACK_BARS, Tokens
from models.codecs.melody import Sound
from models.codecs.percussion import Hit
from models.notes import SECTIONS, TICKS_PER_BAR
from training.recipe import Synthetic
from training.synthetic.pieces import generated

ROWS = st.tuples(*(st.integers(0, slot.size - 1) for slot in bars.LAYOUT.slots)).map(np.array)


@given(ROWS)
def test_a_row_comes_back_from_its_bar(row: Tokens) -> None:
    assert (bars.row_of(bars.bar_of(row)) == row).all()


def song(count: int) -> tuple[Tokens, Tokens]:
    """A bass on every beat, a lead that alternates between two bars, and four on the floor."""
    tune = [
        [
            *([Sound("bass", 36, 4)] if tick % 4 == 0 else []),
            *([Sound("lead", 72 + 7 * (tick // TICKS_PER_BAR % 2), 2)] if tick % 8 == 0 else []),
        ]
        for tick in range(count * TICKS_PER_BAR)
    ]
    beat = [[Hit(0, 1.0)] if tick % 4 == 0 else [] for tick in range(count * TICKS_PER_BAR)]
    return melody.encode(tune), percussion.encode(beat)


def test_a_song_of_loops_says_so() -> None:
    tune, beat = song(10)
    first, *_, last = map(bars.bar_of, rows_of(tune, beat))
    assert first.form == (0,) * bars.PARTS
    # Bass and kick repeat the bar before, the lead the one before that; its rhythm is that of the bar before.
    assert last.form == (1, 0, 2, 1, 0, 0, 0)
    assert last.rhythm == (1, 0, 1)
    assert last.voices == (2, 0, 1)
    assert last.beat == FOUR
    assert last.drums[0] == 2
    assert last.heights[0] == last.heights[1] > first.heights[0]


def test_rows_hold_the_plan_of_each_bar_of_generated_songs() -> None:
    for piece in generated(Synthetic(songs=3, seed=4)):
        rows = rows_of(piece.melody, piece.percussion)
        assert len(rows) == piece.ticks // TICKS_PER_BAR
        found = [bars.bar_of(row) for row in rows]
        assert [bar.voices for bar in found] == list(map(tuple, plan.voice_levels(piece.melody).tolist()))
        assert [bar.drums for bar in found] == list(map(tuple, plan.drum_levels(piece.percussion).tolist()))
        assert [bar.strike for bar in found] == plan.strike(piece.melody).tolist()
        forms = plan.form(piece.melody, melody.LAYOUT)
        for number, bar in enumerate(found):
            for voice in range(bars.VOICES):
                if lag := bar.form[voice]:
                    assert forms[number, voice, lag - 1]
                    assert not forms[number, voice, : lag - 1].any()
                    assert bar.voices[voice]
            assert all(lag == 0 or number >= LOOKBACK_BARS[lag - 1] for lag in (*bar.form, *bar.rhythm))


def test_the_register_follows_from_the_heights() -> None:
    low = melody.REGISTERS[2].low
    assert bars.register_of((0, 0)) == 0
    for height in range(1, plan.HEIGHTS + 1):
        pitch = min(low + plan.HEIGHT_SEMITONES * (height - 1) + 2, melody.REGISTERS[2].high)
        tokens = melody.encode([[Sound("lead", pitch, 2)], *([[]] * (TICKS_PER_BAR - 1))])
        assert plan.heights(tokens)[0] == height
        assert bars.register_of((height, 0)) == plan.register(tokens)[0]


def circumstances(**values: object) -> bars.Circumstances:
    nothing = np.array([-1])
    unstated = bars.Circumstances(
        *(nothing, nothing, nothing, nothing, np.array([-1.0])),
        np.zeros((1, 2)),
        np.zeros((1, 9)),
        np.array([-1.0]),
        np.zeros((1, 4), bool),
    )
    return unstated._replace(**{name: np.array([value]) for name, value in values.items()})


def test_unstated_circumstances_are_zeros() -> None:
    assert not bars.condition(circumstances()).any()


@pytest.mark.parametrize(
    ("values", "group", "wanted"),
    [
        ({"age": 9}, "place", [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]),
        ({"age": 40}, "place", [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ({"left": 0}, "left", [1, 0, 0, 0, 0, 0, 0]),
        ({"left": 7}, "left", [0, 0, 0, 0, 1, 0, 0]),
        ({"section": SECTIONS.index("drop")}, "section", [0, 0, 1, 0, 0, 0]),
        ({"energy": 0.0}, "energy", [0, 1]),
        ({"simplicity": 0.25}, "simplicity", [0.25, 1]),
        ({"same_chords": [True, False, True, True]}, "harmony", [1, 0, 1, 1]),
    ],
)
def test_each_circumstance_has_columns_of_its_own(
    values: dict[str, object], group: str, wanted: list[float]
) -> None:
    row = bars.condition(circumstances(**values))[0]
    assert row[bars.COLUMNS[group]].tolist() == wanted
    row[bars.COLUMNS[group]] = 0
    assert not row.any()


def test_the_columns_fill_the_condition_and_the_codec_demands_it() -> None:
    assert sum(part.stop - part.start for part in bars.COLUMNS.values()) == bars.CONDITION
    tensors = bars.CODEC.tensors({"hidden": 8, "layers": 1})
    assert tensors.inputs["condition"].shape == [bars.CONDITION]
    assert len(BEATS) + 1 in bars.CODEC.tensors({"hidden": 8, "layers": 1}).choices["tokens"]
    with pytest.raises(ValueError, match="hidden of plan is 0"):
        bars.CODEC.tensors({"hidden": 0, "layers": 1})
