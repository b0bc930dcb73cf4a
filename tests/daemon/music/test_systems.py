"""Two systems unlike `edm` in an ensemble and a deck: one remembers a window of ticks, one steps once a bar."""

from typing import Any

import pytest

from daemon.music.deck.deck import Deck, new_deck
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.journal import Journal
from daemon.music.deck.operations import Forgo, Operation, Reseed, SetParameters
from daemon.music.deck.savedstate import decoder, encoder
from daemon.music.ensemble.drive import Failure, drive, run
from daemon.music.ensemble.ensemble import Ensemble, EnsembleState
from daemon.music.ensemble.lineup import Lineup, Source, lineup_of
from daemon.music.ensemble.priming import prime, primed_at
from daemon.parameters import Parameters
from models.arrangement import Arrangement
from models.codecs.melody import decode
from models.groove import EVEN
from models.notes import TICKS_PER_BAR
from tests.daemon.music.fakes import (
    WINDOW_TICKS,
    BarMemory,
    BarSystem,
    FakeSession,
    WindowedSystem,
    WindowMemory,
    next_bar,
    next_note,
)
from tests.daemon.music.test_deck import Heard, compose, heard
from tests.daemon.music.test_priming import loop
from tests.daemon.playback import loud
from tests.training.tiny import ARRANGED

LINEUP = lineup_of(Source("small"))


class SmallLibrary:
    """Makes ensembles of the two systems, whose sessions all decks share."""

    def __init__(self) -> None:
        self.windows, self.bars = FakeSession(next_note), FakeSession(next_bar)

    def open(self, source: Source) -> None:
        pass

    def ensemble(self, lineup: Lineup) -> Ensemble:
        assert lineup == LINEUP
        return Ensemble((WindowedSystem(self.windows.row()), BarSystem(self.bars.row())), ARRANGED, EVEN)

    def arrangement(self, source: Source) -> Arrangement:
        return ARRANGED

    def deck(self, seed: int = 1, **changes: Any) -> Deck:
        return new_deck(self, LINEUP, loud(humanize=0.0, **changes), seed)


@pytest.fixture
def library() -> SmallLibrary:
    return SmallLibrary()


@pytest.fixture
def deck(library: SmallLibrary) -> Deck:
    return library.deck()


def through_bytes(state: EnsembleState) -> EnsembleState:
    """Return the state with the memories of its systems decoded from bytes, as a savepoint stores them."""
    memories: Any = decoder(tuple[WindowMemory, BarMemory]).decode(encoder.encode(state.systems))
    return state._replace(systems=memories)


def test_they_play_and_ask_for_a_step_when_they_need_one(deck: Deck, library: SmallLibrary) -> None:
    music = compose(deck, 64)
    voices = {note.voice for composed, *_ in music for note in composed.notes}  # type: ignore[attr-defined]
    plans = [music[16 * bar][0].plan for bar in range(4)]  # type: ignore[attr-defined]
    assert voices == {"chords", "drums"}
    assert len({plan.key for plan in plans}) > 1, "the system that plans has set the keys"
    assert (len(library.windows.batches), len(library.bars.batches)) == (64, 4)


def test_both_memories_change_the_music(library: SmallLibrary) -> None:
    """Otherwise the tests below would hold whatever is saved."""
    ensemble = library.ensemble(LINEUP)
    played(ensemble, 0, 40)
    state = ensemble.save()
    expected = played(ensemble, 40, 64)
    fresh = library.ensemble(LINEUP)
    for systems in (
        (fresh.save().systems[0], state.systems[1]),
        (state.systems[0], fresh.save().systems[1]),
    ):
        ensemble.restore(state._replace(systems=systems))
        assert played(ensemble, 40, 64) != expected


def played(ensemble: Ensemble, first: int, end: int) -> list[object]:
    return [run(ensemble.compose(tick, loud(humanize=0.0))) for tick in range(first, end)]


@pytest.mark.parametrize("tick", [1, 15, 16, 21, 90])
def test_an_ensemble_that_is_saved_and_restored_goes_on_note_for_note(
    tick: int, library: SmallLibrary
) -> None:
    ensemble, other = library.ensemble(LINEUP), library.ensemble(LINEUP)
    ensemble.begin(3, 0)
    played(ensemble, 0, tick)
    saved = through_bytes(ensemble.save())
    onward = played(ensemble, tick, tick + 40)
    played(other, 0, 7)
    other.restore(saved)
    assert played(other, tick, tick + 40) == onward
    ensemble.restore(saved)
    assert played(ensemble, tick, tick + 40) == onward


@pytest.mark.parametrize(
    "operation",
    [
        SetParameters({"transpose": 5}),
        SetParameters({"energy": 0.2}, "bar"),
        Reseed(7, "now"),
        Reseed(7),
        Forgo(),
    ],
)
@pytest.mark.parametrize("tick", [12, 16, 31])
def test_a_deck_rewinds_them(operation: Operation, tick: int, deck: Deck, library: SmallLibrary) -> None:
    untouched = compose(deck, 50)
    deck.begin(tick)
    deck.accept(operation, tick)
    assert deck.rewind() == tick
    late = compose(deck, 70 - tick)
    other = library.deck()
    other.accept(operation, tick)
    assert compose(other, 70)[tick:] == late
    assert late[: 50 - tick] != untouched[tick:]


def test_a_deck_goes_on_from_a_saved_state_and_the_journal(deck: Deck, library: SmallLibrary) -> None:
    compose(deck, 37)
    deck.begin(20)
    deck.accept(Reseed(4, "beat"), 21)
    deck.accept(SetParameters({"gate": 0.3}), 25)
    deck.rewind()
    state = deck.saved_state(19)
    assert state is not None
    again = Deck(library, restored(state), Journal(deck.journal.at(19, 1 << 30), deck.journal.number))
    compose(again, 2)  # ticks 19 and 20
    assert compose(again, 60) == compose(deck, 60)


def restored(state: DeckState) -> DeckState:
    return state._replace(music=through_bytes(state.music))


def test_after_priming_they_go_on_from_the_music(library: SmallLibrary) -> None:
    music, ensemble = loop(2).filled(4), library.ensemble(LINEUP)
    primed = run(prime(ensemble, music, Parameters()))
    memory: Any = primed.systems[0]
    assert isinstance(memory, WindowMemory)
    sounds = [decode(tokens) for tokens in music.melody]
    expected = [each[0].pitch - 59 if each else 0 for each in sounds]
    assert list(memory.window) == expected[-WINDOW_TICKS:]
    assert primed_at(primed, music, 1, 9 * TICKS_PER_BAR).systems == primed.systems, "no memory has a date"


def together(*decks: Deck, ticks: int) -> list[Heard]:
    """Compose ticks of all decks, those of each tick driven together."""
    music: list[Heard] = [[] for _ in decks]
    for _ in range(ticks):
        found = drive({number: deck.compose() for number, deck in enumerate(decks)})
        for number, ticked in found.items():
            assert not isinstance(ticked, Failure)
            music[number].append((ticked.composed, ticked.parameters, ticked.release))
    return music


def test_two_decks_driven_together_play_what_each_plays_alone(library: SmallLibrary) -> None:
    alone = [compose(library.deck(1), 64), compose(library.deck(2, energy=0.3), 64)]
    library.windows.batches.clear()
    library.bars.batches.clear()
    assert together(library.deck(1), library.deck(2, energy=0.3), ticks=64) == alone
    assert [len(batch) for batch in library.windows.batches] == [2] * 64
    assert [len(batch) for batch in library.bars.batches] == [2] * 4


def test_decks_at_different_ticks_are_driven_together_too(library: SmallLibrary) -> None:
    """Each steps its bar at its own bar line, where the other deck waits for nothing."""
    alone = [compose(library.deck(1), 53), compose(library.deck(2), 48)]
    first, second = library.deck(1), library.deck(2)
    ahead = compose(first, 5)
    library.bars.batches.clear()
    one, two = together(first, second, ticks=48)
    assert [ahead + one, two] == alone
    assert [len(batch) for batch in library.bars.batches] == [1] * 6


def test_a_deck_whose_step_fails_leaves_the_other_as_it_is(library: SmallLibrary) -> None:
    """It fails at a bar line, after its other system has taken its step."""
    alone = compose(library.deck(2), 40)
    broken, well = library.deck(1), library.deck(2)
    expected = compose(library.deck(1), 33)[32:]
    first = together(broken, well, ticks=32)[1]
    library.windows.broken.add(_row_of(broken))
    found = drive({"broken": broken.compose(), "well": well.compose()})
    assert isinstance(found["broken"], Failure)
    assert str(found["broken"].error) == f"row {_row_of(broken)} is broken"
    assert not isinstance(found["well"], Failure)
    second = found["well"]
    assert [*first, (second.composed, second.parameters, second.release), *compose(well, 7)] == alone
    library.windows.broken.clear()
    assert [heard(broken)] == expected, "the failed tick has changed nothing"


def _row_of(deck: Deck) -> int:
    """Return the row of a deck's windowed system."""
    (ensemble,) = deck._ensembles._ensembles.values()
    system = ensemble._systems[0]
    assert isinstance(system, WindowedSystem)
    return system._row.index


def test_a_deck_that_closes_releases_its_rows(library: SmallLibrary) -> None:
    free = len(library.windows.free), len(library.bars.free)
    for seed in range(20):
        deck = library.deck(seed)
        compose(deck, 3)
        deck.close()
    assert (len(library.windows.free), len(library.bars.free)) == free
