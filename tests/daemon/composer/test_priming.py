"""Priming while the music plays: beat by beat, the last music only, and by the model that plays then."""

import numpy as np
import pytest

from daemon.composer.models.priming import Priming
from daemon.music.deck.operations import Prime
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.priming import prime
from models.hearing import TokenisedMusic
from tests.daemon.composer.hands import Hands, heard
from tests.daemon.music.test_priming import loop
from tests.daemon.playback import solo_of
from tests.daemon.solo import Solo, library_of, remembered, roles
from tests.training import tiny

BEATS = 32


@pytest.fixture(scope="module")
def solos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Solo, Solo]:
    folder = tmp_path_factory.mktemp("models")
    return solo_of(tiny.write(folder / "tiny"), 1), solo_of(tiny.write(folder / "other", seed=9), 1)


@pytest.fixture
def hands(solos: tuple[Solo, Solo]) -> Hands:
    made = Hands(solos)
    made.begin(3)
    return made


@pytest.fixture
def priming(hands: Hands, solos: tuple[Solo, Solo]) -> Priming:
    return Priming(library_of(*solos), hands.deck, hands.changes)


def other_music() -> TokenisedMusic:
    """The same rhythm as `loop`, two octaves of nothing higher: bass and chords alone."""
    music = loop()
    return TokenisedMusic(music.melody, np.zeros_like(music.percussion), music.shift)


def hear_all(priming: Priming, most: int = 1000) -> int:
    """Work until a priming is in the journal; return after how many calls."""
    for calls in range(1, most):
        if priming.work():
            return calls
    raise AssertionError("nothing was heard to its end")


def primes(hands: Hands) -> list[Prime]:
    return [each.operation for each in hands.deck.journal.entries if isinstance(each.operation, Prime)]


def test_beat_by_beat_is_the_same_as_at_once(
    hands: Hands, priming: Priming, solos: tuple[Solo, Solo]
) -> None:
    priming.expect(loop())
    calls = 1
    played = []
    while not priming.work():
        calls += 1
        if calls % 4 == 0:
            played += hands.begin(1)
    assert calls == BEATS, "a beat at each call"
    assert not priming.is_busy
    asked_at = hands.deck.next_tick
    played += hands.begin(60)

    at_once = Hands(solos)
    at_once.begin(3)
    expected = at_once.begin(asked_at - 3)
    at_once.changes.accept(Prime(loop(), at_once.changes.state.parameters, solos[0].lineup))
    assert heard(played) == heard(expected + at_once.begin(60))


def test_of_several_that_wait_the_last_is_heard(hands: Hands, priming: Priming) -> None:
    priming.expect(loop(2).filled(4))
    priming.expect(other_music())
    hear_all(priming)
    assert not priming.is_busy
    (operation,) = primes(hands)
    assert not operation.music.percussion.any()


def test_who_asks_for_music_is_asked_and_a_call_is_not(priming: Priming) -> None:
    told = [priming.is_asked]
    priming.expect_call(loop(), 2)
    told.append(priming.is_asked)
    priming.expect(loop())
    told.append(priming.is_asked)
    priming.work()
    told.append(priming.is_asked)
    hear_all(priming)
    told.append(priming.is_asked)
    assert told == [False, False, True, True, False]


def test_what_is_asked_for_while_music_is_heard_is_heard_after_it(hands: Hands, priming: Priming) -> None:
    priming.expect(loop())
    priming.work()
    priming.expect(loop(2).filled(4))
    priming.expect(other_music())
    hear_all(priming)
    assert priming.is_busy
    hear_all(priming)
    assert [bool(each.music.percussion.any()) for each in primes(hands)] == [True, False]
    hands.begin(20)
    assert not remembered(roles(hands.deck.state(17).music, 1), -96, 0).any(), (
        "of two at a bar the last one holds"
    )


def test_no_priming_begins_while_a_swap_waits(
    hands: Hands, priming: Priming, solos: tuple[Solo, Solo]
) -> None:
    hands.swap(solos[1])
    priming.expect(loop())
    for _ in range(13):  # up to the bar
        assert not priming.is_busy, "the loop of the composer may rest"
        assert not priming.work()
        hands.begin(1)
    assert primes(hands) == []
    hands.begin(1)
    assert hands.lineup == solos[1].lineup
    assert priming.is_busy
    assert hear_all(priming) == BEATS
    assert primes(hands)[0].lineup == solos[1].lineup


def test_a_model_that_is_swapped_in_meanwhile_hears_the_music_from_its_beginning_and_stays(
    hands: Hands, priming: Priming, solos: tuple[Solo, Solo]
) -> None:
    priming.expect(loop())
    for _ in range(10):
        assert not priming.work()
    hands.swap(solos[1])
    for _ in range(14):
        assert not priming.is_busy
        hands.begin(1)
    assert hear_all(priming) == BEATS, "from its beginning"
    (operation,) = primes(hands)
    assert operation.lineup == solos[1].lineup
    hands.begin(20)
    state = hands.deck.state(33)
    assert state.lineup == solos[1].lineup
    expected = roles(run(prime(solos[1].ensemble, loop(), operation.parameters)), 0)
    primed = roles(hands.deck._ensembles.primed[hands.deck.journal.number], 0)
    assert np.array_equal(primed.lstm[0], expected.lstm[0])
    assert np.array_equal(remembered(roles(state.music, 0), -80, 0), remembered(expected, 16, 96))


def test_music_asked_for_while_another_waits_for_a_swap_is_what_the_new_model_hears(
    hands: Hands, priming: Priming, solos: tuple[Solo, Solo]
) -> None:
    priming.expect(loop())
    priming.work()
    hands.swap(solos[1])
    priming.expect(other_music())
    hands.begin(14)
    hear_all(priming)
    assert not priming.is_busy
    (operation,) = primes(hands)
    assert (operation.lineup, bool(operation.music.percussion.any())) == (solos[1].lineup, False)


def test_what_was_heard_long_ago_is_forgotten(hands: Hands, priming: Priming) -> None:
    for _ in range(5):
        priming.expect(loop(2).filled(4))
        hear_all(priming)
        hands.begin(40, 1)
    assert len(hands.deck._ensembles.primed) <= 1
