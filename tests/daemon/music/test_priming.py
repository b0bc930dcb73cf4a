"""Engines primed with other music before they play."""

from pathlib import Path

import numpy as np
import pytest

from daemon.music.deck import Deck
from daemon.music.deckstate import first_state
from daemon.music.drive import run
from daemon.music.operations import Prime
from daemon.music.priming import moved, passage, plans_of, prime, primed, primed_at
from daemon.parameters import Parameters
from models.grid import Song, tracks_of
from models.hearing import TokenisedMusic, hear
from models.music import Part, Sound
from models.notes import TICKS_PER_BAR
from tests.daemon.playback import engine_of, loud
from tests.daemon.solo import Solo, library_of
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


def engine_primed(folder: Path, music: TokenisedMusic, tick: int, seed: int = 1) -> Solo:
    engine = engine_of(folder, seed)
    engine.restore(primed_at(primed(engine, music, Parameters()), music, seed, tick))
    return engine


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
    state = engine_primed(folder, music, tick).save()
    behind = [state.melody.tokens[(tick - ago) % len(state.melody.tokens)] for ago in range(128, 0, -1)]
    assert np.array_equal(behind, music.melody)
    behind = [state.percussion.tokens[(tick - ago) % 128] for ago in range(128, 0, -1)]
    assert np.array_equal(behind, music.percussion)


def test_moving_there_and_back_changes_nothing(folder: Path) -> None:
    state = engine_primed(folder, loop(), 0).save()
    again = moved(moved(state, 13), -13)
    assert again.plans == state.plans
    assert np.array_equal(again.melody.tokens, state.melody.tokens)
    assert np.array_equal(again.percussion.matched, state.percussion.matched)
    assert again.melody.born == state.melody.born


def test_the_networks_remember_it(folder: Path) -> None:
    """Priming changes the state of the LSTMs."""
    engine = engine_of(folder, 1)
    fresh = engine.save().melody.lstm
    heard = engine_primed(folder, loop(), 0).save().melody.lstm
    assert not np.allclose(heard[0], fresh[0])


def test_a_loop_that_was_heard_goes_on(folder: Path) -> None:
    """At `repetition` 1 a primed engine copies the bass it was primed with; a fresh engine has nothing to copy."""
    music, parameters = loop(), loud(repetition=1.0, director=False)
    engine = engine_primed(folder, music, 0)
    for tick in range(TICKS_PER_BAR):
        engine.step(tick, parameters)
    played = engine.save().melody.tokens[:TICKS_PER_BAR, :2]
    same = np.all(played == music.melody[:TICKS_PER_BAR, :2], axis=1).mean()
    other = engine_of(folder, 1)
    for tick in range(TICKS_PER_BAR):
        other.step(tick, parameters)
    unprimed = other.save().melody.tokens[:TICKS_PER_BAR, :2]
    assert same >= 0.9 > np.all(unprimed == music.melody[:TICKS_PER_BAR, :2], axis=1).mean()


def test_a_priming_is_heard_from_a_bar_on(folder: Path) -> None:
    engine, music = engine_of(folder, 5), loop()
    deck = engine.deck(loud())
    for _ in range(20):
        run(deck.compose())
    entry = deck.accept(Prime(music, loud(), engine.bundle.digest), 20)
    assert [(each.number, each.tick) for each in deck.state(20).waiting] == [(entry.number, 32)]
    for _ in range(20, 33):
        ticked = run(deck.compose())
    assert ticked.release == ("lead", "chords", "bass")
    while deck.head < 41:
        run(deck.compose())
    state = deck.state(41).engine
    assert state.seed == 5
    assert np.array_equal(state.melody.tokens[:32][16:], music.melody[-16:])
    assert not np.array_equal(state.melody.tokens[32:41], music.melody[32:41])


def test_a_priming_moves_to_the_engine_of_its_bundle(folder: Path, tmp_path: Path) -> None:
    engine, other, music = engine_of(folder, 5), engine_of(tiny.write(tmp_path / "other", seed=9), 1), loop()
    deck = Deck(library_of(engine, other), first_state(engine.lineup, engine.ensemble, loud()))
    deck.accept(Prime(music, loud(), other.bundle.digest), 0)
    run(deck.compose())
    assert deck.state(1).bundle == other.bundle.digest
    assert deck.state(1).music.seed == 5
    assert np.array_equal(deck.state(1).music.melody.tokens[16:128], music.melody[16:])


def test_a_priming_asked_for_while_stopped_is_heard_when_it_plays(folder: Path) -> None:
    engine, music = engine_of(folder, 5), loop()
    deck = engine.deck(loud())
    run(deck.compose())
    deck.accept(Prime(music, loud(), engine.bundle.digest), 1)
    deck.restart()
    run(deck.compose())
    assert np.array_equal(deck.state(1).music.melody.tokens[16:128], music.melody[16:])


def test_between_the_beats_of_a_priming_the_engine_may_do_other_things(folder: Path) -> None:
    engine, music = engine_of(folder, 1), loop()
    at_once = primed(engine, music, Parameters())
    beat_by_beat = []
    for state in prime(engine, music, Parameters()):
        beat_by_beat.append(state)
        engine.begin(77, 3)
        engine.step(3, loud())
    assert len(beat_by_beat) == 4 * BARS
    assert np.array_equal(beat_by_beat[-1].melody.tokens, at_once.melody.tokens)
    assert np.array_equal(beat_by_beat[-1].melody.lstm[0], at_once.melody.lstm[0])
    assert np.array_equal(beat_by_beat[-1].percussion.lstm[0], at_once.percussion.lstm[0])
    assert beat_by_beat[-1].plans == at_once.plans


def test_a_reprise_goes_on_note_for_note_from_a_saved_memory(folder: Path) -> None:
    engine = engine_primed(folder, loop(), 0)
    for tick in range(8):
        engine.step(tick, loud())
    saved = engine.save()
    onward = [engine.step(tick, loud()) for tick in range(8, 64)]
    engine.restore(saved)
    assert [engine.step(tick, loud()) for tick in range(8, 64)] == onward
    assert moved(saved, 3).given[0][0] == saved.given[0][0] + 3


def test_the_same_priming_plays_the_same(folder: Path) -> None:
    def notes() -> list[object]:
        engine = engine_primed(folder, loop(), 32, seed=3)
        return [engine.step(tick, loud()).notes for tick in range(32, 64)]

    assert notes() == notes()
