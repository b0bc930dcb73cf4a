"""A deck: composed tick after tick, rewound, restored, restarted; operations that wait, fail, are taken back."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.automation import At
from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import DeckState, first_state
from daemon.music.deck.journal import Journal
from daemon.music.deck.operations import (
    BeginAnew,
    Cancel,
    EndFade,
    Entry,
    Fade,
    Follow,
    Forgo,
    HoldChord,
    Listen,
    NextSection,
    Operation,
    Prime,
    Reseed,
    SetParameters,
    SwapModel,
)
from daemon.music.deck.savedstate import decoder, encoder
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.lineup import PARTS, Lineup, Place, Source, whole
from daemon.music.ensemble.priming import begin, hear
from daemon.music.listening.touch import Touch
from daemon.music.systems.system import Part
from daemon.parameters import SPECS, Parameters
from models.notes import TICKS_PER_BEAT
from tests.daemon.fragile import FragileSolo
from tests.daemon.music.test_priming import loop
from tests.daemon.playback import CPU, loud, solo_of
from tests.daemon.solo import Solo, both, library_of, remembered, roles
from tests.training import tiny

Heard = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def solos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Solo, Solo]:
    folder = tmp_path_factory.mktemp("models")
    return solo_of(tiny.write(folder / "tiny"), 1), solo_of(tiny.write(folder / "other", seed=9), 1)


@pytest.fixture
def deck(solos: tuple[Solo, Solo]) -> Deck:
    return new_deck(solos)


def new_deck(solos: tuple[Solo, Solo], **changes: Any) -> Deck:
    solos[0].begin(1, 0)
    return Deck(
        library_of(*solos),
        first_state(solos[0].lineup, solos[0].ensemble, loud(humanize=0.0, **changes)),
    )


def compose(deck: Deck, ticks: int) -> Heard:
    """What the next ticks sound like and how they are planned."""
    return [heard(deck) for _ in range(ticks)]


def heard(deck: Deck) -> tuple[object, ...]:
    ticked = run(deck.compose())
    return ticked.composed, ticked.parameters, ticked.release


def test_a_change_within_what_is_composed_sounds_as_if_it_had_been_there_before(
    deck: Deck, solos: tuple[Solo, Solo]
) -> None:
    compose(deck, 40)
    deck.begin(12)
    deck.accept(SetParameters({"transpose": 5}), 12)
    assert (deck.head, deck.rewind(), deck.head) == (40, 12, 12)
    late = compose(deck, 28)
    other = new_deck(solos)
    other.accept(SetParameters({"transpose": 5}), 12)
    assert compose(other, 40)[12:] == late


def test_an_operation_that_came_too_late_acts_when_it_can(deck: Deck, solos: tuple[Solo, Solo]) -> None:
    compose(deck, 30)
    deck.begin(9)
    deck.accept(Reseed(7, "now"), 9)
    deck.rewind()
    compose(deck, 20)
    deck.journal.send(1, acted(deck, 9, 29))
    deck.begin(11)  # the player had begun ticks 9 and 10 before the revision came
    deck.date_anew(0, 11)
    assert deck.rewind() == 9
    late = compose(deck, 20)
    other = new_deck(solos)
    other.accept(Reseed(7, "now"), 11)
    assert compose(other, 29)[9:] == late


def test_only_what_acted_in_the_music_is_sent_with_it(deck: Deck) -> None:
    early = deck.accept(SetParameters({"transpose": 5}), 3)
    compose(deck, 20)
    late = deck.accept(SetParameters({"transpose": 2}), 3)  # the ticks that are composed are without it
    deck.journal.send(1, acted(deck, 0, 20))
    assert late.number != early.number
    assert {entry.number: entry.revision for entry in deck.journal.entries} == {
        early.number: 1,
        late.number: 0,
    }
    deck.rewind()
    compose(deck, 17)
    deck.date_anew(1, 5)  # ticks 3 and 4 began before a revision with the late one came
    deck.journal.send(2, acted(deck, 5, 20))
    assert [(entry.tick, entry.revision) for entry in deck.journal.entries] == [(3, 1), (5, 0)]
    deck.rewind()
    compose(deck, 17)
    deck.journal.send(3, acted(deck, 5, 20))
    assert [(entry.tick, entry.revision) for entry in deck.journal.entries] == [(3, 1), (5, 3)]


def acted(deck: Deck, first: int, end: int) -> list[Entry]:
    ticks = (deck.ticked(tick) for tick in range(first, end))
    return [entry for ticked in ticks if ticked is not None for entry in ticked.entries]


def test_what_waits_is_told_and_can_be_taken_back(deck: Deck, solos: tuple[Solo, Solo]) -> None:
    compose(deck, 5)
    change = deck.accept(SetParameters({"gate": 0.3}, "bar"), 5)
    seed = deck.accept(Reseed(4, "phrase"), 5)
    state = deck.state(5)
    assert state.automation.pending()["gate"]["from_beat"] == 4.0
    assert [(each.number, each.tick) for each in state.waiting] == [(seed.number, 128)]
    deck.accept(Cancel((change.number, seed.number)), 6)
    assert compose(deck, 40) == compose(new_deck(solos), 45)[5:]


def test_play_begins_the_same_music_again(deck: Deck) -> None:
    first = compose(deck, 20)
    deck.begin(10)
    deck.restart()
    assert (deck.course, deck.head, deck.next_tick) == (1, 0, 0)
    assert compose(deck, 20) == first


def test_a_restart_takes_up_what_waits(deck: Deck) -> None:
    compose(deck, 3)
    deck.begin(2)
    deck.accept(Reseed(99, "phrase"), 3)
    deck.accept(SetParameters({"transpose": 3}, "phrase"), 3)
    deck.restart()
    ticked = run(deck.compose())
    assert ticked.parameters.transpose == 3
    assert deck.state(1).music.seed == 99
    assert ticked.release == ("lead", "chords", "bass")


def test_operations_without_end_leave_the_last(deck: Deck) -> None:
    for seed in range(300):
        deck.accept(Reseed(seed, "beat"), 0)
    assert len(deck.state(0).waiting) == 1
    compose(deck, 1)
    assert deck.state(1).music.seed == 299


def test_a_swap_keeps_the_seed_and_both_models_serve_a_rewind(deck: Deck, solos: tuple[Solo, Solo]) -> None:
    deck.accept(SwapModel(whole(solos[1].source)), 1)
    first = compose(deck, 40)
    assert deck.state(40).lineup == solos[1].lineup
    assert deck.state(40).music.seed == 1
    deck.begin(10)
    deck.accept(SetParameters({"gate": 0.9}), 10)  # as it is: nothing may change
    deck.rewind()
    assert compose(deck, 30) == first[10:]


@pytest.mark.parametrize(("part", "number"), [("melody", 0), ("percussion", 1)])
def test_a_swap_of_one_part_begins_it_anew_and_leaves_the_rest(
    part: Part, number: int, deck: Deck, solos: tuple[Solo, Solo]
) -> None:
    untouched, other = new_deck(solos), 1 - number
    expected = compose(untouched, 36)
    deck.accept(SwapModel({part: solos[1].source}), 20)
    music = compose(deck, 36)
    assert music[:32] == expected[:32]
    assert deck.state(32).lineup == solos[0].lineup
    state, before = deck.state(33), untouched.state(33)
    assert state.lineup == solos[0].lineup.replaced({part: solos[1].source})
    assert (state.music.seed, state.music.plans) == (before.music.seed, before.music.plans)
    assert [system.born for system in both(state.music)] == [32 * (number == place) for place in range(2)]
    new, stayed, old = (
        remembered(roles(music, part), 0, 32)
        for music, part in ((state.music, number), (state.music, other), (before.music, other))
    )
    assert not new.any()
    assert np.array_equal(stayed, old)
    assert old.any()
    assert music[32:] != expected[32:]
    assert [composed.plan for composed, *_ in music] == [composed.plan for composed, *_ in expected]  # type: ignore[attr-defined]


def test_the_melody_plays_its_next_tick_whatever_percussion_is_swapped_in(
    deck: Deck, solos: tuple[Solo, Solo]
) -> None:
    """It has its notes and the state of its network; at the first tick it still hears the drums from before."""
    untouched = new_deck(solos)
    compose(untouched, 33)
    deck.accept(SwapModel({"percussion": solos[1].source}), 20)
    compose(deck, 33)
    kept, expected = (both(each.state(33).music) for each in (deck, untouched))
    assert np.array_equal(kept[0].numbers, expected[0].numbers)
    for state, same in zip(kept[0].lstm, expected[0].lstm, strict=True):
        assert np.array_equal(state, same)
    assert not np.array_equal(kept[1].lstm[0], expected[1].lstm[0])


def test_a_swap_of_the_percussion_cuts_no_melodic_note_short(deck: Deck, solos: tuple[Solo, Solo]) -> None:
    untouched, other = new_deck(solos), new_deck(solos)
    releases = [run(untouched.compose()).release for _ in range(32)]
    tick = next(tick for tick in range(16, 32) if len(releases[tick]) < 3)
    deck.accept(SwapModel({"percussion": solos[1].source}, "now"), tick)
    assert [run(deck.compose()).release for _ in range(tick + 1)] == releases[: tick + 1]
    other.accept(SwapModel({"melody": solos[1].source}, "now"), tick)
    assert [run(other.compose()).release for _ in range(tick + 1)][tick] == ("lead", "chords", "bass")


def test_two_swaps_of_different_parts_at_one_bar_both_act(deck: Deck, solos: tuple[Solo, Solo]) -> None:
    swaps: list[dict[Place, Source]] = [{"percussion": solos[1].source}, {"melody": solos[1].source}]
    for sources in swaps:
        deck.accept(SwapModel(sources), 5)
    assert [each.operation for each in deck.state(5).waiting] == [SwapModel(sources) for sources in swaps]
    music = compose(deck, 40)
    assert deck.state(17).lineup == Lineup(solos[0].source, solos[1].source, solos[1].source)
    assert [system.born for system in both(deck.state(17).music)] == [16, 16]
    other = new_deck(solos)
    for sources in reversed(swaps):
        other.accept(SwapModel(sources), 5)
    assert compose(other, 40) == music, "their order does not matter"


def test_a_swap_of_the_same_part_at_the_same_bar_replaces_the_one_before(
    deck: Deck, solos: tuple[Solo, Solo]
) -> None:
    deck.accept(SwapModel({"percussion": solos[1].source}), 5)
    deck.accept(SwapModel({"melody": solos[1].source}), 6)
    last = deck.accept(SwapModel({"percussion": solos[0].source}), 7)
    assert [each.operation for each in deck.state(7).waiting] == [
        SwapModel({"melody": solos[1].source}),
        SwapModel({"percussion": solos[0].source}),
    ]
    later = deck.accept(SwapModel({"percussion": solos[1].source}, "phrase"), 8)
    assert {each.number for each in deck.state(8).waiting} >= {last.number, later.number}


def test_a_whole_swap_replaces_swaps_of_parts_that_are_pending_at_its_bar(
    deck: Deck, solos: tuple[Solo, Solo]
) -> None:
    deck.accept(SwapModel({"percussion": solos[1].source}), 5)
    deck.accept(SwapModel({"melody": solos[1].source}), 5)
    deck.accept(SwapModel({"melody": solos[1].source}, "phrase"), 5)
    deck.accept(SwapModel(whole(solos[0].source)), 6)
    assert [each.tick for each in deck.state(6).waiting] == [16, 128]
    compose(deck, 17)
    assert deck.state(17).lineup == solos[0].lineup
    assert [system.born for system in both(deck.state(17).music)] == [16, 16]
    assert deck.state(17).music.plans[0] is None, "everything has begun anew"


def test_a_swap_of_a_part_after_a_whole_one_at_its_bar_leaves_the_rest_of_that(
    deck: Deck, solos: tuple[Solo, Solo]
) -> None:
    deck.accept(SwapModel(whole(solos[1].source)), 5)
    deck.accept(SwapModel({"percussion": solos[0].source}), 6)
    compose(deck, 17)
    assert deck.state(17).lineup == Lineup(solos[1].source, solos[1].source, solos[0].source)
    assert deck.state(17).music.plans[0] is None


def test_a_priming_made_beside_the_music_is_the_same_as_one_made_at_once(
    deck: Deck, solos: tuple[Solo, Solo]
) -> None:
    operation = Prime(loop(), Parameters(), solos[0].lineup)
    deck.accept(operation, 3)
    at_once = compose(deck, 60)
    other = new_deck(solos)
    beside = []
    ensemble = solos[0].library.ensemble(solos[0].lineup)
    begin(ensemble, operation.music)
    for first in range(0, len(operation.music.melody), TICKS_PER_BEAT):
        run(hear(ensemble, operation.music, operation.parameters, range(first, first + TICKS_PER_BEAT)))
        if other.head < 3:
            beside += compose(other, 1)
    other.accept(operation, 3, ensemble.save())
    assert beside + compose(other, 57) == at_once


def test_a_tick_that_fails_is_forgone_and_the_next_begins_anew(solos: tuple[Solo, Solo]) -> None:
    fragile = FragileSolo(solos[0].bundle, CPU, 1)
    fragile.library.failing = {3}
    deck = fragile.deck(loud())
    compose(deck, 3)
    with pytest.raises(RuntimeError):
        run(deck.compose())
    assert deck.head == 3
    deck.accept(Forgo(), 3)
    silent = run(deck.compose())
    assert (silent.composed.notes, silent.release) == ((), ("lead", "chords", "bass", "drums"))
    assert any(ticked for ticked in compose(deck, 36))


def test_after_a_long_gap_the_music_begins_anew(deck: Deck, solos: tuple[Solo, Solo]) -> None:
    compose(deck, 20)
    deck.begin(400)
    deck.skip_to(400)
    assert deck.head == 400
    far = compose(deck, 20)
    other = new_deck(solos)
    other.skip_to(400)
    assert compose(other, 20) == far


def test_a_deck_that_moves_to_another_course_takes_its_settings_along(deck: Deck) -> None:
    compose(deck, 8)
    deck.begin(4)
    deck.accept(SetParameters({"transpose": 5}), 6)
    deck.move_to(7, 2)
    assert (deck.course, deck.next_tick, deck.journal.last_tick) == (7, 2, 0)
    assert run(deck.compose()).parameters.transpose == 5


def test_a_voice_newly_muted_is_released_once(deck: Deck) -> None:
    compose(deck, 1)
    deck.accept(SetParameters({"drums.mute": True}), 1)
    assert "drums" in run(deck.compose()).release
    assert "drums" not in run(deck.compose()).release


def test_after_the_last_tick_nothing_sounds(deck: Deck) -> None:
    deck.last_tick = 4
    assert any(ticked.notes for ticked, *_ in compose(deck, 4))  # type: ignore[attr-defined]
    assert not any(ticked.notes for ticked, *_ in compose(deck, 2))  # type: ignore[attr-defined]


def test_parameters_are_those_of_the_next_tick(deck: Deck) -> None:
    compose(deck, 3)
    deck.accept(SetParameters({"tempo": 100.0}), 3)
    deck.accept(SetParameters({"gate": 0.2}, "bar"), 3)
    assert deck.state(3).parameters == replace(loud(humanize=0.0), tempo=100.0)


def test_what_is_kept_stays_small(deck: Deck) -> None:
    for tick in range(200):
        compose(deck, 1)
        deck.accept(SetParameters({"energy": tick / 200}), tick + 1)
        deck.begin(tick)
    assert len(deck._states) < 30
    assert len(deck._ticked) < 30
    assert len(deck.journal.entries) < 30


# --- random histories ---

_VALUES = st.one_of(
    *(
        st.tuples(st.just(spec.name), st.floats(spec.low, spec.high))
        if spec.kind == "float"
        else st.tuples(st.just(spec.name), st.integers(int(spec.low), int(spec.high)))
        if spec.kind == "int"
        else st.tuples(
            st.just(spec.name), st.sampled_from(spec.choices) if spec.kind == "choice" else st.booleans()
        )
        for spec in SPECS.values()
    )
)
_AT: st.SearchStrategy[At] = st.sampled_from(["now", "beat", "bar", "phrase"])
_CHANGES = st.builds(
    SetParameters,
    st.lists(_VALUES, min_size=1, max_size=3).map(dict),
    _AT,
    st.sampled_from([0.0, 0.5, 3.0, 11.0]),
)
_LOOPS = st.builds(
    lambda bars, at: SetParameters({"loop": bars}, at), st.sampled_from(("off", "1", "2", "4")), _AT
)
_OPERATIONS = st.one_of(
    _CHANGES,
    _CHANGES,
    st.builds(Reseed, st.integers(0, 9), _AT),
    st.builds(Reseed, st.integers(0, 9), _AT, st.integers(0, 40), st.sampled_from(("", "drop"))),
    _LOOPS,
    _LOOPS,
    st.builds(NextSection, _AT),
    st.builds(Fade, st.sampled_from([0.0, 1.0, 6.5]), _AT),
    st.just(EndFade()),
    st.just("swap"),
    st.just("back"),
    st.tuples(st.just("swap part"), st.sampled_from(PARTS), st.integers(0, 1), _AT),
    st.just("prime"),
    st.just("answer"),
    st.builds(HoldChord, st.tuples(st.integers(1, 0xFFF), st.integers(0, 11)), _AT),
    st.builds(Follow, st.none() | st.builds(Touch, st.floats(0, 1), st.just((1.0, 0.0) * 8)), _AT),
    st.builds(Listen, st.sampled_from(("off", "call", "accompany")), st.sampled_from((1, 2)), st.booleans()),
    st.just("cancel"),
    st.just(BeginAnew()),
    st.just(Forgo()),
    st.just("stop and play"),
)
_HISTORIES = st.lists(st.tuples(st.integers(0, 20), _OPERATIONS, st.booleans()), max_size=12)


def _operation(word: Any, solos: tuple[Solo, Solo], last: int) -> Operation:
    if word in ("prime", "answer"):
        call_bars = 2 if word == "answer" else 0
        return Prime(loop(2).filled(4), Parameters(), solos[0].lineup, call_bars=call_bars)
    match word:
        case "swap":
            return SwapModel(whole(solos[1].source))
        case "back":
            return SwapModel(whole(solos[0].source))
        case ("swap part", part, number, at):
            return SwapModel({part: solos[number].source}, at)
        case "cancel":
            return Cancel((last, last - 1))
    assert isinstance(word, Operation)
    return word


def _straight(solos: tuple[Solo, Solo], history: list[tuple[int, object, bool]], rest: int) -> Heard:
    """The music of a history composed one tick ahead, never rewound."""
    deck, music = new_deck(solos), []
    for ticks, word, _ in history:
        music += compose(deck, ticks)
        deck.begin(deck.head)
        if word == "stop and play":
            deck.restart()
        else:
            deck.accept(_operation(word, solos, deck.journal.number), deck.head)
    return music + compose(deck, rest)


def _ahead(solos: tuple[Solo, Solo], history: list[tuple[int, object, bool]], rest: int) -> Heard:
    """The same composed 17 ticks ahead and rewound; some of the time restored from bytes, in a new deck."""
    deck, music = new_deck(solos), []
    for ticks, word, is_restored in history:
        music += _played(deck, ticks)
        if word == "stop and play":
            deck.restart()
        else:
            deck.accept(_operation(word, solos, deck.journal.number), deck.next_tick)
        if is_restored:
            deck = _restored(deck, solos)
    return music + _played(deck, rest)


def _played(deck: Deck, ticks: int) -> Heard:
    """Let that many ticks begin, each when 17 more are composed."""
    music: Heard = []
    for tick in range(deck.next_tick, deck.next_tick + ticks):
        deck.rewind()
        while deck.head < tick + 17:
            run(deck.compose())
        ticked = deck.ticked(tick)
        assert ticked is not None
        music.append((ticked.composed, ticked.parameters, ticked.release))
        deck.begin(tick + 1)
    return music


def _restored(deck: Deck, solos: tuple[Solo, Solo]) -> Deck:
    """A new deck from the bytes of a state some ticks ago, and the journal since."""
    kept = [
        tick for tick in range(deck.next_tick - 16, deck.next_tick + 1) if deck.saved_state(tick) is not None
    ]
    state = deck.saved_state(kept[0])
    assert state is not None
    entries = deck.journal.at(kept[0], 10**9)
    for solo in solos:
        solo.begin(123, 0)  # whatever a fresh process has in it
    again = Deck(
        library_of(*solos),
        decoder(DeckState).decode(encoder.encode(state)),
        Journal(entries, deck.journal.number),
    )
    while again.head < deck.next_tick:
        run(again.compose())
    again.begin(deck.next_tick)
    return again


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_HISTORIES)
def test_any_history_sounds_the_same_composed_ahead_rewound_and_restored(
    solos: tuple[Solo, Solo], history: list[tuple[int, object, bool]]
) -> None:
    assert _ahead(solos, history, 40) == _straight(solos, history, 40)
