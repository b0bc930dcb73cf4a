"""`genre_mix` blends two genres: by sections in the plan, by weights in the networks' condition."""

from itertools import pairwise

import numpy as np
import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.set_form import genre_of
from daemon.music.systems.edm.conditioning import beat_rows, tune_rows
from daemon.parameters import Parameters, Value, change
from models.codecs.condition import COLUMNS
from models.genres import FOUR, HALF, NAMES
from tests.daemon.music.planning import FREE, PURE, learned, plans

SETTINGS = [step / 8 for step in range(9)]
BARS = 192


def blend(mix: float, base: Parameters = PURE, **values: Value) -> Parameters:
    return change(base, {"genre": "house", "genre_to": "dubstep", "genre_mix": mix, **values})


def unweighed(found: list[BarPlan]) -> list[BarPlan]:
    return [plan._replace(genres=()) for plan in found]


def genres(seed: int, parameters: Parameters, bars: int = BARS) -> list[str]:
    director = Director(seed, learned())
    return [director.section_at(bar, parameters).genre for bar in range(bars)]


@pytest.mark.parametrize("base", [PURE, FREE], ids=["sections", "free"])
def test_at_its_ends_the_blend_is_one_genre(base: Parameters) -> None:
    house, dubstep = (plans(3, BARS, change(base, {"genre": genre})) for genre in ("house", "dubstep"))
    assert plans(3, BARS, blend(0.0, base)) == house
    assert plans(3, BARS, blend(0.7, base, genre_to="auto")) == house
    assert plans(3, BARS, blend(0.7, base, genre_to="house")) == house
    assert unweighed(plans(3, BARS, blend(1.0, base))) == dubstep
    assert house != dubstep


def test_the_mix_is_the_share_of_sections_of_the_second_genre() -> None:
    for mix in (0.25, 0.5, 0.75):
        found = [genre for seed in range(40) for genre in genres(seed, blend(mix))]
        assert set(found) == {"house", "dubstep"}
        assert found.count("dubstep") / len(found) == pytest.approx(mix, abs=0.1)


def test_each_section_has_the_beat_of_one_genre() -> None:
    found = [plan for seed in range(8) for plan in plans(seed, BARS, blend(0.5)) if plan.section == "drop"]
    for genre, beat in (("house", FOUR), ("dubstep", HALF)):
        beats = [plan.beat == beat for plan in found if NAMES[plan.genre] == genre]
        assert sum(beats) / len(beats) > 0.85


def test_as_the_mix_rises_each_section_changes_its_genre_once_and_a_track_its_chords_once() -> None:
    director, changed = Director(5, learned()), 0
    for bar in range(0, 512, 8):
        rising = [blend(mix) for mix in SETTINGS]
        drawn = [director.section_at(bar, each).genre for each in rising]
        assert drawn == sorted(drawn, key=("house", "dubstep").index)
        assert (drawn[0], drawn[-1]) == ("house", "dubstep")
        chords = [director.foresee(bar, change(each, {"chord_loop": "hold"})).roots for each in rising]
        assert sum(one != other for one, other in pairwise(chords)) <= 1
        changed += len(set(chords)) > 1
    assert changed


def test_later_drops_of_a_track_have_the_genre_of_the_first() -> None:
    director, later = Director(2, learned()), 0
    for bar in range(1024):
        section = director.section_at(bar, blend(0.5))
        if section.again:
            later += 1
            assert section.genre == director.section_at(section.origin, blend(0.5)).genre
    assert later


def test_a_track_keeps_its_main_loop_in_sections_of_both_genres() -> None:
    director, loops, found = Director(7, learned()), dict[int, set[object]](), dict[int, set[str]]()
    parameters = blend(0.5, chord_loop="hold")
    for bar in range(0, 1024, 8):
        section, plan = director.section_at(bar, parameters), director.foresee(bar, parameters)
        loops.setdefault(section.track, set()).add((plan.harmony, plan.roots))
        found.setdefault(section.track, set()).add(section.genre)
    assert any(len(genres) == 2 for genres in found.values())
    assert all(len(loop) == 1 for loop in loops.values())


def test_with_genre_auto_each_track_blends_its_own_genre() -> None:
    director = Director(3, learned())
    found = set()
    for bar in range(0, 4096, 8):
        section = director.section_at(bar, blend(0.5, genre="auto", genre_to="ambient"))
        assert section.genre in (genre_of(3, section.track), "ambient")
        found.add(section.genre)
    assert len(found) > 4


def test_the_networks_get_the_weights_of_both_genres() -> None:
    plan, alone = plans(1, 1, blend(0.3))[0], plans(1, 1, blend(0.0))[0]
    wanted = {"house": 0.7, "dubstep": 0.3}
    for rows_of, part in ((tune_rows, "melody"), (beat_rows, "percussion")):
        columns = COLUMNS[part]["genre"]
        expected = np.array([wanted.get(name, 0.0) for name in NAMES], np.float32)
        assert (rows_of(plan, 0)[:, columns] == expected).all()
        assert rows_of(alone, 0)[0, columns].tolist() == [float(name == "house") for name in NAMES]
