"""Eight decks of the shipped bundle in one process: each plays exactly what it plays alone, bit for bit."""

import random

import numpy as np
import pytest

from daemon.composer.models.library import Library
from daemon.composer.offline.offline import perform
from daemon.music.deck.deck import Deck, new_deck
from daemon.music.deck.operations import Reseed, SetParameters, SwapModel
from daemon.music.ensemble.drive import drive, run
from daemon.music.ensemble.ensembles import Ticked
from daemon.music.ensemble.lineup import Lineup, Source, lineup_of
from daemon.parameters import Parameters, change
from models import bundle as bundles
from tests.daemon.playback import CPU
from tests.daemon.solo import Solo, both

DECKS, TICKS = 8, 72


@pytest.fixture(scope="module")
def solo() -> Solo:
    return Solo(bundles.load("edm"), CPU, 1)


def parameters_of(number: int) -> Parameters:
    tempo = 60.0 + 25 * number
    settings = {
        "tempo": tempo,
        "energy": 0.3 + number / 12,
        "classical_mix": number / 8,
        "repetition": number / 8,
    }
    return change(Parameters(), settings)


def deck_of(library: Library, lineup: Lineup, number: int) -> Deck:
    """Return a deck with a history of its own: changes, another seed, and for one of them drums without a network."""
    deck = new_deck(library, lineup, parameters_of(number), seed=100 + number)
    deck.accept(SetParameters({"melody.temperature": 0.5 + number / 8}, over_beats=4.0), 8 + number)
    if number % 3 == 1:
        deck.accept(Reseed(7 + number), 20)
    if number == 5:
        deck.accept(SwapModel({"percussion": Source("pattern")}), 30)
    return deck


def heard(ticked: Ticked) -> object:
    return ticked.composed, ticked.parameters, ticked.release


def test_each_deck_plays_in_a_batch_what_it_plays_alone(solo: Solo) -> None:
    alone = []
    for number in range(DECKS):
        deck = deck_of(solo.library, solo.lineup, number)
        alone.append(([heard(run(deck.compose())) for _ in range(TICKS)], both_or_none(deck)))
        deck.close()
    decks = [deck_of(solo.library, solo.lineup, number) for number in range(DECKS)]
    together: list[list[object]] = [[] for _ in decks]
    rng = random.Random(5)
    while any(len(music) < TICKS for music in together):
        # As with different tempos: now these, now those decks need a tick.
        due = [number for number, music in enumerate(together) if len(music) < TICKS and rng.random() < 0.6]
        for number, result in drive({number: decks[number].compose() for number in due}).items():
            assert isinstance(result, Ticked), result
            together[number].append(heard(result))
    for number, (music, memory) in enumerate(alone):
        assert together[number] == music, f"deck {number} plays something else in the batch"
        for one, other in zip(memory, both_or_none(decks[number]), strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
        decks[number].close()


def both_or_none(deck: Deck) -> list[tuple[np.ndarray, ...]]:
    """Return the states of the LSTMs of a deck, bit for bit."""
    music = deck.state(deck.head).music
    if deck.state(deck.head).lineup.percussion.digest:
        return [memory.lstm for memory in both(music)]
    return []


def test_rows_that_are_released_serve_other_decks(solo: Solo) -> None:
    first = [deck_of(solo.library, solo.lineup, number) for number in range(3)]
    capacities = {part: session.capacity for part, session in solo.opened.sessions.items()}
    for deck in first:
        deck.close()
    later = [deck_of(solo.library, solo.lineup, number) for number in range(3)]
    assert {part: session.capacity for part, session in solo.opened.sessions.items()} == capacities
    for deck in later:
        deck.close()


def test_a_take_is_the_same_beside_other_decks(solo: Solo) -> None:
    lineup = lineup_of(solo.source)
    expected = perform(new_deck(solo.library, lineup, Parameters(), 9), 2).notes
    others = [deck_of(solo.library, lineup, number) for number in range(4)]
    for _ in range(5):
        drive({number: deck.compose() for number, deck in enumerate(others)})
    assert perform(new_deck(solo.library, lineup, Parameters(), 9), 2).notes == expected
