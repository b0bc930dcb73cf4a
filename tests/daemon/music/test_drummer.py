"""The drummer's touch: exact at 0, as the groove at 1, with a steady kick and the same loudness."""

from statistics import fmean, pstdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.music.ensemble.articulation import drum_notes
from daemon.music.ensemble.drummer import late_pulses, touched
from daemon.parameters import Parameters
from models import bundle
from models.codecs import percussion
from models.codecs.percussion import ACCENTS, DRUMS, Hit, accent_token
from models.groove import EVEN, Groove
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, Note

KICK, SNARE, HAT, RIDE = (DRUMS.index(name) for name in ("kick", "snare", "closed_hat", "ride"))
CHANCES = np.linspace(0, 1, 201).tolist()
EVERY_DRUM = percussion.decode(percussion.encode([[Hit(drum, 1.0) for drum in range(len(DRUMS))]])[0])


@pytest.fixture(scope="module")
def groove() -> Groove:
    return bundle.load("edm").groove


def _late(groove: Groove, drum: int, tick: int, humanize: float) -> list[float]:
    return [late_pulses(drum, tick, humanize, groove, chance) for chance in CHANCES]


def _accents(groove: Groove, hit: Hit, tick: int, humanize: float = 1.0) -> list[float]:
    return [touched(hit, tick, humanize, groove, chance).accent for chance in CHANCES]


def _bar(parameters: Parameters, groove: Groove, seed: int = 0) -> list[list[Note]]:
    chances = np.random.default_rng(seed).random((TICKS_PER_BAR, 18), np.float32)
    return [
        list(drum_notes(tick, EVERY_DRUM, parameters, 0.5, row, groove=groove))
        for tick, row in enumerate(chances)
    ]


def test_the_shipped_bundle_learned_from_drummers(groove: Groove) -> None:
    assert groove is not EVEN
    assert groove.late.mean[HAT][0] < groove.late.mean[RIDE][0], "hats come before rides"
    assert groove.accent.mean[SNARE][4] > 1.3 * groove.accent.mean[SNARE][1], "the backbeat is struck harder"


def test_at_0_drums_are_straight_and_as_loud_as_meant(groove: Groove) -> None:
    for tick, notes in enumerate(_bar(Parameters(humanize=0.0), groove)):
        assert {note.pulse for note in notes} == {tick * PULSES_PER_TICK}
        assert [note.velocity for note in notes] == [percussion.velocity_of(hit) for hit in EVERY_DRUM]


@pytest.mark.parametrize(("drum", "tick"), [(SNARE, 4), (HAT, 2), (KICK, 8)])
def test_at_1_timing_spreads_as_the_groove_has_it(groove: Groove, drum: int, tick: int) -> None:
    late = _late(groove, drum, tick, 1.0)
    assert fmean(late) == pytest.approx(120 * groove.late.mean[drum][tick], abs=0.5)
    assert pstdev(late) == pytest.approx(120 * groove.late.spread[drum][tick], rel=0.1)


def test_by_default_the_touch_is_subtle(groove: Groove) -> None:
    for drum in range(len(DRUMS)):
        assert max(map(abs, _late(groove, drum, 3, 0.1))) <= 5
        assert _accents(groove, Hit(drum, 1.0), 3, 0.1) == pytest.approx([1.0] * len(CHANCES), abs=0.03)


def test_the_kick_stays_tight_up_to_a_half(groove: Groove) -> None:
    for tick in range(0, TICKS_PER_BAR, 4):
        kick, hat = (_late(groove, drum, tick, 0.5) for drum in (KICK, HAT))
        assert max(map(abs, kick)) <= 5
        assert pstdev(kick) < pstdev(hat) / 3
        assert _accents(groove, Hit(KICK, 1.0), tick, 0.5) == pytest.approx([1.0] * len(CHANCES), abs=0.03)
    assert pstdev(_late(groove, KICK, 0, 1.0)) > 10


@pytest.mark.parametrize("drum", [KICK, SNARE, HAT])
def test_what_is_written_soft_or_loud_stays_so(groove: Groove, drum: int) -> None:
    soft, medium, loud = (_accents(groove, Hit(drum, accent), 4) for accent in ACCENTS)
    assert max(soft) <= min(medium) <= max(medium) <= min(loud)
    assert {accent_token(accent) for accent in medium[:-1]} == {2}
    assert pstdev(medium) > 0.05
    assert soft == sorted(soft), "a higher random number gives a higher velocity"


def test_an_accent_nobody_plays_is_played_as_near_as_may_be() -> None:
    certain = EVEN._replace(
        accent=EVEN.accent._replace(mean=((3.0,) * 16,) * 9, spread=((0.0,) * 16,) * 9),
    )
    assert set(_accents(certain, Hit(SNARE, 1.0), 0)) == {1.09}
    assert set(_accents(certain, Hit(SNARE, ACCENTS[0]), 0)) == {0.8}


@given(
    st.floats(0, 1),
    st.floats(0, 0.75),
    st.lists(st.floats(0, 1, width=32), min_size=18, max_size=18),
    st.integers(0, 31),
)
def test_a_hit_stays_within_its_tick(
    groove: Groove, humanize: float, swing: float, chances: list[float], tick: int
) -> None:
    parameters = Parameters(humanize=humanize, swing=swing)
    spread = np.array(chances, np.float32)
    for note in drum_notes(tick, EVERY_DRUM, parameters, 0.5, spread, groove=groove):
        assert tick * PULSES_PER_TICK <= note.pulse < (tick + 1) * PULSES_PER_TICK
        assert 1 <= note.velocity <= 127


def test_touch_leaves_swing_as_it_is(groove: Groove) -> None:
    swung = [_bar(Parameters(humanize=0.6, swing=0.5), groove, seed) for seed in range(60)]
    late = [note.pulse % PULSES_PER_TICK for bar in swung for notes in bar[1::2] for note in notes]
    assert fmean(late) == pytest.approx(60, abs=2.5)
    assert min(late) < 50, "a swung hit may be early"


def test_same_chances_same_hits(groove: Groove) -> None:
    rough = Parameters(humanize=0.8)
    assert _bar(rough, groove, 1) == _bar(rough, groove, 1) != _bar(rough, groove, 2)
