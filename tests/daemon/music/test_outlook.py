"""Compare the plans announced while music plays with the bars that are then composed."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import first_state
from daemon.music.deck.operations import NextSection, Operation, Prime, Reseed, SetParameters, SwapModel
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.lineup import whole
from daemon.parameters import SPECS, Parameters, change
from models import bundle as bundles
from models.notes import BARS_PER_PHRASE, TICKS_PER_BAR
from tests.daemon.music.planning import learned, set_form
from tests.daemon.music.test_priming import loop
from tests.daemon.playback import CPU
from tests.daemon.solo import Solo, library_of
from tests.training import tiny

Making = Callable[..., Deck]
Told = dict[str, Any]
OPEN_BARS = 40
OF_THE_NEXT_BAR = ("bar", "section", "key", "chords", "levels", "energy")


@pytest.fixture(scope="module")
def solos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Solo, Solo]:
    """Two bundles, with small networks and the shipped bundle's arrangement."""
    folder = tmp_path_factory.mktemp("models")
    small = [bundles.load(str(tiny.write(folder / name, seed))) for name, seed in (("tiny", 0), ("other", 9))]
    for bundle in small:
        bundle.__dict__["arrangement"] = learned()
    return Solo(small[0], CPU, 1), Solo(small[1], CPU, 1)


@pytest.fixture
def new(solos: tuple[Solo, Solo]) -> Making:
    def make(seed: int = 1, last_tick: int | None = None, **parameters: Any) -> Deck:
        solos[0].begin(seed, 0)
        state = first_state(solos[0].lineup, solos[0].ensemble, change(Parameters(), parameters))
        return Deck(library_of(*solos), state, last_tick=last_tick)

    return make


def announced(deck: Deck) -> Told:
    """Return the plan of the last composed bar as it is announced now."""
    told = deck.outlook().describe((deck.head - 1) // TICKS_PER_BAR)
    assert told is not None
    return told


def play(deck: Deck, bars: float) -> Told:
    """Compose `bars` bars and return the announced plan after them."""
    for _ in range(round(bars * TICKS_PER_BAR)):
        run(deck.compose())
        deck.begin(deck.head)
    return announced(deck)


def do(deck: Deck, operation: Operation) -> Told:
    """Let an operation act on the next tick and return the announced plan right after."""
    deck.accept(operation, deck.head)
    return announced(deck)


def ask(deck: Deck, at: Any = "now", over: float = 0.0, **params: Any) -> Told:
    """Request parameter changes and return the announced plan right after."""
    named = {name.replace("_level", ".level"): value for name, value in params.items()}
    return do(deck, SetParameters(named, at, over))


def actual_bars(playing: Deck, bars: int) -> list[Told]:
    """Compose whole bars and return each bar's plan as announced while it sounds."""
    left = -playing.head % TICKS_PER_BAR
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


def test_untouched_what_is_told_is_the_course(new: Making) -> None:
    playing = new(seed=4)
    first, second = set_form(4, 64)[:2]
    told = play(playing, 1)
    assert (told["section"], told["bars_left"], told["next_section"]) == (
        first.name,
        first.bars - 1,
        second.name,
    )
    assert_comes(told, actual_bars(playing, first.bars + 2))


def test_a_section_by_hand_is_announced_at_once_and_without_an_end(new: Making) -> None:
    playing = new()
    play(playing, 2.3)
    told = ask(playing, section="drop")
    assert (told["bar"], told["section"], told["bars_left"], told["next_section"]) == (2, "intro", 0, "drop")
    assert (told["next"]["section"], told["next"]["bars_left"], told["next"]["next_section"]) == (
        "drop",
        0,
        "",
    )
    assert_comes(told, actual_bars(playing, OPEN_BARS))


def test_a_section_that_is_held_while_it_is_planned_ends_in_nothing(new: Making) -> None:
    """The set's next section does not come while the present one is held by hand."""
    playing = new()
    assert play(playing, 2)["next_section"] != ""
    told = ask(playing, section="intro")
    assert (told["section"], told["bars_left"], told["next_section"]) == ("intro", 0, "")
    assert_comes(told, actual_bars(playing, OPEN_BARS))


def test_a_section_given_back_announces_the_course_again(new: Making) -> None:
    playing = new(section="break")
    play(playing, 3.5)
    told = ask(playing, section="auto")
    assert (told["bars_left"], told["next_section"], told["next"]["section"]) == (0, "intro", "intro")
    assert told["next"]["next_section"] == set_form(1, 64)[1].name
    assert_comes(told, actual_bars(playing, 24))


def test_a_section_asked_for_at_a_phrase_is_announced_for_the_phrase(new: Making) -> None:
    playing = new()
    play(playing, 2.5)
    told = ask(playing, "phrase", section="break")
    assert (told["bars_left"], told["next_section"]) == (BARS_PER_PHRASE - 3, "break")
    assert_comes(told, actual_bars(playing, OPEN_BARS))


def test_without_a_director_nothing_is_announced(new: Making) -> None:
    playing = new()
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
def test_key_and_chords_are_announced_at_once(params: Told, part: str, value: object, new: Making) -> None:
    playing = new()
    before = play(playing, 4.5)
    told = ask(playing, **params)
    assert told[part] == before[part], "the sounding bar does not change"
    assert told["next"][part] == value
    assert_comes(told, actual_bars(playing, 2))


def test_levels_are_announced_at_once(new: Making) -> None:
    playing = new()
    play(playing, 4.5)
    told = ask(playing, bass_level="5", kick_level="3", lead_level="off")
    levels = told["next"]["levels"]
    assert (levels["bass"], levels["kick"], levels["lead"]) == (5, 3, 0)
    assert_comes(told, actual_bars(playing, 2))


@pytest.mark.parametrize("at", ["now", "beat", "bar", "phrase"])
def test_another_seed_is_announced_at_once(at: Any, new: Making) -> None:
    for seed in range(2, 5):
        playing = new()
        play(playing, 3.3)
        told = do(playing, Reseed(seed, at))
        assert_comes(told, actual_bars(playing, 48))


def test_another_model_is_announced_at_once(new: Making, solos: tuple[Solo, Solo]) -> None:
    playing = new(seed=5)
    play(playing, 3.3)
    told = do(playing, SwapModel(whole(solos[1].source)))
    assert_comes(told, actual_bars(playing, 24))


def test_the_last_bar_is_followed_by_nothing(new: Making) -> None:
    playing = new(last_tick=6 * TICKS_PER_BAR)
    told = play(playing, 3)
    assert (told["bars_left"], told["next_section"]) == (3, "")
    told = play(playing, 3)
    assert (told["bars_left"], told["next_section"], told["next"]) == (0, "", None)


def test_a_glide_is_announced_as_far_as_it_has_come(new: Making) -> None:
    playing = new(director=False, energy=0.2)
    play(playing, 4.5)
    assert_comes(ask(playing, over=16.0, energy=1.0), actual_bars(playing, 2))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_asked_for_what_is_told_comes(seed: int, new: Making) -> None:
    """Make changes of all kinds, some of them delayed; after the last one every announcement is correct."""
    chance = random.Random(seed)
    playing = new(seed=seed)
    play(playing, chance.choice((0.5, 1, 7.25, 15)))
    for _ in range(chance.randrange(1, 6)):
        at: Any = chance.choice(("now", "beat", "bar", "phrase"))
        if chance.random() < 0.25:
            do(playing, Reseed(chance.randrange(100), at, chance.choice((None, 20))))
        if chance.random() < 0.25:
            do(playing, NextSection(at))
        name = chance.choice(
            ("section", "section", "loop", "director", "key", "chord_loop", "energy", "bass.level")
        )
        spec = SPECS[name]
        value: Any = chance.choice(spec.choices or ([True, False] if spec.kind == "bool" else [0.1, 0.9]))
        do(playing, SetParameters({name: value}, at))
        play(playing, chance.choice((0, 0.1, 0.5, 1, 2.25)))
    told = [announced(playing)]
    for _ in range(OPEN_BARS):
        told += actual_bars(playing, 1)
    for number, plan in enumerate(told[:-1]):
        assert_comes(plan, told[number + 1 :])


def test_a_plan_changes_with_the_operation_and_with_nothing_else(new: Making) -> None:
    playing, told = new(), []
    for tick in range(40):
        if tick == 20:
            ask(playing, section="break")
        if tick == 24:
            ask(playing, tempo=140.0)
        play(playing, 1 / TICKS_PER_BAR)
        told.append(announced(playing))
    changed = [tick for tick in range(40) if tick == 0 or told[tick] != told[tick - 1]]
    assert changed == [0, 16, 20, 32]
    assert told[20]["next_section"] == "break"


def test_what_was_composed_ahead_is_told_as_it_was_composed(new: Making) -> None:
    """Bar 0 sounds and bar 1 is composed already, so the change acts on bar 2."""
    playing = new()
    for _ in range(20):
        run(playing.compose())
    playing.begin(8)
    ask(playing, section="break")
    for _ in range(4):
        run(playing.compose())
    plan: Any = playing.outlook().describe(0)
    assert (plan["bar"], plan["bars_left"], plan["next_section"]) == (0, 1, "break")
    assert plan["next"]["section"] == "intro"


def test_a_change_of_bars_composed_already_is_told_before_they_are_composed_anew(new: Making) -> None:
    """Bar 0 sounds, bars 1 and 2 are composed; the change acts on bar 1, and the plan says so at once."""
    playing = new()
    for _ in range(40):
        run(playing.compose())
    playing.begin(8)
    playing.accept(SetParameters({"section": "break"}), 8)
    told: Any = playing.outlook().describe(0)
    assert (told["bars_left"], told["next_section"], told["next"]["section"]) == (0, "break", "break")
    playing.rewind()
    while playing.head < 40:
        run(playing.compose())
    assert playing.outlook().describe(0) == told
    assert_comes(told, [announced_at(playing, bar) for bar in (1, 2)])


def announced_at(deck: Deck, bar: int) -> Told:
    told = deck.outlook().describe(bar)
    assert told is not None
    return told


def test_only_composed_bars_have_a_plan(new: Making) -> None:
    playing = new()
    assert playing.outlook().describe(0) is None
    play(playing, 1.5)
    assert playing.outlook().describe(1) is not None
    assert playing.outlook().describe(2) is None
    play(playing, 12)
    assert playing.outlook().describe(1) is None


def test_the_bar_of_a_priming_is_open_until_it_is_composed(new: Making, solos: tuple[Solo, Solo]) -> None:
    playing = new()
    play(playing, 1.5)
    told = do(playing, Prime(loop(2).filled(4), Parameters(), solos[0].lineup))
    assert told["next"] is None
    play(playing, 1)
    assert announced(playing)["next"] is not None


def test_the_bars_after_a_priming_are_announced_as_they_are_heard(
    new: Making, solos: tuple[Solo, Solo]
) -> None:
    playing = new()
    play(playing, 1.5)
    do(playing, Prime(loop(2).filled(4), Parameters(), solos[0].lineup))
    told = actual_bars(playing, 8)
    for number, plan in enumerate(told[:-1]):
        assert_comes(plan, told[number + 1 :])


def test_an_outlook_does_not_change_with_the_deck(new: Making) -> None:
    playing = new()
    play(playing, 2)
    outlook = playing.outlook()
    told = outlook.describe(1)
    ask(playing, section="break", key="C minor")
    play(playing, 4)
    assert outlook.describe(1) == told
