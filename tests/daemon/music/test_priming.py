"""Ensembles primed with other music before they play."""

from pathlib import Path

import numpy as np
import pytest

from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import first_state
from daemon.music.deck.operations import Prime
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.priming import begin, passage, plans_of, prime, primed_at
from daemon.music.ensemble.priming import hear as hear_ticks
from daemon.parameters import Parameters
from models.grid import Song, tracks_of
from models.hearing import TokenisedMusic, hear
from models.music import Part, Sound
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT
from tests.daemon.playback import loud, solo_of
from tests.daemon.solo import Solo, library_of, remembered, roles
from tests.training import tiny

BARS = 8


def loop(bars: int = BARS) -> TokenisedMusic:
    """One bar of bass, chords and four on the floor, repeated."""
    beats = range(4 * bars)
    bass = tuple(Sound(480 * n, 360, 36 + 7 * (n % 2), 90) for n in beats)
    chords = tuple(Sound(1920 * b, 1920, pitch, 80) for b in range(bars) for pitch in (60, 64, 67))
    kick = tuple(Sound(480 * n, 120, 36, 100) for n in beats)
    parts = (
        Part("bass", 3, 0, bass),
        Part("chords", 2, 0, chords),
        Part("drums", 10, 0, kick, (), is_drums=True),
    )
    return hear(Song(tuple(tracks_of(parts))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


def primed_solo(folder: Path, music: TokenisedMusic, tick: int, seed: int = 1) -> Solo:
    solo = solo_of(folder, seed)
    solo.restore(primed_at(run(prime(solo.ensemble, music, Parameters())), music, seed, tick))
    return solo


def test_a_short_loop_fills_what_is_looked_back_at() -> None:
    assert passage(loop(2)).bars == BARS
    assert passage(loop(40)).bars == 16
    assert passage(loop(40), from_bar=38).bars == BARS
    with pytest.raises(ValueError, match="there is no bar 40"):
        passage(loop(40), from_bar=40)


def test_plans_say_what_was_heard() -> None:
    plan = plans_of(loop())[3]
    assert plan.voices[0] > 0
    assert plan.voices[2] == 0
    assert plan.four_on_the_floor
    assert [pitch for pitch in range(12) if plan.harmony[0] >> pitch & 1] == [0, 4, 7]


@pytest.mark.parametrize("bar", [0, 3, 8, 29])
def test_what_was_heard_lies_behind_the_first_tick(bar: int, folder: Path) -> None:
    tick, music = bar * TICKS_PER_BAR, loop()
    state = primed_solo(folder, music, tick).save()
    behind = remembered(roles(state, 0), tick - 128, tick)
    assert np.array_equal(behind, music.melody)
    behind = remembered(roles(state, 1), tick - 128, tick)
    assert np.array_equal(behind, music.percussion)


def test_moving_there_and_back_changes_nothing(folder: Path) -> None:
    state = primed_solo(folder, loop(), 0).save()
    again = state.moved(13).moved(-13)
    assert again.plans == state.plans
    assert np.array_equal(roles(again, 0).numbers, roles(state, 0).numbers)
    assert np.array_equal(roles(again, 1).matched, roles(state, 1).matched)
    assert roles(again, 0).born == roles(state, 0).born


def test_the_networks_remember_it(folder: Path) -> None:
    """Priming changes the state of the LSTMs."""
    solo = solo_of(folder, 1)
    fresh = roles(solo.save(), 0).lstm
    heard = roles(primed_solo(folder, loop(), 0).save(), 0).lstm
    assert not np.allclose(heard[0], fresh[0])


def test_a_loop_that_was_heard_goes_on(folder: Path) -> None:
    """At `repetition` 1 a primed ensemble copies the bass it was primed with; a fresh one has nothing to copy."""
    music, parameters = loop(), loud(repetition=1.0, director=False)
    solo = primed_solo(folder, music, 0)
    for tick in range(TICKS_PER_BAR):
        solo.step(tick, parameters)
    played = remembered(roles(solo.save(), 0), 0, TICKS_PER_BAR)[:, :2]
    same = np.all(played == music.melody[:TICKS_PER_BAR, :2], axis=1).mean()
    other = solo_of(folder, 1)
    for tick in range(TICKS_PER_BAR):
        other.step(tick, parameters)
    unprimed = remembered(roles(other.save(), 0), 0, TICKS_PER_BAR)[:, :2]
    assert same >= 0.9 > np.all(unprimed == music.melody[:TICKS_PER_BAR, :2], axis=1).mean()


def test_a_priming_is_heard_from_a_bar_on(folder: Path) -> None:
    solo, music = solo_of(folder, 5), loop()
    deck = solo.deck(loud())
    for _ in range(20):
        run(deck.compose())
    entry = deck.accept(Prime(music, loud(), solo.lineup), 20)
    assert [(each.number, each.tick) for each in deck.state(20).waiting] == [(entry.number, 32)]
    for _ in range(20, 33):
        ticked = run(deck.compose())
    assert ticked.release == ("lead", "chords", "bass")
    while deck.head < 41:
        run(deck.compose())
    state = deck.state(41).music
    assert state.seed == 5
    assert np.array_equal(remembered(roles(state, 0), 16, 32), music.melody[-16:])
    assert not np.array_equal(remembered(roles(state, 0), 32, 41), music.melody[32:41])


def test_a_priming_moves_to_the_lineup_that_heard_it(folder: Path, tmp_path: Path) -> None:
    solo, other, music = solo_of(folder, 5), solo_of(tiny.write(tmp_path / "other", seed=9), 1), loop()
    deck = Deck(library_of(solo, other), first_state(solo.lineup, solo.ensemble, loud()))
    deck.accept(Prime(music, loud(), other.lineup), 0)
    run(deck.compose())
    assert deck.state(1).lineup == other.lineup
    assert deck.state(1).music.seed == 5
    assert np.array_equal(remembered(roles(deck.state(1).music, 0), 16 - 128, 0), music.melody[16:])


def test_a_priming_asked_for_while_stopped_is_heard_when_it_plays(folder: Path) -> None:
    solo, music = solo_of(folder, 5), loop()
    deck = solo.deck(loud())
    run(deck.compose())
    deck.accept(Prime(music, loud(), solo.lineup), 1)
    deck.restart()
    run(deck.compose())
    assert np.array_equal(remembered(roles(deck.state(1).music, 0), 16 - 128, 0), music.melody[16:])


def test_between_the_beats_of_a_priming_another_ensemble_of_the_bundle_may_play(folder: Path) -> None:
    solo, music = solo_of(folder, 1), loop()
    at_once = run(prime(solo.ensemble, music, Parameters()))
    hearing = solo.library.ensemble(solo.lineup)
    begin(hearing, music)
    for first in range(0, 4 * BARS * TICKS_PER_BEAT, TICKS_PER_BEAT):
        run(hear_ticks(hearing, music, Parameters(), range(first, first + TICKS_PER_BEAT)))
        solo.begin(77, 3)
        solo.step(3, loud())
    beat_by_beat = hearing.save()
    for part in (0, 1):
        heard, expected = roles(beat_by_beat, part), roles(at_once, part)
        assert np.array_equal(heard.numbers, expected.numbers)
        assert np.array_equal(heard.lstm[0], expected.lstm[0])
    assert beat_by_beat.plans == at_once.plans


def test_a_reprise_goes_on_note_for_note_from_a_saved_memory(folder: Path) -> None:
    solo = primed_solo(folder, loop(), 0)
    for tick in range(8):
        solo.step(tick, loud())
    saved = solo.save()
    onward = [solo.step(tick, loud()) for tick in range(8, 64)]
    solo.restore(saved)
    assert [solo.step(tick, loud()) for tick in range(8, 64)] == onward
    assert saved.moved(3).given[0][0] == saved.given[0][0] + 3


def test_the_same_priming_plays_the_same(folder: Path) -> None:
    def notes() -> list[object]:
        solo = primed_solo(folder, loop(), 32, seed=3)
        return [solo.step(tick, loud()).notes for tick in range(32, 64)]

    assert notes() == notes()
