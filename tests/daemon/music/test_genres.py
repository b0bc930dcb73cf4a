"""Each genre has its own beat and phrases, and `simplicity` leans the plan to club music."""

from itertools import pairwise

import pytest

from daemon.music.arranging.barplan import TOGETHER, BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.set_form import EPOCH_BARS, genre_of
from daemon.parameters import Parameters, change
from models.arrangement import Arrangement
from models.codecs.percussion import DRUMS
from models.genres import FOUR, GENRES, NAMES, NONE, Genre, usual_beat
from tests.daemon.music.planning import FREE, PURE, learned, plans

CLUB = ("house", "trance")
OPEN, CLOSED = DRUMS.index("open_hat"), DRUMS.index("closed_hat")


def _drops(parameters: Parameters, seeds: int = 12) -> list[BarPlan]:
    return [plan for seed in range(seeds) for plan in plans(seed, 128, parameters) if plan.section == "drop"]


def _share(marks: list[bool]) -> float:
    return sum(marks) / len(marks)


@pytest.mark.parametrize("simplicity", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("genre", GENRES, ids=NAMES)
def test_drops_have_the_beat_of_the_genre(genre: Genre, simplicity: float) -> None:
    drops = _drops(change(PURE, {"genre": genre.name, "simplicity": simplicity}))
    assert {NAMES[plan.genre] for plan in drops} == {genre.name}
    assert _share([plan.beat in genre.beats for plan in drops]) >= 0.85
    assert _share([plan.beat == FOUR for plan in drops]) <= 0.15 or FOUR in genre.beats


@pytest.mark.parametrize("genre", GENRES, ids=NAMES)
def test_without_sections_the_beat_is_that_of_the_genre_too(genre: Genre) -> None:
    found = plans(1, 64, change(FREE, {"genre": genre.name}))
    assert _share([plan.beat in genre.beats for plan in found]) >= 0.85


@pytest.mark.parametrize("genre", GENRES, ids=NAMES)
def test_a_bundle_without_genres_has_their_beats_too(genre: Genre) -> None:
    director = Director(1, Arrangement({}))
    found = [director.plan(bar, change(PURE, {"genre": genre.name})) for bar in range(128)]
    assert _share([plan.beat in genre.beats for plan in found if plan.section == "drop"]) >= 0.85


def test_the_seed_draws_a_genre_for_each_track_and_most_have_four_on_the_floor() -> None:
    drawn = [genre_of(seed, track) for seed in range(40) for track in range(40)]
    assert set(drawn) == set(NAMES) - {"ambient"}
    assert _share([usual_beat(genre) == FOUR for genre in drawn]) == pytest.approx(0.75, abs=0.03)
    director = Director(3, learned())
    for bar in range(0, EPOCH_BARS, 64):
        section = director.section_at(bar, PURE)
        assert section.genre == genre_of(3, section.track)
        assert NAMES[director.plan(bar, PURE).genre] == section.genre


def test_a_genre_set_by_hand_changes_no_section_and_no_key() -> None:
    auto, dubstep = plans(4, 256, PURE), plans(4, 256, change(PURE, {"genre": "dubstep"}))
    assert [(plan.section, plan.key) for plan in auto] == [(plan.section, plan.key) for plan in dubstep]


@pytest.mark.parametrize("genre", ["house", "deep house", "trance"])
def test_some_drops_of_house_have_hats_on_the_off_beats_alone(genre: str) -> None:
    drops = _drops(change(PURE, {"genre": genre}))
    assert 0.1 < _share([not plan.drums[CLOSED] and plan.drums[OPEN] == 2 for plan in drops]) < 0.6


def test_ambient_music_has_no_backbeat() -> None:
    found = plans(2, 512, change(PURE, {"genre": "ambient"}))
    assert not any(plan.drums[1] or plan.drums[2] for plan in found)
    assert max(plan.drums[0] for plan in found) == 1
    assert {plan.beat for plan in found if plan.section == "break"} == {NONE}


@pytest.mark.parametrize("genre", CLUB)
def test_simplicity_joins_bass_and_chords(genre: str) -> None:
    shares = []
    for simplicity in (0.0, 0.5, 1.0):
        drops = _drops(change(PURE, {"genre": genre, "simplicity": simplicity}), 24)
        shares.append(_share([plan.strike == TOGETHER for plan in drops]))
        assert all(plan.voices[0] == plan.voices[1] for plan in drops if plan.strike == TOGETHER)
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] >= 0.6


def test_where_a_voice_is_silent_the_plan_does_not_say_how_they_strike() -> None:
    for plan in plans(5, 512, PURE):
        assert not plan.strike or all(plan.voices[:2])
        assert 0 <= plan.strike <= TOGETHER


def test_simplicity_brings_shorter_loops() -> None:
    def repeated(simplicity: float) -> float:
        rows = [
            row
            for seed in range(6)
            for plan in plans(seed, 128, change(PURE, {"simplicity": simplicity}))
            for row in plan.tune_form or ()
        ]
        return _share([any(row[:3]) for row in rows])

    values = [repeated(value) for value in (0.5, 0.75, 1.0)]
    assert all(low < high for low, high in pairwise(values))
