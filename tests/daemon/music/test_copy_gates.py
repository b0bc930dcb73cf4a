"""Which lookback a part copies where its form repeats a bar, and how steady the drums then are."""

import numpy as np
import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.ensemble import Composed
from daemon.music.systems.edm.copy_gates import beat_marks, only_repeated, repeated, repeated_mask, tune_marks
from daemon.parameters import Parameters, change
from models import bundle
from models.codecs import percussion
from models.notes import BARS_PER_PHRASE, PULSES_PER_TICK, TICKS_PER_BAR
from models.session import choose_provider
from tests.daemon.solo import Solo

PARTS = len(percussion.LAYOUT.parts)
NEVER = (False,) * 4
FORM = ((True, True, False, False), (False, False, True, True), NEVER, (True, False, False, False))
Bars = list[frozenset[tuple[int, int]]]


def test_where_the_form_repeats_a_bar_only_the_nearest_such_bar_is_copied() -> None:
    allowed = np.ones((PARTS, 4), bool)
    allowed[3] = NEVER
    again = repeated(allowed, FORM)
    assert again.tolist() == [[True, False, False, False], [False, False, True, False], [*NEVER], [*NEVER]]
    assert only_repeated(allowed, again).tolist() == [
        again[0].tolist(),
        again[1].tolist(),
        [True] * 4,
        [*NEVER],
    ]
    assert not repeated(allowed, None).any()


def test_new_tokens_lean_to_the_repeated_bar_and_only_in_its_parts() -> None:
    lookback = np.zeros((4, len(percussion.DRUMS)), np.int64)
    lookback[0, percussion.DRUMS.index("kick")] = 2
    lookback[2, percussion.DRUMS.index("clap")] = 3
    mask = repeated_mask(percussion.LAYOUT, lookback, repeated(np.ones((PARTS, 4), bool), FORM))
    favoured = {
        drum: np.flatnonzero(mask[percussion.LAYOUT.slot_range(drum)]).tolist() for drum in percussion.DRUMS
    }
    assert favoured["kick"] == [2]
    assert favoured["clap"] == [3]
    assert favoured["snare"] == favoured["crash"] == [0]
    assert favoured["closed_hat"] == favoured["open_hat"] == []


@pytest.fixture(scope="module")
def solo() -> Solo:
    shipped = bundle.load("edm")
    return Solo(shipped, choose_provider("cpu", shipped.model("percussion")), 1)


def drum_bars(solo: Solo, seed: int, bars: int, parameters: Parameters) -> Bars:
    solo.begin(seed, 0)
    composed: list[Composed] = [solo.step(tick, parameters) for tick in range(bars * TICKS_PER_BAR)]
    hits = [
        (note.pulse // PULSES_PER_TICK, note.pitch)
        for tick in composed
        for note in tick.notes
        if note.voice == "drums"
    ]
    return [
        frozenset((tick % TICKS_PER_BAR, pitch) for tick, pitch in hits if tick // TICKS_PER_BAR == bar)
        for bar in range(bars)
    ]


def changes(found: list[Bars], *, at_phrase_ends: bool) -> float:
    """The share of drum bars that differ from the bar before: last bars of phrases, or the middle bars of half phrases."""
    pairs = [
        bars[bar] != bars[bar - 1]
        for bars in found
        for bar in range(1, len(bars))
        if bars[bar]
        and bars[bar - 1]
        and (bar % BARS_PER_PHRASE == BARS_PER_PHRASE - 1 if at_phrase_ends else bar % 4 in (1, 2))
    ]
    return sum(pairs) / len(pairs)


@pytest.mark.timeout(600)
def test_drums_are_calm_in_mid_phrase_and_change_at_phrase_ends(solo: Solo) -> None:
    found = [drum_bars(solo, seed, 64, Parameters(humanize=0.0)) for seed in range(10)]
    assert changes(found, at_phrase_ends=False) < 0.25
    assert changes(found, at_phrase_ends=True) > 0.4


def test_a_lower_drum_temperature_calms_the_drums(solo: Solo) -> None:
    shares = [
        changes(
            [
                drum_bars(solo, seed, 56, change(Parameters(humanize=0.0), {"percussion.temperature": value}))
                for seed in range(6)
            ],
            at_phrase_ends=False,
        )
        for value in (0.5, 1.0)
    ]
    assert shares[0] < shares[1]


def test_bars_with_other_chords_or_voices_have_other_marks() -> None:
    one = BarPlan("drop", (145, 290), (3, 0, 2), (2, 0, 1, 0, 2, 0, 0, 0, 0), 0.5)
    assert tune_marks(one, 0) == tune_marks(one._replace(harmony=(145, 1), voices=(1, 0, 5)), 0)
    assert tune_marks(one, 1) != tune_marks(one._replace(harmony=(145, 1)), 1)
    off = tune_marks(one._replace(voices=(0, 0, 2)), 0)
    assert [old == new for old, new in zip(tune_marks(one, 0), off, strict=True)] == [False, True, True]
    louder = one._replace(drums=(1, 0, 3, 0, 1, 0, 0, 0, 0))
    assert beat_marks(one) == beat_marks(louder)
    snare = beat_marks(one._replace(drums=(2, 1, 1, 0, 2, 0, 0, 0, 0)))
    assert [old == new for old, new in zip(beat_marks(one), snare, strict=True)] == [True, False, True, True]
