"""Compare the plans announced while music plays with the bars that are then composed."""

import random
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest

from daemon.automation import Automation
from daemon.composer.events import Events
from daemon.music.composition import Composition, Ticked
from daemon.music.engine import Engine
from daemon.parameters import SPECS, Parameters, change
from models import bundle as bundles
from models.notes import BARS_PER_PHRASE, TICKS_PER_BAR
from tests.daemon.music.planning import learned, set_form
from tests.daemon.playback import CPU
from tests.training import tiny

Making = Callable[..., Composition]
Told = dict[str, Any]
OPEN_BARS = 40
OF_THE_NEXT_BAR = ("bar", "section", "key", "chords", "levels", "energy")


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Two engines, with small networks and the shipped bundle's arrangement, that tests use alternately."""
    small = bundles.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny")))
    small.__dict__["arrangement"] = learned()
    return cycle((Engine(small, CPU, 1), Engine(small, CPU, 1)))


@pytest.fixture
def composition(engines: Iterator[Engine]) -> Making:
    def make(seed: int = 1, last_tick: int | None = None, **parameters: Any) -> Composition:
        engine = next(engines)
        engine.begin(seed, 0)
        return Composition(engine, Automation(change(Parameters(), parameters)), last_tick)

    return make


def play(playing: Composition, bars: float) -> Told:
    """Compose `bars` bars and return the announced plan after them."""
    for tick in range(playing.next_tick, playing.next_tick + round(bars * TICKS_PER_BAR)):
        playing.want(tick)
    assert playing.plan is not None
    return playing.plan


def ask(playing: Composition, at: Any = "now", over: float = 0.0, **params: Any) -> Told:
    """Request parameter changes and return the announced plan right after."""
    named = {name.replace("_level", ".level"): value for name, value in params.items()}
    playing.automation.schedule(named, at, over, next_tick=playing.next_tick)
    assert playing.plan is not None
    return playing.plan


def actual_bars(playing: Composition, bars: int) -> list[Told]:
    """Compose whole bars and return each bar's plan as announced while it sounds."""
    left = -playing.next_tick % TICKS_PER_BAR
    play(playing, left / TICKS_PER_BAR)
    return [play(playing, 1) for _ in range(bars)]


def assert_comes(told: Told, coming: list[Told]) -> None:
    """Check what a bar's plan announced about later bars against the plans of those bars."""
    sections = [plan["section"] for plan in coming]
    assert coming[0]["bar"] == told["bar"] + 1
    stays = told["bars_left"] if told["next_section"] else len(sections)
    assert sections[:stays] == [told["section"]] * min(stays, len(sections)), told
    if told["next_section"]:
        assert sections[stays : stays + 1] in ([], [told["next_section"]]), told
    if told["next"] is not None:
        assert {key: told["next"][key] for key in OF_THE_NEXT_BAR} == {
            key: coming[0][key] for key in OF_THE_NEXT_BAR
        }


def test_untouched_what_is_told_is_the_course(composition: Making) -> None:
    playing = composition(seed=4)
    first, second = set_form(4, 64)[:2]
    told = play(playing, 1)
    assert (told["section"], told["bars_left"], told["next_section"]) == (
        first.name,
        first.bars - 1,
        second.name,
    )
    assert_comes(told, actual_bars(playing, first.bars + 2))


def test_a_section_by_hand_is_announced_at_once_and_without_an_end(composition: Making) -> None:
    playing = composition()
    play(playing, 2.3)
    told = ask(playing, section="drop")
    assert (told["bar"], told["section"], told["bars_left"], told["next_section"]) == (2, "intro", 0, "drop")
    assert (told["next"]["section"], told["next"]["bars_left"], told["next"]["next_section"]) == (
        "drop",
        0,
        "",
    )
    assert_comes(told, actual_bars(playing, OPEN_BARS))


def test_a_section_that_is_held_while_it_is_planned_ends_in_nothing(composition: Making) -> None:
    """The set's next section does not come while the present one is held by hand."""
    playing = composition()
    assert play(playing, 2)["next_section"] != ""
    told = ask(playing, section="intro")
    assert (told["section"], told["bars_left"], told["next_section"]) == ("intro", 0, "")
    assert_comes(told, actual_bars(playing, OPEN_BARS))


def test_a_section_given_back_announces_the_course_again(composition: Making) -> None:
    playing = composition(section="break")
    play(playing, 3.5)
    told = ask(playing, section="auto")
    assert (told["bars_left"], told["next_section"], told["next"]["section"]) == (0, "intro", "intro")
    assert told["next"]["next_section"] == set_form(1, 64)[1].name
    assert_comes(told, actual_bars(playing, 24))


def test_a_section_asked_for_at_a_phrase_is_announced_for_the_phrase(composition: Making) -> None:
    playing = composition()
    play(playing, 2.5)
    told = ask(playing, "phrase", section="break")
    assert (told["bars_left"], told["next_section"]) == (BARS_PER_PHRASE - 3, "break")
    assert_comes(told, actual_bars(playing, OPEN_BARS))


def test_without_a_director_nothing_is_announced(composition: Making) -> None:
    playing = composition()
    play(playing, 2)
    told = ask(playing, director=False)
    assert (told["bars_left"], told["next_section"]) == (0, "free")
    assert told["next"]["next_section"] == ""
    assert_comes(told, actual_bars(playing, OPEN_BARS))


@pytest.mark.parametrize(
    ("params", "part", "value"),
    [
        ({"key": "C minor"}, "key", "C minor / Eb major"),
        ({"chord_loop": "i-VI-III-VII", "key": "A minor"}, "chords", ["F", "F"]),
        ({"scale": "C minor"}, "key", "A minor / C major"),
    ],
)
def test_key_and_chords_are_announced_at_once(
    params: Told, part: str, value: object, composition: Making
) -> None:
    playing = composition()
    before = play(playing, 4.5)
    told = ask(playing, **params)
    assert told[part] == before[part], "the sounding bar does not change"
    assert told["next"][part] == value
    assert_comes(told, actual_bars(playing, 2))


def test_levels_are_announced_at_once(composition: Making) -> None:
    playing = composition()
    play(playing, 4.5)
    told = ask(playing, bass_level="5", kick_level="3", lead_level="off")
    levels = told["next"]["levels"]
    assert (levels["bass"], levels["kick"], levels["lead"]) == (5, 3, 0)
    assert_comes(told, actual_bars(playing, 2))


@pytest.mark.parametrize("at", ["now", "beat", "bar", "phrase"])
def test_another_seed_is_announced_at_once(at: Any, composition: Making) -> None:
    for seed in range(2, 5):
        playing = composition()
        play(playing, 3.3)
        playing.reseed(seed, at)
        told = playing.plan
        assert told is not None
        assert_comes(told, actual_bars(playing, 48))


def test_another_model_is_announced_at_once(composition: Making, engines: Iterator[Engine]) -> None:
    playing = composition(seed=5)
    play(playing, 3.3)
    playing.swap(next(engines))
    told = playing.plan
    assert told is not None
    assert_comes(told, actual_bars(playing, 24))


def test_the_last_bar_is_followed_by_nothing(composition: Making) -> None:
    playing = composition(last_tick=6 * TICKS_PER_BAR)
    told = play(playing, 3)
    assert (told["bars_left"], told["next_section"]) == (3, "")
    told = play(playing, 3)
    assert (told["bars_left"], told["next_section"], told["next"]) == (0, "", None)


def test_a_glide_is_announced_as_far_as_it_has_come(composition: Making) -> None:
    playing = composition(director=False, energy=0.2)
    play(playing, 4.5)
    assert_comes(ask(playing, over=16.0, energy=1.0), actual_bars(playing, 2))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_asked_for_what_is_told_comes(seed: int, composition: Making) -> None:
    """Make changes of all kinds, some of them delayed; after the last one every announcement is correct."""
    chance = random.Random(seed)
    playing = composition(seed=seed)
    play(playing, chance.choice((0.5, 1, 7.25, 15)))
    for _ in range(chance.randrange(1, 6)):
        at: Any = chance.choice(("now", "beat", "bar", "phrase"))
        if chance.random() < 0.25:
            playing.reseed(chance.randrange(100), at)
        name = chance.choice(("section", "section", "director", "key", "chord_loop", "energy", "bass.level"))
        spec = SPECS[name]
        value: Any = chance.choice(spec.choices or ([True, False] if spec.kind == "bool" else [0.1, 0.9]))
        playing.automation.schedule({name: value}, at, next_tick=playing.next_tick)
        play(playing, chance.choice((0, 0.1, 0.5, 1, 2.25)))
    told = playing.plan
    assert told is not None
    announced = [told]
    for _ in range(OPEN_BARS):
        announced += actual_bars(playing, 1)
    for number, plan in enumerate(announced[:-1]):
        assert_comes(plan, announced[number + 1 :])


def test_a_plan_is_told_again_as_soon_as_it_is_another(composition: Making) -> None:
    playing, events = composition(), Events("cpu")
    told: list[Any] = []
    events.publish = lambda topic, message: told.append(message) if topic == "tick" else None
    for tick in range(40):
        if tick == 20:
            ask(playing, section="break")
        if tick == 24:
            ask(playing, tempo=140.0)
        events.began(playing.want(tick), playing.asked)
    assert [message["tick"] for message in told if "plan" in message] == [0, 16, 20, 32]
    assert told[20]["plan"]["next_section"] == "break"


def test_what_was_composed_ahead_is_told_as_it_was_composed(composition: Making) -> None:
    """Bar 0 sounds and bar 1 is composed already, so the change acts on bar 2."""
    playing = composition()
    ticks: list[Ticked] = [playing.want(tick) for tick in range(20)]
    ask(playing, section="break")
    ticks += [playing.want(tick) for tick in range(20, 24)]
    plan: Any = ticks[8].tell_plan()
    assert (plan["bar"], plan["bars_left"], plan["next_section"]) == (0, 1, "break")
    assert plan["next"]["section"] == "intro"
