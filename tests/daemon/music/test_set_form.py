"""Compare a set's sections, keys and chord loops with the songs from which they are drawn."""

from collections import Counter
from itertools import pairwise

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.set_form import EPOCH_BARS, Section
from daemon.parameters import Parameters, change
from models.arrangement import NOTHING, Arrangement, Loop
from models.chords import mask_of
from tests.daemon.music.planning import PURE, learned, plans, set_form


def test_sections_are_whole_phrases_but_for_builds_hurried_into_a_drop() -> None:
    for section in set_form(3, 2048):
        if section.start_bar % 8:
            assert (section.name, section.bars, section.follows) == ("build", 4, "drop")
        if section.name == "break":
            assert section.bars <= 16
        assert section.bars <= 32


def test_every_track_opens_with_an_intro_has_two_drops_and_ends_with_an_outro() -> None:
    tracks: dict[int, list[Section]] = {}
    for section in set_form(5, EPOCH_BARS):
        tracks.setdefault(section.track, []).append(section)
    for track in list(tracks.values())[:-1]:
        names = [section.name for section in track]
        assert (names[0], names[-1]) == ("intro", "outro")
        assert names.count("drop") >= 2
        assert 64 <= sum(section.bars for section in track) <= 200


def test_what_follows_and_how_long_it_lasts_are_those_of_the_songs() -> None:
    edm = learned().style("edm")
    found = [section for seed in range(4) for section in set_form(seed, EPOCH_BARS)]
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


def test_intricate_drops_have_the_leads_of_songs_and_fuller_basses_and_chords() -> None:
    phrases = [p for p in learned().house.phrases if p.section == "drop" and p.four_on_the_floor]
    intricate = change(PURE, {"simplicity": 0.0, "genre": "house"})
    found = [plan for seed in range(6) for plan in plans(seed, 2048, intricate) if plan.section == "drop"]
    more = [
        sum(plan.voices[voice] for plan in found) / len(found)
        - sum(sum(phrase.voices[voice]) for phrase in phrases) / (8 * len(phrases))
        for voice in range(3)
    ]
    assert 0 < more[0] < 1.2
    assert 0 < more[1] < 1.2
    assert abs(more[2]) < 0.5


def test_keys_change_rarely_at_the_start_of_a_section_to_near_ones_and_return() -> None:
    sections = set_form(1, EPOCH_BARS)
    steps = [(b.key - a.key + 6) % 12 - 6 for a, b in pairwise(sections)]
    changes = [step for step in steps if step]
    assert 0.03 < len(changes) / len(steps) < 0.2
    assert {section.key for section in sections} != {0}
    assert sum(section.key == 0 for section in sections) / len(sections) > 0.2
    assert all(-6 <= section.key < 6 for section in sections)


# Chords that no common loop has in its first bar.
A_MAJOR, D_MAJOR = mask_of(9, ""), mask_of(2, "")


def test_loops_of_two_styles_mix_by_section() -> None:
    one, other = Loop((A_MAJOR,) * 8, (9,) * 8), Loop((D_MAJOR,) * 8, (2,) * 8)
    styles = {"edm": NOTHING._replace(loops=(one,)), "classical": NOTHING._replace(loops=(other,))}
    director = Director(1, Arrangement(styles))

    def classical(mix: float) -> float:
        found = [director.plan(bar, Parameters(classical_mix=mix)).harmony for bar in range(0, 2048, 8)]
        return sum(harmony == (D_MAJOR, D_MAJOR) for harmony in found) / len(found)

    assert (classical(0.0), classical(1.0)) == (0, 1)
    assert 0.2 < classical(0.5) < 0.5, "half of the calm sections, fewer of the dance sections"
    assert classical(0.2) < 0.15


def test_a_track_with_four_on_the_floor_goes_round_a_loop_of_such_songs() -> None:
    one, other = Loop((A_MAJOR,) * 8, (9,) * 8), Loop((D_MAJOR,) * 8, (2,) * 8)
    styles = {"edm": NOTHING._replace(loops=(one,)), "house": NOTHING._replace(loops=(other,))}
    director = Director(1, Arrangement(styles))
    found = {
        (director.section_at(bar, PURE).house, director.plan(bar, PURE).harmony[0])
        for bar in range(0, EPOCH_BARS, 8)
    }
    of_songs = {(house, mask) for house, mask in found if mask in (A_MAJOR, D_MAJOR)}
    assert of_songs == {(True, D_MAJOR), (False, A_MAJOR)}
    only_edm = Director(1, Arrangement({"edm": styles["edm"]}))
    assert {only_edm.plan(bar, PURE).harmony[0] for bar in range(0, EPOCH_BARS, 8)} >= {A_MAJOR}


def test_in_house_a_bass_repeats_the_bar_before_over_the_same_roots_and_drums_stay() -> None:
    repeats: dict[str, list[bool]] = {"bass": [], "hats": []}
    for seed in range(60):
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
