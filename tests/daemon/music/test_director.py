"""The director: the seed decides a set, sets are danceable, and every plan is valid input for the networks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.set_form import EPOCH_BARS, SetForm
from daemon.parameters import Parameters, change
from models.arrangement import Arrangement
from models.codecs.percussion import DRUMS
from models.codecs.plan import DRUM_LEVELS, VOICE_LEVELS
from models.genres import NAMES, usual_beat
from tests.daemon.music.planning import KICK, PURE, learned, plans, set_form


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**63 - 1))
def test_a_set_is_decided_by_its_seed_whatever_was_asked_before(seed: int) -> None:
    backwards = Director(seed, learned())
    reverse = []
    for bar in range(31, -1, -1):
        backwards.plan(3 * bar, Parameters(energy=1.0, section="drop"))
        reverse.append(backwards.plan(bar, Parameters()))
    assert plans(seed, 32, Parameters()) == reverse[::-1]


def test_no_two_sets_are_alike() -> None:
    sets = [plans(seed, 128, PURE) for seed in range(8)]
    assert len({tuple(plan.harmony for plan in each) for each in sets}) == 8
    assert len({tuple(plan.drums for plan in each) for each in sets}) == 8
    assert len({tuple(plan.section for plan in each) for each in sets}) >= 7


def test_months_are_planned_as_fast_as_the_first_bar_and_kept_no_longer() -> None:
    edm = learned().style("edm")
    made = SetForm(1, edm)
    far = made.at(10_000_000)
    assert far.start_bar <= 10_000_000 < far.start_bar + far.bars
    assert SetForm(1, edm).at(far.start_bar) == far
    starts = {made.at(bar).start_bar for bar in range(EPOCH_BARS - 64, EPOCH_BARS + 64)}
    assert EPOCH_BARS in starts
    assert all(start % 4 == 0 for start in starts)
    director = Director(1, learned())
    for bar in range(1000):
        director.plan(bar, PURE)
    assert len(director._recent) <= 128


@settings(deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(0, 5000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.booleans(),
)
def test_every_plan_is_one_the_networks_know_and_none_is_empty(
    seed: int, bar: int, energy: float, density: float, mix: float, repetition: float, director: bool
) -> None:
    parameters = Parameters(
        energy=energy, density=density, classical_mix=mix, repetition=repetition, director=director
    )
    plan = Director(seed, learned()).plan(bar, parameters)
    assert all(0 <= level < VOICE_LEVELS for level in plan.voices)
    assert all(0 <= level < DRUM_LEVELS for level in plan.drums)
    assert any((*plan.voices, *plan.drums))
    assert 0 <= plan.energy <= 1
    assert all(0 <= mask < 1 << 12 for mask in plan.harmony)
    assert all(root == -1 or mask >> root & 1 for mask, root in zip(plan.harmony, plan.roots, strict=True))
    assert plan.tune_form is not None
    assert plan.drum_form is not None
    assert (len(plan.tune_form), len(plan.drum_form), len(plan.drums)) == (3, 4, 9)
    assert -6 <= plan.key < 6


def test_a_bundle_that_learned_nothing_still_plans_a_set_to_dance_to() -> None:
    director = Director(1, Arrangement({}))
    found = [director.plan(bar, PURE) for bar in range(128)]
    assert {plan.harmony for plan in found} == {(0, 0)}
    assert {plan.section for plan in found} >= {"intro", "drop"}
    drops = [plan for plan in found if plan.section == "drop"]
    assert all(plan.beat == usual_beat(NAMES[plan.genre]) for plan in drops)


def test_a_set_is_danced_to_and_breathes() -> None:
    by_name: dict[str, list[BarPlan]] = {}
    for seed in range(12):
        for plan in plans(seed, 256, PURE):
            by_name.setdefault(plan.section, []).append(plan)

    def share(name: str, holds: list[bool]) -> float:
        return sum(holds) / len(by_name[name])

    def drums(name: str) -> float:
        return sum(sum(plan.drums) for plan in by_name[name]) / len(by_name[name])

    assert share("drop", [plan.beat == usual_beat(NAMES[plan.genre]) for plan in by_name["drop"]]) > 0.85
    assert share("drop", [any(plan.voices[:2]) for plan in by_name["drop"]]) > 0.95
    assert share("break", [not plan.drums[KICK] for plan in by_name["break"]]) > 0.9
    assert drums("break") < drums("intro") < drums("build") < drums("drop")


def test_chord_loops_stay_for_a_section_and_return_after_it() -> None:
    loops: dict[int, list[tuple[str, tuple[tuple[int, int], ...]]]] = {}
    director = Director(4, learned())
    for section in set_form(4, 512):
        bars = range(section.start_bar, section.start_bar + section.bars)
        found = [director.plan(bar, PURE).harmony for bar in bars]
        assert all(found[number] == found[number - 8] for number in range(8, len(found)))
        loops.setdefault(section.track, []).append((section.name, tuple(found[:4])))
    for track in list(loops.values())[:-1]:
        assert len({chords for name, chords in track if name == "drop"}) == 1
    assert len({track[0][1] for track in loops.values()}) >= len(loops) - 1


def test_drums_announce_a_drop() -> None:
    found = plans(7, 2048, PURE)
    before = [
        (found[bar - 1], found[bar])
        for bar in range(1, 2048)
        if found[bar].section == "drop" != found[bar - 1].section and any(found[bar - 2].drums)
    ]
    changed = [last.drums != found[found.index(last) - 1].drums for last, _ in before]
    assert sum(changed) / len(changed) > 0.7
    assert any(not last.drums[KICK] for last, _ in before)
    assert any(last.drums[DRUMS.index("snare")] == 3 for last, _ in before)


def test_a_drop_has_bass_chords_a_backbeat_and_hats_unless_energy_is_low() -> None:
    names = ("snare", "clap"), ("closed_hat", "open_hat")
    drops = [plan for plan in plans(11, 1024, PURE) if plan.section == "drop" and plan.four_on_the_floor]
    assert drops
    for plan in drops:
        assert plan.voices[0]
        assert plan.voices[1]
        assert all(any(plan.drums[DRUMS.index(drum)] for drum in either) for either in names)
    low = [plan for plan in plans(11, 1024, change(PURE, {"energy": 0.1})) if plan.section == "drop"]
    assert any(not plan.voices[0] or not plan.voices[1] for plan in low)


def test_a_low_mix_leaves_the_drops_as_they_are() -> None:
    pure, low, high = (plans(3, 256, Parameters(classical_mix=mix)) for mix in (0.0, 0.3, 0.9))

    def music(found: list[BarPlan], *, drops: bool) -> list[object]:
        return [(p.harmony, p.voices, p.lengths, p.register) for p in found if (p.section == "drop") is drops]

    assert music(low, drops=True) == music(pure, drops=True) != music(high, drops=True)
    assert music(low, drops=False) != music(pure, drops=False)
