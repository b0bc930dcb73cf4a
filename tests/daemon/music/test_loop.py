"""A loop repeats the last bars exactly; afterwards the music goes on from where it was. Also `next` and a fade."""

from collections.abc import Callable
from typing import Any

import pytest

from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import first_state
from daemon.music.deck.operations import EndFade, Fade, NextSection, Reseed, SetParameters, SwapModel
from daemon.music.deck.savedstate import encoder
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from daemon.music.ensemble.lineup import whole
from models import bundle as bundles
from models.notes import PULSES_PER_BAR, TICKS_PER_BAR, Note
from tests.daemon.music.planning import learned
from tests.daemon.playback import CPU, loud
from tests.daemon.solo import Solo, library_of
from tests.training import tiny

Making = Callable[..., Deck]


@pytest.fixture(scope="module")
def solos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Solo, Solo]:
    folder = tmp_path_factory.mktemp("models")
    small = [bundles.load(str(tiny.write(folder / name, seed))) for name, seed in (("tiny", 0), ("other", 9))]
    for bundle in small:
        bundle.__dict__["arrangement"] = learned()
    return Solo(small[0], CPU, 1), Solo(small[1], CPU, 1)


@pytest.fixture
def new(solos: tuple[Solo, Solo]) -> Making:
    def make(seed: int = 1, **parameters: Any) -> Deck:
        solos[0].begin(seed, 0)
        values = {"humanize": 0.3, "swing": 0.2, **parameters}
        return Deck(library_of(*solos), first_state(solos[0].lineup, solos[0].ensemble, loud(**values)))

    return make


def play(deck: Deck, bars: float) -> list[Ticked]:
    ticked = []
    for _ in range(round(bars * TICKS_PER_BAR)):
        ticked.append(run(deck.compose()))
        deck.begin(deck.head)
    return ticked


def notes(ticked: list[Ticked], bars_later: int = 0) -> list[Note]:
    pulses = bars_later * PULSES_PER_BAR
    return [note._replace(pulse=note.pulse + pulses) for each in ticked for note in each.composed.notes]


def ask(deck: Deck, **values: Any) -> None:
    named = {name.replace("_mute", ".mute"): value for name, value in values.items()}
    deck.accept(SetParameters(named), deck.head)


@pytest.mark.parametrize("bars", [1, 2, 4, 8])
def test_the_last_bars_go_round_exactly_and_then_the_music_goes_on(bars: int, new: Making) -> None:
    straight, looped = new(), new()
    expected = [play(straight, 1) for _ in range(14)]
    assert [notes(play(looped, 1)) for _ in range(8)] == [notes(each) for each in expected[:8]]
    ask(looped, loop=str(bars))
    for number in range(2 * bars + 1):
        assert notes(play(looped, 1)) == notes(
            expected[8 - bars + number % bars], bars + number // bars * bars
        )
    ask(looped, loop="off")
    later = 2 * bars + 1
    for each in expected[8:]:
        assert notes(play(looped, 1)) == notes(each, later)


def test_a_loop_waits_until_so_many_bars_were_heard(new: Making) -> None:
    straight, looped = new(), new(loop="4")
    expected = play(straight, 4)
    assert notes(play(looped, 4)) == notes(expected)
    assert notes(play(looped, 4)) == notes(expected, 4)


def test_in_a_loop_transposition_mutes_gate_and_velocity_act_at_once(new: Making) -> None:
    deck = new(humanize=0.0)
    before = notes(play(deck, 4)[2 * TICKS_PER_BAR :], 2)
    ask(deck, loop="2")
    assert notes(play(deck, 2)) == before
    ask(deck, transpose=3, drums_mute=True, gate=0.2, velocity=0.5)
    changed = notes(play(deck, 2))
    melodic = [note for note in before if note.voice != "drums"]
    assert [(note.pulse, note.pitch) for note in changed] == [
        (note.pulse + 2 * PULSES_PER_BAR, note.pitch + 3) for note in melodic
    ]
    assert sum(note.length for note in changed) < sum(note.length for note in melodic)
    assert max(note.velocity for note in changed) < max(note.velocity for note in melodic)


def test_a_shorter_loop_takes_the_last_of_what_was_heard(new: Making) -> None:
    deck = new()
    heard = play(deck, 4)
    ask(deck, loop="4")
    play(deck, 3)
    ask(deck, loop="1")
    assert notes(play(deck, 1)) == notes(heard[2 * TICKS_PER_BAR : 3 * TICKS_PER_BAR], 5)


def test_another_model_and_seed_wait_for_the_end_of_the_loop(new: Making, solos: tuple[Solo, Solo]) -> None:
    deck = new()
    heard = play(deck, 4)
    ask(deck, loop="2")
    play(deck, 1)
    deck.accept(SwapModel(whole(solos[1].source)), deck.head)
    deck.accept(Reseed(5), deck.head)
    assert notes(play(deck, 1)) == notes(heard[3 * TICKS_PER_BAR :], 2)
    ask(deck, loop="off")
    assert notes(play(deck, 1))
    assert deck.state(deck.head).lineup == solos[1].lineup
    assert deck.state(deck.head).music.seed == 5


def test_what_a_loop_needs_makes_a_state_little_larger(new: Making) -> None:
    deck = new()
    play(deck, 20)
    state = deck.state(deck.head)
    assert len(encoder.encode(state.recent)) < 0.25 * len(encoder.encode(state))


def test_next_goes_on_to_the_section_that_was_announced(new: Making) -> None:
    deck, straight = new(director=True), new(director=True)
    play(deck, 2.5)
    told = deck.outlook().describe(2)
    assert told is not None
    assert told["bars_left"] > 2  # type: ignore[operator]
    deck.accept(NextSection(), deck.head)
    announced = deck.outlook().describe(2)
    assert announced is not None
    assert (announced["bars_left"], announced["next_section"]) == (0, told["next_section"])
    play(deck, 0.5)
    (first,) = {each.composed.plan.section for each in play(deck, 1)}
    assert first == told["next_section"]
    now = deck.outlook().describe(3)
    length = straight.outlook().turns[0].director.section_at(3 + told["bars_left"], loud(director=True)).bars  # type: ignore[operator]
    assert now is not None
    assert now["bars_left"] == length - 1


def test_next_at_a_bar_where_a_section_ends_skips_nothing(new: Making) -> None:
    deck = new(director=True)
    play(deck, 1)
    told = deck.outlook().describe(0)
    assert told is not None
    play(deck, told["bars_left"] - 0.5)  # type: ignore[operator]
    deck.accept(NextSection(), deck.head)
    play(deck, 0.5)
    assert {each.composed.plan.section for each in play(deck, 1)} == {told["next_section"]}


def test_next_after_a_section_held_by_hand_leaves_it(new: Making) -> None:
    deck = new(director=True, section="drop")
    play(deck, 3.5)
    deck.accept(SetParameters({"section": "auto"}, "bar"), deck.head)
    deck.accept(NextSection(), deck.head)
    play(deck, 0.5)
    assert "drop" not in {each.composed.plan.section for each in play(deck, 1)}


def test_a_seed_begins_at_a_bar_of_its_set(new: Making) -> None:
    deck = new()
    play(deck, 3.5)
    deck.accept(Reseed(8, bar=40), deck.head)
    announced = deck.outlook().section_at(4)
    play(deck, 1.5)
    section = deck.outlook().turns[0].director.section_at(40, loud())
    assert deck.state(deck.head).music_bar == 41
    assert announced == section._replace(start_bar=section.start_bar - 36)


def test_a_fade_ends_in_silence_until_it_is_ended(new: Making) -> None:
    deck = new(humanize=0.0, section="drop")
    play(deck, 2)
    deck.accept(Fade(16, "bar"), deck.head)
    loudness = [max((note.velocity for note in notes(play(deck, 1))), default=0) for _ in range(6)]
    assert loudness[0] > loudness[1] > loudness[2] > loudness[3] > 0 == loudness[4] == loudness[5]
    assert deck.state(deck.head).is_faded_out
    assert deck.state(deck.head).parameters.velocity == 1.0, "the parameter is untouched"
    deck.accept(EndFade(), deck.head)
    assert max(note.velocity for note in notes(play(deck, 1))) >= loudness[0]


def test_after_a_fade_play_begins_at_full_level(new: Making) -> None:
    deck = new(humanize=0.0)
    first = notes(play(deck, 1))
    deck.accept(Fade(0, "now"), deck.head)
    assert not notes(play(deck, 1))
    deck.restart()
    assert notes(play(deck, 1)) == first
