"""Which bars repeat earlier bars: none at `repetition` 0, loops at 1, and never for too long."""

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.parameters import Parameters, change
from tests.daemon.music.planning import FREE, KICK, PURE, SETTINGS, plans
from training.evaluation.statistics import spearman


def repeated(found: list[BarPlan]) -> float:
    """The share of parts and bars that repeat one of the bars 1, 2, 4 and 8 before them."""
    rows = [row for plan in found for row in (*(plan.tune_form or ()), *(plan.drum_form or ()))]
    return sum(any(row) for row in rows) / len(rows)


@pytest.mark.parametrize("base", [PURE, FREE], ids=["sections", "free"])
def test_repetition_goes_from_never_the_same_to_loops(base: Parameters) -> None:
    found = {value: plans(1, 96, change(base, {"repetition": value}), 8) for value in SETTINGS}
    assert repeated(found[0.0]) == 0
    assert spearman(SETTINGS, [repeated(found[value]) for value in SETTINGS]) >= 0.9
    assert repeated(found[1.0]) > 0.85


def test_a_repeated_bar_has_the_levels_and_the_roots_of_the_one_it_repeats() -> None:
    found = plans(6, 256, Parameters(repetition=0.8))
    for bar in range(8, 256):
        for lag_number, lag in enumerate((1, 2, 4, 8)):
            now, old = found[bar], found[bar - lag]
            for voice, row in enumerate(now.tune_form or ()):
                assert not row[lag_number] or now.voices[voice] == old.voices[voice]
            if (now.tune_form or ())[0][lag_number] and now.voices[0]:
                assert now.roots == old.roots
            assert not (now.drum_form or ())[0][lag_number] or now.drums[KICK] == old.drums[KICK]


def test_no_eight_bars_go_on_for_more_than_sixty_four() -> None:
    for seed, parameters in ((1, PURE), (2, FREE), (3, Parameters())):
        alike = longest = 0
        for plan in plans(seed, 2048, parameters):
            rows = (*(plan.tune_form or ()), *(plan.drum_form or ()))
            alike = alike + 1 if all(row[3] for row in rows) else 0
            longest = max(longest, alike)
        assert longest <= 56


def test_most_leads_of_drops_repeat_their_phrase_and_many_loop_four_bars() -> None:
    alike = {lag: [0, 0] for lag in (4, 8)}
    for seed in range(40):
        found = plans(seed, 192, PURE)
        for bar in range(8, 192):
            plan, lead = found[bar], (found[bar].tune_form or ())[2]
            begun = bar - next(
                b for b in range(bar, -1, -1) if b == 0 or found[b - 1].section != plan.section
            )
            for lag, column in ((4, 2), (8, 3)):
                if plan.section == "drop" and plan.voices[2] and begun >= lag:
                    alike[lag][0] += lead[column]
                    alike[lag][1] += 1
    shares = {lag: hits / count for lag, (hits, count) in alike.items()}
    assert 0.5 < shares[4] < 0.9
    assert 0.5 < shares[8] < 0.9
