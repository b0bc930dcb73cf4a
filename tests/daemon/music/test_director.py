"""The director: sets are decided by their seed, danced to, alike in statistics to the songs, and obey the hand."""

from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.music.arranging.course import EPOCH_BARS, Course, Section
from daemon.music.barplan import BarPlan
from daemon.music.director import Director
from daemon.parameters import Parameters, change
from models import bundle
from models.arrangement import NOTHING, Arrangement, Loop
from models.chords import PROGRESSIONS
from models.codecs.percussion import DRUMS
from models.codecs.plan import DRUM_LEVELS, VOICE_LEVELS
from models.notes import SECTIONS
from training.evaluation.statistics import spearman

PURE = Parameters(classical_mix=0.0)
FREE = Parameters(director=False, classical_mix=0.0)
KICK = DRUMS.index("kick")
# About how many hits a bar each level of a drum is.
HITS = (0, 2, 5, 11)
SETTINGS = [step / 10 for step in range(11)]


@cache
def learned() -> Arrangement:
    return bundle.load("edm").arrangement


def plans(seed: int, bars: int, parameters: Parameters, first: int = 0) -> list[BarPlan]:
    director = Director(seed, learned())
    return [director.plan(bar, parameters) for bar in range(first, first + bars)]


def course(seed: int, bars: int) -> list[Section]:
    made = Course(seed, learned().style("edm"))
    return list(dict.fromkeys(made.at(bar) for bar in range(bars)))


def rises(values: list[float], slack: float = 0.0) -> bool:
    """Whether values go up, none falling below one before it by more than a share of the range."""
    allowed = slack * (max(values) - min(values))
    return values[-1] > values[0] and all(b >= a - allowed for a, b in pairwise(values))


# --- one set, decided by its seed ---


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
    made = Course(1, edm)
    far = made.at(10_000_000)
    assert far.start_bar <= 10_000_000 < far.start_bar + far.bars
    assert Course(1, edm).at(far.start_bar) == far
    starts = {made.at(bar).start_bar for bar in range(EPOCH_BARS - 64, EPOCH_BARS + 64)}
    assert EPOCH_BARS in starts
    assert all(start % 4 == 0 for start in starts)
    director = Director(1, learned())
    for bar in range(1000):
        director.plan(bar, PURE)
    assert len(director._kept) <= 128


# --- the course, against the songs ---


def test_sections_are_whole_phrases_but_for_builds_hurried_into_a_drop() -> None:
    for section in course(3, 2048):
        if section.start_bar % 8:
            assert (section.name, section.bars, section.follows) == ("build", 4, "drop")
        if section.name == "break":
            assert section.bars <= 16
        assert section.bars <= 32


def test_every_track_opens_with_an_intro_has_two_drops_and_ends_with_an_outro() -> None:
    tracks: dict[int, list[Section]] = {}
    for section in course(5, EPOCH_BARS):
        tracks.setdefault(section.track, []).append(section)
    for track in list(tracks.values())[:-1]:
        names = [section.name for section in track]
        assert (names[0], names[-1]) == ("intro", "outro")
        assert names.count("drop") >= 2
        assert 64 <= sum(section.bars for section in track) <= 200


def test_what_follows_and_how_long_it_lasts_are_those_of_the_songs() -> None:
    edm = learned().style("edm")
    found = [section for seed in range(4) for section in course(seed, EPOCH_BARS)]
    after_drop = Counter(section.follows for section in found if section.name == "drop")
    songs = edm.transitions["drop"]
    share = songs["break"] / (songs["break"] + songs["groove"])
    assert after_drop["break"] / (after_drop["break"] + after_drop["groove"]) == pytest.approx(
        share, abs=0.06
    )
    drops = [section.bars for section in found if section.name == "drop" and section.start_bar % EPOCH_BARS]
    bounded = {units: min(max(-(-units // 2) * 8, 16), 32) for units in edm.lengths["drop"]}
    mean = sum(bounded[units] * n for units, n in edm.lengths["drop"].items())
    assert sum(drops) / len(drops) == pytest.approx(mean / sum(edm.lengths["drop"].values()), rel=0.06)


def test_drops_have_the_leads_of_songs_and_fuller_basses_and_chords() -> None:
    phrases = [p for p in learned().house.phrases if p.section == "drop" and p.four_on_the_floor]
    found = [plan for plan in plans(2, EPOCH_BARS, PURE) if plan.section == "drop"]
    more = [
        sum(plan.voices[voice] for plan in found) / len(found)
        - sum(sum(phrase.voices[voice]) for phrase in phrases) / (8 * len(phrases))
        for voice in range(3)
    ]
    assert 0 < more[0] < 1.2
    assert 0 < more[1] < 1.2
    assert abs(more[2]) < 0.5


def test_keys_change_rarely_at_the_start_of_a_section_to_near_ones_and_return() -> None:
    sections = course(1, EPOCH_BARS)
    steps = [(b.key - a.key + 6) % 12 - 6 for a, b in pairwise(sections)]
    changes = [step for step in steps if step]
    assert 0.03 < len(changes) / len(steps) < 0.2
    assert {section.key for section in sections} != {0}
    assert sum(section.key == 0 for section in sections) / len(sections) > 0.2
    assert all(-6 <= section.key < 6 for section in sections)


# --- a bar ---


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
    assert all(plan.four_on_the_floor for plan in found if plan.section == "drop")


def test_a_set_is_danced_to_and_breathes() -> None:
    by_name: dict[str, list[BarPlan]] = {}
    for seed in range(12):
        for plan in plans(seed, 256, PURE):
            by_name.setdefault(plan.section, []).append(plan)

    def share(name: str, holds: list[bool]) -> float:
        return sum(holds) / len(by_name[name])

    def drums(name: str) -> float:
        return sum(sum(plan.drums) for plan in by_name[name]) / len(by_name[name])

    assert share("drop", [plan.four_on_the_floor for plan in by_name["drop"]]) > 0.85
    assert share("drop", [any(plan.voices[:2]) for plan in by_name["drop"]]) > 0.95
    assert share("break", [not plan.drums[KICK] for plan in by_name["break"]]) > 0.9
    assert drums("break") < drums("intro") < drums("build") < drums("drop")


def test_chord_loops_stay_for_a_section_and_return_after_it() -> None:
    loops: dict[int, list[tuple[str, set[tuple[int, int]]]]] = {}
    director = Director(4, learned())
    for section in course(4, 512):
        bars = range(section.start_bar, section.start_bar + section.bars)
        found = [director.plan(bar, PURE).harmony for bar in bars]
        assert all(found[number] == found[number - 4] for number in range(4, len(found)))
        loops.setdefault(section.track, []).append((section.name, set(found)))
    for track in list(loops.values())[:-1]:
        assert len({frozenset(chords) for name, chords in track if name == "drop"}) == 1
    assert len({frozenset(track[0][1]) for track in loops.values()}) >= len(loops) - 1


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


# --- forms ---


def repeated(found: list[BarPlan]) -> float:
    """Share of parts and bars that repeat one of the bars looked back at."""
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


# --- energy, density, mix ---


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
        assert found[0].harmony == found[4].harmony == found[36].harmony
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


# --- by hand ---


def test_a_section_by_hand_holds_until_it_is_given_back() -> None:
    for name in SECTIONS:
        held = plans(1, 96, change(PURE, {"section": name}))
        assert {plan.section for plan in held} == {name}
    planned = Director(1, learned())
    for bar in range(64):
        planned.plan(bar, change(PURE, {"section": "drop"}))
    assert planned.plan(64, PURE) == Director(1, learned()).plan(64, PURE)


def test_levels_by_hand_go_before_what_is_planned() -> None:
    for value, level in (("off", 0), ("1", 1), ("3", 3)):
        for index, name in enumerate(("bass", "chords", "lead")):
            found = plans(1, 64, change(PURE, {f"{name}.level": value}))
            assert {plan.voices[index] for plan in found} == {level}
        for part, drums in (("kick", ("kick",)), ("hats", ("closed_hat", "open_hat"))):
            for plan in plans(1, 64, change(PURE, {f"{part}.level": value})):
                assert max(plan.drums[DRUMS.index(drum)] for drum in drums) == level
    everything_off = {f"{part}.level": "off" for part in ("kick", "backbeat", "hats", "colour")}
    assert not any(any(plan.drums) for plan in plans(1, 64, change(PURE, everything_off)))


def test_a_key_by_hand_and_a_scale_lock_above_it() -> None:
    assert {plan.key for plan in plans(1, 400, change(PURE, {"key": "F# minor"}))} == {-3}
    locked = change(PURE, {"key": "F# minor", "scale": "C minor"})
    assert {plan.key for plan in plans(1, 64, locked)} == {0}


def test_chords_by_hand() -> None:
    named = plans(1, 64, change(PURE, {"chord_loop": "i-VI-III-VII"}))
    halves = [half for plan in named for half in zip(plan.harmony, plan.roots, strict=True)]
    assert halves == list(PROGRESSIONS["i-VI-III-VII"]) * 16
    held = course(1, 200)
    track = [plan.harmony for plan in plans(1, 400, change(PURE, {"chord_loop": "hold"}))]
    first = [section for section in held if section.track == held[0].track]
    bars = range(first[0].start_bar, first[-1].start_bar + first[-1].bars)
    assert len({track[bar] for bar in bars}) <= 4
    assert plans(1, 8, change(PURE, {"chord_loop": "next"}))[0].harmony != track[0]


def test_loops_of_two_styles_mix_by_section() -> None:
    one, other = (Loop((mask,) * 8, (-1,) * 8) for mask in (0b1, 0b10))
    styles = {"edm": NOTHING._replace(loops=(one,)), "classical": NOTHING._replace(loops=(other,))}
    director = Director(1, Arrangement(styles))

    def classical(mix: float) -> float:
        found = [director.plan(bar, Parameters(classical_mix=mix)).harmony for bar in range(0, 2048, 8)]
        return sum(harmony == (0b10, 0b10) for harmony in found) / len(found)

    assert (classical(0.0), classical(1.0)) == (0, 1)
    assert 0.2 < classical(0.5) < 0.5, "half of the sections in which one rests, fewer of those one dances to"
    assert classical(0.2) < 0.15


def test_a_track_with_four_on_the_floor_goes_round_a_loop_of_such_songs() -> None:
    one, other = (Loop((mask,) * 8, (-1,) * 8) for mask in (0b1, 0b10))
    styles = {"edm": NOTHING._replace(loops=(one,)), "house": NOTHING._replace(loops=(other,))}
    director = Director(1, Arrangement(styles))
    found = {
        (director.section_at(bar, PURE).house, director.plan(bar, PURE).harmony[0])
        for bar in range(0, EPOCH_BARS, 8)
    }
    assert found == {(True, 0b10), (False, 0b1)}
    assert Director(1, Arrangement({"edm": styles["edm"]})).plan(0, PURE).harmony[0] == 0b1


def test_in_house_a_bass_repeats_the_bar_before_over_the_same_roots_and_drums_stay() -> None:
    repeats: dict[str, list[bool]] = {"bass": [], "hats": []}
    for seed in range(6):
        before: BarPlan | None = None
        for plan in plans(seed, 256, PURE):
            if before and plan.section == before.section == "drop" and plan.four_on_the_floor:
                assert plan.tune_form is not None
                assert plan.drum_form is not None
                if before.roots == plan.roots and before.voices[0] == plan.voices[0]:
                    repeats["bass"].append(plan.tune_form[0][0])
                repeats["hats"].append(plan.drum_form[2][0])
            before = plan
    assert sum(repeats["bass"]) / len(repeats["bass"]) > 0.75
    assert sum(repeats["hats"]) / len(repeats["hats"]) > 0.7
