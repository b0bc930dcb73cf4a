"""Changes as clients make them: dated, listed, cancelled, taken back and done again."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.automation import At
from daemon.link.player import Mute
from daemon.link.timeline import Timeline
from daemon.music.deck.operations import SetParameters
from daemon.music.ensemble.lineup import PARTS
from tests.daemon.composer.hands import Hands, heard
from tests.daemon.playback import loud, solo_of
from tests.daemon.solo import Solo, both
from tests.training import tiny


@pytest.fixture(scope="module")
def solos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Solo, Solo]:
    folder = tmp_path_factory.mktemp("models")
    return solo_of(tiny.write(folder / "tiny"), 1), solo_of(tiny.write(folder / "other", seed=9), 1)


@pytest.fixture
def hands(solos: tuple[Solo, Solo]) -> Hands:
    made = Hands(solos)
    made.begin(5)
    return made


def music_after(solos: tuple[Solo, Solo], first: int, ticks: int) -> list[object]:
    """The music that nobody has changed."""
    untouched = Hands(solos)
    untouched.begin(first)
    return heard(untouched.begin(ticks))


def accepted(hands: Hands, *names: str) -> dict[str, Any]:
    return hands.changes.state.automation.accepted(names)


# --- gestures ---


def test_what_one_surface_changes_within_a_second_is_taken_back_as_one(hands: Hands) -> None:
    hands.set(energy=0.1)
    hands.seconds += 0.9
    hands.set(transpose=4, energy=0.3)
    hands.seconds += 0.9
    hands.reseed(5, "now")
    hands.begin(2)
    told = hands.changes.undo("now")
    assert told is not None
    assert (told["params"], told["effective_beat"]) == ({"energy": 0.8, "transpose": 0}, 7 / 4)
    assert hands.begin(1)[0].parameters == loud()
    assert hands.seed == 1
    assert hands.changes.undo("now") is None


def test_a_second_later_or_from_another_surface_it_is_another_gesture(hands: Hands) -> None:
    hands.set(transpose=1)
    hands.seconds += 1.0
    hands.set(transpose=2)
    hands.set(transpose=3, surface="panel")
    for transpose in (2, 1, 0):
        assert hands.changes.undo("now") is not None
        assert hands.begin(1)[0].parameters.transpose == transpose
    assert hands.changes.undo("now") is None


def test_a_gesture_has_its_own_values_even_where_two_are_one_entry_of_the_journal(hands: Hands) -> None:
    hands.deck.rewind()
    hands.deck.head = hands.deck.next_tick
    hands.set(transpose=1)
    hands.set(gate=0.25, surface="panel")
    assert len(hands.deck.journal.entries) == 1
    told = hands.changes.undo("now")
    assert told is not None
    assert told["params"] == {"gate": loud().gate}
    assert accepted(hands, "transpose", "gate") == {"transpose": 1, "gate": loud().gate}


def test_undo_says_when_each_value_is_heard(hands: Hands) -> None:
    hands.set(energy=0.1, transpose=3)
    told = hands.changes.undo("now")
    assert told is not None
    assert (told["effective_beat"], told["effective_bar"]) == (5 / 4, 0)
    assert {name: when["effective_beat"] for name, when in told["effective"].items()} == {
        "energy": 4.0,
        "transpose": 5 / 4,
    }


def test_a_hundred_gestures_can_be_taken_back(hands: Hands) -> None:
    for transpose in range(1, 12):
        for octave in range(11):
            hands.pause()
            hands.change({"transpose": transpose, "lead.octave": octave % 3 - 1})
    undone = 0
    while hands.changes.undo("now") is not None:
        undone += 1
    assert undone == 100
    assert accepted(hands, "transpose") == {"transpose": 2}, "121 were made, so the first 21 stay"


def test_a_gesture_without_end_is_small(hands: Hands) -> None:
    for number in range(300):
        hands.seconds += 0.5
        hands.set(energy=number / 300)
        hands.reseed(number, "now")
        if number % 3 == 0:
            hands.begin(1, 1)
    (gesture,) = hands.changes.gestures.done
    assert len(gesture.parts) == 2
    assert all(len(part.waiting) <= 1 for part in gesture.parts)
    hands.begin(1, 1)
    hands.changes.undo("now")
    assert hands.begin(1)[0].parameters == loud()
    assert hands.seed == 1


# --- undo of seeds and models ---


def test_undo_of_a_seed_that_waits_cancels_it_and_the_music_goes_on(
    hands: Hands, solos: tuple[Solo, Solo]
) -> None:
    hands.reseed(5)
    assert hands.changes.undo("now") is not None
    assert hands.waiting == []
    assert heard(hands.begin(40)) == music_after(solos, 5, 40)


def test_undo_of_a_model_that_waits_cancels_it_and_the_music_goes_on(
    hands: Hands, solos: tuple[Solo, Solo]
) -> None:
    hands.swap(solos[1])
    assert hands.changes.undo("now") is not None
    assert heard(hands.begin(40)) == music_after(solos, 5, 40)


def test_undo_of_a_seed_that_plays_goes_back(hands: Hands) -> None:
    hands.reseed(5)
    hands.begin(20)
    assert hands.seed == 5
    assert hands.changes.undo("bar") == {"params": {}, "effective_beat": 8.0, "effective_bar": 2}
    hands.begin(8)
    assert hands.seed == 1


def test_undo_of_a_model_that_plays_goes_back(hands: Hands, solos: tuple[Solo, Solo]) -> None:
    hands.swap(solos[1])
    hands.begin(20)
    assert hands.lineup == solos[1].lineup
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.lineup == solos[0].lineup
    hands.changes.redo("now")
    hands.begin(1)
    assert hands.lineup == solos[1].lineup


def test_undo_of_a_part_that_waits_cancels_it_and_the_music_goes_on(
    hands: Hands, solos: tuple[Solo, Solo]
) -> None:
    hands.swap_part("percussion", solos[1])
    (listed,) = hands.changes.pending()
    assert (listed["what"], listed["part"], listed["model"]) == ("model", "percussion", solos[1].source.name)
    assert hands.changes.undo("now") is not None
    assert hands.changes.pending() == []
    assert heard(hands.begin(40)) == music_after(solos, 5, 40)


def test_undo_of_a_part_that_plays_brings_back_that_part_alone(
    hands: Hands, solos: tuple[Solo, Solo]
) -> None:
    swapped = solos[0].lineup.replaced({"percussion": solos[1].source})
    hands.swap_part("percussion", solos[1])
    hands.begin(20)
    assert hands.lineup == swapped
    assert hands.changes.undo("bar") == {"params": {}, "effective_beat": 8.0, "effective_bar": 2}
    hands.begin(8)
    assert hands.lineup == solos[0].lineup
    melody, percussion = both(hands.deck.state(33).music)
    assert (melody.born, percussion.born) == (0, 32)
    hands.changes.redo("bar")
    hands.begin(16)
    assert hands.lineup == swapped
    melody, percussion = both(hands.deck.state(49).music)
    assert (melody.born, percussion.born) == (0, 48)


@pytest.mark.parametrize("is_one_gesture", [True, False])
@pytest.mark.parametrize("ticks", [0, 20])
def test_swaps_of_both_parts_are_taken_back_as_they_were_made(
    ticks: int, is_one_gesture: bool, hands: Hands, solos: tuple[Solo, Solo]
) -> None:
    """`ticks` begin before the undo: the swaps wait, or they have acted."""
    hands.swap_part("percussion", solos[1])
    if not is_one_gesture:
        hands.pause()
    hands.swap_part("melody", solos[1])
    hands.begin(ticks)
    hands.changes.undo("now")
    hands.begin(20)
    with_drums = solos[0].lineup.replaced({"percussion": solos[1].source})
    assert hands.lineup == (solos[0].lineup if is_one_gesture else with_drums)
    hands.changes.redo("now")
    hands.begin(1)
    assert hands.lineup == with_drums.replaced({"melody": solos[1].source})
    while hands.changes.undo("now") is not None:
        hands.begin(1)
    assert hands.lineup == solos[0].lineup


def test_a_whole_swap_is_taken_back_to_the_part_that_has_come_since(
    hands: Hands, solos: tuple[Solo, Solo]
) -> None:
    hands.swap_part("percussion", solos[1], "phrase")
    hands.pause()
    hands.swap(solos[1])
    hands.begin(130)
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.lineup == solos[0].lineup.replaced({"percussion": solos[1].source})
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.lineup == solos[0].lineup


def test_a_gesture_of_which_one_seed_plays_and_another_waits_goes_back_to_before_both(hands: Hands) -> None:
    hands.reseed(5, "now")
    hands.begin(2)
    hands.reseed(6, "phrase")
    hands.changes.undo("now")
    hands.begin(130)
    assert (hands.seed, hands.waiting) == (1, [])


@pytest.mark.parametrize("is_one_gesture", [True, False])
def test_a_seed_replaced_while_it_waited_is_nothing_to_take_back(
    hands: Hands, solos: tuple[Solo, Solo], is_one_gesture: bool
) -> None:
    hands.reseed(5)
    if not is_one_gesture:
        hands.pause()
    hands.reseed(6)
    assert hands.changes.undo("now") is not None
    assert hands.changes.undo("now") is None
    assert heard(hands.begin(40)) == music_after(solos, 5, 40)


def test_a_seed_that_waits_for_longer_is_not_what_a_sooner_one_is_taken_back_to(hands: Hands) -> None:
    hands.reseed(5, "phrase")
    hands.pause()
    hands.reseed(6, "bar")
    hands.begin(20)
    hands.changes.undo("now")
    hands.begin(1)
    assert (hands.seed, hands.waiting) == (1, [5])
    hands.begin(110)
    assert hands.seed == 5
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.seed == 1


def test_a_sooner_seed_is_taken_back_to_the_one_that_has_come_since(hands: Hands) -> None:
    hands.reseed(5, "phrase")
    hands.pause()
    hands.reseed(6, "bar")
    hands.begin(130)
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.seed == 5


def test_a_seed_that_waits_for_longer_because_its_tick_was_missed_is_only_cancelled(
    hands: Hands, solos: tuple[Solo, Solo]
) -> None:
    hands.begin(9)
    hands.reseed(5)
    hands.deck.date_anew(0, 17)  # ticks 14 to 16 began before a revision with it came
    hands.begin(6)
    assert hands.waiting == [5]
    hands.changes.undo("now")
    assert hands.waiting == []
    assert heard(hands.begin(20)) == music_after(solos, 20, 20)


def test_a_play_between_makes_what_waited_something_that_has_happened(hands: Hands) -> None:
    hands.reseed(5, "phrase")
    hands.deck.restart()
    hands.begin(2)
    assert hands.seed == 5
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.seed == 1


# --- redo ---


def test_redo_can_be_taken_back_while_it_waits(hands: Hands, solos: tuple[Solo, Solo]) -> None:
    hands.reseed(5)
    hands.changes.undo("now")
    hands.changes.redo("bar")
    assert hands.waiting == [5]
    hands.changes.undo("now")
    assert hands.waiting == []
    assert heard(hands.begin(40)) == music_after(solos, 5, 40)


def test_an_undo_that_waits_is_cancelled_by_redo(hands: Hands, solos: tuple[Solo, Solo]) -> None:
    hands.reseed(5, "now")
    hands.begin(2)
    hands.changes.undo("phrase")
    assert hands.waiting == [1]
    assert hands.changes.redo("bar") is not None
    played = hands.begin(130)
    other = Hands(solos)
    other.begin(5)
    other.reseed(5, "now")
    other.begin(2)
    assert heard(played) == heard(other.begin(130)), "the music of the seed goes on"
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.seed == 1


def test_two_undos_at_one_bar_are_done_again_one_by_one(hands: Hands) -> None:
    for seed in (5, 6):
        hands.pause()
        hands.reseed(seed, "now")
        hands.begin(1)
    hands.changes.undo("phrase")
    hands.changes.undo("phrase")
    assert hands.waiting == [1]
    hands.changes.redo("now")
    hands.begin(1)
    assert (hands.seed, hands.waiting) == (5, [])
    hands.changes.redo("now")
    hands.begin(1)
    assert (hands.seed, hands.waiting) == (6, [])


def test_an_undo_that_waits_for_longer_does_not_act_after_the_next_undo(hands: Hands) -> None:
    for seed in (5, 6):
        hands.pause()
        hands.reseed(seed, "now")
        hands.begin(1)
    hands.changes.undo("phrase")
    hands.changes.undo("now")
    hands.begin(130)
    assert hands.seed == 1
    for seed in (5, 6):
        hands.changes.redo("now")
        hands.begin(1)
        assert hands.seed == seed


def test_a_seed_in_the_place_of_an_undo_that_waits_is_taken_back_to_what_that_led_to(hands: Hands) -> None:
    hands.reseed(5, "now")
    hands.begin(1)
    hands.changes.undo("bar")
    hands.reseed(6, "bar")
    hands.begin(20)
    assert hands.seed == 6
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.seed == 1


def test_a_new_change_ends_what_could_be_done_again(hands: Hands) -> None:
    hands.set(transpose=3)
    hands.changes.undo("now")
    hands.set(gate=0.25)
    assert hands.changes.redo("now") is None
    assert hands.changes.undo("now") is not None
    assert hands.changes.redo("now") is not None
    assert accepted(hands, "gate", "transpose") == {"gate": 0.25, "transpose": 0}


def test_nothing_is_nothing_to_take_back(hands: Hands) -> None:
    assert hands.changes.undo("now") is None
    assert hands.changes.redo("now") is None
    assert hands.deck.journal.entries == []


# --- what waits ---


def test_what_was_cancelled_is_not_taken_back_later(hands: Hands, solos: tuple[Solo, Solo]) -> None:
    hands.set(transpose=2)
    hands.pause()
    hands.reseed(5)
    numbers = [each["id"] for each in hands.changes.pending() if each["what"] == "seed"]
    assert hands.changes.cancel(numbers[0]) == numbers
    hands.begin(30)
    assert hands.changes.undo("now") == {
        "params": {"transpose": 0},
        "effective_beat": 35 / 4,
        "effective_bar": 2,
    }
    played = hands.begin(20)
    assert {each.parameters for each in played} == {loud()}
    assert [each.composed.plan for each in played] == [
        each.composed.plan for each in _played(Hands(solos), 35, 20)
    ]
    assert hands.changes.undo("now") is None


def _played(hands: Hands, first: int, ticks: int) -> Any:
    hands.begin(first)
    return hands.begin(ticks)


def test_an_undo_that_was_cancelled_can_be_asked_for_again(hands: Hands) -> None:
    hands.reseed(5, "now")
    hands.begin(1)
    hands.changes.undo("phrase")
    assert hands.changes.cancel(None) != []
    assert hands.changes.redo("now") is None
    hands.changes.undo("now")
    hands.begin(1)
    assert hands.seed == 1


def test_an_undo_of_parameters_that_was_cancelled_can_be_asked_for_again(hands: Hands) -> None:
    hands.set(energy=0.1)
    hands.begin(1)
    hands.changes.undo("phrase")
    hands.changes.cancel(None)
    assert accepted(hands, "energy") == {"energy": 0.1}
    assert hands.changes.redo("now") is None
    hands.changes.undo("now")
    hands.changes.redo("phrase")
    hands.changes.cancel(None)
    assert hands.changes.undo("now") is not None
    assert accepted(hands, "energy") == {"energy": 0.8}


def test_a_change_that_is_heard_at_the_bar_can_be_cancelled_until_then(hands: Hands) -> None:
    hands.set(energy=0.1)
    hands.begin(6)
    (listed,) = hands.changes.pending()
    number = listed.pop("id")
    assert listed == {"what": "set", "params": {"energy": 0.1}, "effective_beat": 4.0, "effective_bar": 1}
    assert hands.changes.cancel(number) == [number]
    assert {each.parameters.energy for each in hands.begin(10)} == {0.8}
    assert accepted(hands, "energy") == {"energy": 0.8}


def test_what_can_no_longer_be_stopped_is_not_said_to_be_cancelled(hands: Hands) -> None:
    hands.reseed(5)
    hands.begin(10)  # tick 15 is the next one
    hands.feeder.moved(15, is_playing=True)
    hands.feeder.timeline = Timeline(0, 0.0, 128.0)
    hands.seconds = 16 * 60 / 128 / 4  # tick 16 is about to begin
    assert [each["what"] for each in hands.changes.pending()] == ["seed"]
    assert hands.changes.cancel(None) == []
    hands.begin(3)
    assert hands.seed == 5


# --- when ---


def test_a_later_change_wins_even_if_the_earlier_one_acts_at_a_later_tick(hands: Hands) -> None:
    hands.set(transpose=3)
    hands.deck.date_anew(0, 9)
    hands.set(transpose=7)
    played = hands.begin(10)
    assert [each.parameters.transpose for each in played] == [0] * 4 + [7] * 6


def test_a_mute_is_sent_to_the_player_at_once(hands: Hands) -> None:
    hands.change({"lead.mute": True})
    assert hands.sent == [], "nothing plays"
    hands.changes.undo("now")
    hands.begin(1)
    hands.feeder.is_playing = True
    hands.change({"lead.mute": True, "bass.mute": True, "drums.mute": False})
    hands.change({"bass.mute": True, "chords.mute": True})
    assert hands.sent == [Mute(("lead", "bass"), 6), Mute(("chords",), 6)]
    hands.begin(1)
    hands.changes.undo("now")
    hands.changes.redo("now")
    assert hands.sent[2:] == [Mute(("lead", "chords", "bass"), 7)]
    hands.pause()
    hands.change({"drums.mute": True}, "bar")
    assert len(hands.sent) == 3


def test_a_mute_that_is_dated_anew_lasts_longer(hands: Hands) -> None:
    hands.deck.journal.changed = hands.changes.noted
    hands.feeder.is_playing = True
    hands.change({"lead.mute": True})
    first = hands.sent[-1]
    assert isinstance(first, Mute)
    hands.deck.date_anew(0, first.until_tick + 2)
    assert hands.sent[-1] == Mute(("lead",), first.until_tick + 2)
    hands.deck.journal.send(1, hands.deck.journal.entries)
    sent = len(hands.sent)
    hands.deck.date_anew(0, first.until_tick + 3)
    assert len(hands.sent) == sent, "a revision had it"


# --- random histories ---

_AT: st.SearchStrategy[At] = st.sampled_from(["now", "beat", "bar", "phrase"])
_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "energy": st.sampled_from([0.1, 0.2, 0.9]),
        "transpose": st.integers(-3, 3),
        "lead.mute": st.booleans(),
    },
).filter(bool)
_STEPS = st.one_of(
    st.tuples(st.just("set"), _VALUES, _AT, st.sampled_from([0.0, 3.0])),
    st.tuples(st.just("reseed"), st.integers(2, 9), _AT),
    st.tuples(st.just("swap"), st.integers(0, 1), _AT),
    st.tuples(st.just("swap part"), st.sampled_from(PARTS), st.integers(0, 1), _AT),
    st.tuples(st.just("undo"), _AT),
    st.tuples(st.just("undo"), _AT),
    st.tuples(st.just("redo"), _AT),
    st.tuples(st.just("begin"), st.integers(1, 9)),
    st.tuples(st.just("pause")),
)


def _carry_out(hands: Hands, solos: tuple[Solo, Solo], step: tuple[Any, ...]) -> None:
    match step:
        case ("set", values, at, over):
            hands.changes.accept(SetParameters(values, at, over))
        case ("reseed", seed, at):
            hands.reseed(seed, at)
        case ("swap", number, at):
            hands.swap(solos[number], at)
        case ("swap part", part, number, at):
            hands.swap_part(part, solos[number], at)
        case ("undo", at):
            hands.changes.undo(at)
        case ("redo", at):
            hands.changes.redo(at)
        case ("begin", ticks):
            hands.begin(ticks, 1)
        case ("pause",):
            hands.pause()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_STEPS, max_size=14), st.lists(st.integers(0, 3), max_size=4))
def test_what_is_all_taken_back_is_as_it_was(
    solos: tuple[Solo, Solo], steps: list[tuple[Any, ...]], pauses: list[int]
) -> None:
    hands = Hands(solos)
    hands.deck.skip_to(120)  # soon a phrase begins
    for step in steps:
        _carry_out(hands, solos, step)
    while hands.changes.pending() or hands.changes.state.automation.changes:
        hands.begin(1, 1)
    pauses.append(0)
    while hands.changes.undo("now") is not None:
        hands.begin(pauses[0], 1)
        pauses = pauses[1:] or [0]
    (last,) = hands.begin(1, 1)
    assert last.parameters == loud()
    assert hands.seed == 1
    assert hands.lineup == solos[0].lineup
    assert hands.waiting == []
