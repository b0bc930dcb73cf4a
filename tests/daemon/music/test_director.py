import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.music.barplan import FOUR_ON_THE_FLOOR, BarPlan
from daemon.music.director import EPOCH_BARS, MOST, Director
from daemon.parameters import Parameters, change

LOOPS: dict[str, list[tuple[int, ...]]] = {
    "edm": [(0b10010001, 0b100010010001) * 4, (0b1000010001,) * 8, tuple(range(1, 9))],
    "classical": [(0b100010010000,) * 8],
}
FREE = Parameters(director=False, classical_mix=0.0)


def plans(seed: int, bars: int, parameters: Parameters) -> list[BarPlan]:
    director = Director(seed, LOOPS)
    return [director.plan(bar, parameters) for bar in range(bars)]


@given(st.integers(0, 2**63 - 1))
def test_a_set_is_decided_by_its_seed_whatever_was_asked_before(seed: int) -> None:
    backwards = Director(seed, LOOPS)
    reverse = [backwards.plan(bar, Parameters()) for bar in range(199, -1, -1)]
    assert plans(seed, 200, Parameters()) == reverse[::-1]


def test_seeds_differ() -> None:
    assert len({tuple(plan.section for plan in plans(seed, 256, Parameters())) for seed in range(8)}) > 4


def test_sections_come_in_the_order_of_a_set_in_whole_phrases() -> None:
    names = [plan.section for plan in plans(3, 400, Parameters())]
    starts = [bar for bar in range(400) if bar == 0 or names[bar] != names[bar - 1]]
    assert [names[bar] for bar in starts[:6]] == ["intro", "build", "drop", "break", "build", "drop"]
    assert all(bar % 8 == 0 for bar in starts)


def test_drops_are_fuller_than_breaks() -> None:
    by_name: dict[str, list[BarPlan]] = {}
    for plan in plans(1, 256, Parameters()):
        by_name.setdefault(plan.section, []).append(plan)

    def hits(name: str) -> float:
        return sum(sum(plan.drums) for plan in by_name[name]) / len(by_name[name])

    assert hits("break") < hits("intro") < hits("drop")
    assert all(plan.drums[0] == FOUR_ON_THE_FLOOR for plan in by_name["drop"])
    assert all(plan.voices[0] > 0 for plan in by_name["drop"])


def test_the_harmony_loops_in_four_bars_and_returns() -> None:
    drop = [plan.harmony for plan in plans(1, 32, Parameters(classical_mix=0.0))[16:]]
    assert drop[:4] == drop[4:8] == drop[8:12]


@pytest.mark.parametrize("name", ["energy", "density"])
def test_without_sections_more_is_asked_for_as_the_parameter_rises(name: str) -> None:
    def total(value: float) -> float:
        asked = plans(5, 64, change(FREE, {name: value}))
        return sum(sum(plan.drums) if name == "energy" else sum(plan.voices[1:]) for plan in asked)

    totals = [total(step / 10) for step in range(11)]
    assert totals == sorted(totals)
    assert totals[-1] > totals[0]


def test_half_way_leaves_the_plan_and_the_ends_lean_it() -> None:
    for bar in range(128):
        low, middle, high = (
            Director(2, LOOPS).plan(bar, Parameters(energy=energy, density=energy))
            for energy in (0.0, 0.5, 1.0)
        )
        assert low.energy <= middle.energy <= high.energy
        assert all(a <= b <= c for a, b, c in zip(low.voices, middle.voices, high.voices, strict=True))


def test_pure_classical_has_no_drums() -> None:
    assert all(not any(plan.drums) for plan in plans(4, 128, Parameters(classical_mix=1.0)))


@given(
    st.integers(0, 2**32),
    st.integers(0, 5000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.booleans(),
)
def test_every_plan_is_one_the_networks_know(
    seed: int, bar: int, energy: float, density: float, mix: float, director: bool
) -> None:
    parameters = Parameters(energy=energy, density=density, classical_mix=mix, director=director)
    plan = Director(seed, LOOPS).plan(bar, parameters)
    assert all(0 <= level <= 5 for level in plan.voices)
    assert all(0 <= level <= MOST for level in plan.drums)
    assert len(plan.drums) == 9
    assert all(0 <= mask < 1 << 12 for mask in plan.harmony)


def test_a_bundle_without_loops_still_plans() -> None:
    assert Director(1, {}).plan(0, Parameters()).harmony == (0, 0)


def test_months_are_planned_as_fast_as_the_first_bar_and_kept_no_longer() -> None:
    director = Director(1, LOOPS)
    far = director.section_at(10_000_000)
    assert far.start_bar <= 10_000_000 < far.start_bar + far.bars
    assert Director(1, LOOPS).section_at(far.start_bar) == far
    starts = {director.section_at(bar).start_bar for bar in range(EPOCH_BARS - 64, EPOCH_BARS + 64)}
    assert EPOCH_BARS in starts
    assert all(start % 8 == 0 for start in starts)
