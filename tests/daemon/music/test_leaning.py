"""The effect of energy, density and mix on the plan; energy and density change nothing at 0.5."""

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.parameters import Parameters, change
from tests.daemon.music.planning import FREE, HITS, KICK, PURE, SETTINGS, plans, rises


@pytest.mark.parametrize("base", [PURE, FREE], ids=["sections", "free"])
def test_energy_brings_drums_and_voices(base: Parameters) -> None:
    def asked(energy: float) -> list[BarPlan]:
        return [plan for seed in range(3) for plan in plans(seed, 128, change(base, {"energy": energy}))]

    found = [asked(energy) for energy in SETTINGS]
    assert rises([sum(HITS[level] for plan in each for level in plan.drums) for each in found], slack=0.02)
    assert rises([sum(sum(map(bool, plan.voices)) for plan in each) for each in found], slack=0.02)


@pytest.mark.parametrize("base", [PURE, FREE], ids=["sections", "free"])
def test_density_brings_notes(base: Parameters) -> None:
    totals = [
        sum(sum(plan.voices) for plan in plans(1, 256, change(base, {"density": density})))
        for density in SETTINGS
    ]
    assert rises([float(total) for total in totals])


def test_half_way_leaves_the_plan_and_the_ends_lean_it() -> None:
    asked = (plans(2, 128, change(PURE, {"energy": value, "density": value})) for value in (0.0, 0.5, 1.0))
    for low, middle, high in zip(*asked, strict=True):
        assert low.energy <= middle.energy <= high.energy
        if middle.voices[1]:
            assert low.voices[1] <= middle.voices[1] <= high.voices[1]
        assert low.drums[KICK] <= middle.drums[KICK] <= max(high.drums[KICK], middle.drums[KICK])


def test_drums_leave_gradually_with_the_mix() -> None:
    def drums(mix: float) -> float:
        return float(sum(sum(plan.drums) for plan in plans(4, 256, Parameters(classical_mix=mix))))

    totals = [drums(mix) for mix in SETTINGS]
    assert rises(totals[::-1])
    assert totals[4] == totals[0]
    assert totals[4] > totals[5] > totals[6] > totals[7] > totals[8] == 0


def test_a_cold_start_with_sections_off_is_danced_to() -> None:
    for seed in range(10):
        found = plans(seed, 64, change(FREE, {"energy": 0.8}))
        assert all(plan.four_on_the_floor and any(plan.voices[:2]) for plan in found)
        assert {plan.section for plan in found} == {"free"}
        assert found[0].harmony == found[8].harmony == found[40].harmony
        fills = [found[bar].drums != found[bar - 1].drums for bar in range(7, 64, 8)]
        assert all(fills)


def test_without_sections_the_key_and_the_chords_change_every_32_bars_at_most() -> None:
    found = plans(0, 512, FREE)
    changes = [bar for bar in range(1, 512) if found[bar].key != found[bar - 1].key]
    assert changes
    assert all(bar % 32 == 0 for bar in changes)


def test_below_the_energy_of_a_kick_a_few_drums_go_on_and_by_and_by_none() -> None:
    hits = []
    for energy in (0.0, 0.05, 0.1, 0.15, 0.19, 0.2):
        found = plans(1, 64, change(FREE, {"energy": energy}))
        assert any(plan.drums[KICK] for plan in found) == (energy >= 0.2)
        hits.append(sum(HITS[level] for plan in found for level in plan.drums) / 64)
    assert hits[0] == 0 < hits[1]
    assert rises(hits)
