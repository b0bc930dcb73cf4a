"""The effects of a tick: the shape of sweeps, and where risers and impacts are."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.effects import effects_of
from daemon.parameters import Parameters, change
from models.effects import FILTER_NEUTRAL, IMPACT, Effects
from models.notes import TICKS_PER_BAR, VOICES, Voice
from tests.daemon.music.planning import FREE, PURE, plans

PLAIN = Parameters()


def section(name: str, bars: int, follows: str = "") -> list[BarPlan]:
    return [
        BarPlan(
            name,
            (0, 0),
            (3, 3, 3),
            (2,) * 9,
            0.5,
            bars_left=bars - 1 - bar if follows else 0,
            bars_before=bar if follows else 0,
            next_section=follows,
        )
        for bar in range(bars)
    ]


def effects(bars: Sequence[BarPlan], parameters: Parameters = PLAIN) -> list[Effects]:
    """The effects of each tick of these bars."""
    before = [None, *bars]
    found = [
        effects_of(bar * TICKS_PER_BAR + tick, plan, before[bar], parameters)
        for bar, plan in enumerate(bars)
        for tick in range(TICKS_PER_BAR)
    ]
    return [each or Effects() for each in found]


def sweep(found: Sequence[Effects], voice: Voice) -> list[int]:
    return [dict(each.filters).get(voice, FILTER_NEUTRAL) for each in found]


@pytest.mark.parametrize("bars", [4, 8, 16])
@pytest.mark.parametrize("voice", ["lead", "chords", "bass"])
def test_a_build_opens_the_filters_until_the_drop(bars: int, voice: Voice) -> None:
    build, drop = section("build", bars, "drop"), section("drop", 2, "break")
    values = sweep(effects([*build, *drop]), voice)
    ticks = bars * TICKS_PER_BAR
    assert values[0] < FILTER_NEUTRAL - 20
    assert values[: ticks + 1] == sorted(values[: ticks + 1])
    assert FILTER_NEUTRAL - 3 <= values[ticks - 1] < FILTER_NEUTRAL
    assert set(values[ticks:]) == {FILTER_NEUTRAL}
    assert max(after - before for before, after in pairwise(values)) <= 2


def test_a_break_closes_the_filters_less_and_leaves_the_bass() -> None:
    broken, build = (effects(section(name, 8, "drop")) for name in ("break", "build"))
    assert sweep(build, "lead")[0] < sweep(broken, "lead")[0] < FILTER_NEUTRAL
    assert sweep(broken, "lead") == sorted(sweep(broken, "lead"))
    assert set(sweep(broken, "bass")) == {FILTER_NEUTRAL}
    assert not any(each.riser for each in broken)


@pytest.mark.parametrize(("bars", "first"), [(4, 0), (6, 2), (8, 0), (16, 8)])
def test_a_riser_lasts_the_last_eight_or_four_bars_of_a_build(bars: int, first: int) -> None:
    heights = [each.riser for each in effects(section("build", bars, "drop"))]
    held = heights[first * TICKS_PER_BAR :]
    assert not any(heights[: first * TICKS_PER_BAR])
    assert 0 < held[0] < 30
    assert held == sorted(held)
    assert 120 <= held[-1] <= 127


def test_a_build_into_something_else_has_no_riser() -> None:
    assert not any(each.riser for each in effects(section("build", 8, "groove")))


def test_an_impact_sounds_on_the_first_beats_of_a_drop_alone() -> None:
    found = effects([*section("build", 8, "drop"), *section("drop", 8, "break")])
    struck = [tick for tick, each in enumerate(found) if each.impact]
    assert struck == list(range(8 * TICKS_PER_BAR, 8 * TICKS_PER_BAR + 8))
    assert {found[tick].impact for tick in struck} == {IMPACT.velocity}
    assert not any(each.impact for each in effects(section("drop", 4, "break")))


def test_a_drop_by_hand_has_its_impact_and_a_build_by_hand_no_effects() -> None:
    by_hand = section("build", 2)
    assert set(effects(by_hand)) == {Effects()}
    assert effects([*by_hand, *section("drop", 2)])[2 * TICKS_PER_BAR] == Effects(impact=IMPACT.velocity)


def test_muted_voices_have_no_sweep_and_silence_no_riser() -> None:
    build = section("build", 8, "drop")
    lead_off = change(PLAIN, {"lead.mute": True})
    assert set(sweep(effects(build, lead_off), "lead")) == {FILTER_NEUTRAL}
    assert effects(build, lead_off)[0].riser
    for silent in (
        change(PLAIN, {f"{voice}.mute": True for voice in VOICES}),
        change(PLAIN, {"velocity": 0.0}),
    ):
        assert not any(each.riser for each in effects(build, silent))
    half = effects(build, change(PLAIN, {"velocity": 0.5}))
    assert half[0].riser == pytest.approx(effects(build)[0].riser / 2, abs=1)


def test_a_set_has_them_and_none_with_the_director_off() -> None:
    found = effects(plans(7, 96, PURE))
    assert any(each.riser for each in found)
    assert any(each.impact for each in found)
    assert set(effects(plans(7, 96, FREE))) == {Effects()}
