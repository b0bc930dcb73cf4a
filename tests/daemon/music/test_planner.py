"""Decks whose bundle has a plan network: determinism, memory, priming, batches, and what the director keeps."""

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.deck.savedstate import decoder, encoder
from daemon.music.ensemble.drive import drive, run
from daemon.music.ensemble.ensemble import Composed, Ensemble, EnsembleState
from daemon.music.ensemble.priming import passage, plans_of, prime, primed_at
from daemon.music.systems.edm.copy_gates import same_riff, tune_marks
from daemon.parameters import Parameters, change
from models import bundle
from models.codecs.base import LOOKBACK_BARS
from models.hearing import TokenisedMusic
from models.notes import TICKS_PER_BAR
from tests.daemon.playback import CPU
from tests.daemon.solo import Solo
from tests.training import tiny
from tests.training.pieces import random_piece

PURE = Parameters(classical_mix=0.0)
Plans = list[BarPlan]


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    folder = tiny.write_with_plan(tmp_path_factory.mktemp("models") / "planned")
    return Solo(bundle.load(str(folder)), CPU, 1)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return Solo(bundle.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny"))), CPU, 1)


def plans(ensemble: Ensemble, seed: int, count: int, parameters: Parameters = PURE) -> Plans:
    ensemble.begin(seed, 0)
    return [
        run(ensemble.compose(tick, parameters)).plan
        for tick in range(0, count * TICKS_PER_BAR, TICKS_PER_BAR)
    ]


def test_a_bundle_may_have_a_plan_network(solo: Solo, plain: Solo) -> None:
    assert [network.part for network in solo.bundle.networks] == ["melody", "percussion", "plan"]
    assert plain.ensemble.save().planner is None
    memory = solo.ensemble.save().planner
    assert memory is not None
    assert len(memory.lstm) == 2


def test_the_seed_decides_what_is_written(solo: Solo) -> None:
    first, again, other = (plans(solo.ensemble, seed, 24) for seed in (3, 3, 4))
    assert first == again != other


def test_it_writes_what_the_director_leaves_open(solo: Solo, plain: Solo) -> None:
    new_bars = change(PURE, {"repetition": 0.0})
    written, planned = (plans(each.ensemble, 3, 24, new_bars) for each in (solo, plain))
    for new, old in zip(written, planned, strict=True):
        assert (new.section, new.bars_left, new.harmony, new.key) == (
            old.section,
            old.bars_left,
            old.harmony,
            old.key,
        )
        assert all(was or not now for was, now in zip(old.voices, new.voices, strict=True))
        assert new.rhythms is not None
        assert old.rhythms is None
    assert len({each.heights for each in written}) > 4
    assert len({each.voices for each in written}) > len({each.voices for each in planned})


def test_a_part_repeats_only_a_bar_in_which_it_sounded_over_chords_that_fit(solo: Solo) -> None:
    for seed in range(3):
        found = plans(solo.ensemble, seed, 40)
        for number, now in enumerate(found):
            for voice, form in enumerate(now.tune_form or ()):
                for ago, repeats in zip(LOOKBACK_BARS, form, strict=False):
                    if repeats and now.voices[voice]:
                        old = found[number - ago]
                        assert all(
                            tune_marks(old, half)[voice] == tune_marks(now, half)[voice]
                            or same_riff(old, now, half)[voice]
                            for half in (0, 1)
                        )
                        assert old.voices[voice] == now.voices[voice]


def test_levels_by_hand_and_repetition_act(solo: Solo) -> None:
    by_hand = change(PURE, {"lead.level": "off", "bass.level": "4", "kick.level": "3"})
    assert {
        (each.voices[0], each.voices[2], each.drums[0]) for each in plans(solo.ensemble, 5, 16, by_hand)
    } == {(4, 0, 3)}
    new = plans(solo.ensemble, 5, 16, change(PURE, {"repetition": 0.0}))
    assert not any(
        any(form)
        for each in new
        for form, level in zip(each.tune_form or (), each.voices, strict=True)
        if level
    )


def test_a_restored_ensemble_goes_on_bar_for_bar_also_through_a_savepoint(solo: Solo) -> None:
    plans(solo.ensemble, 6, 12)
    saved = solo.ensemble.save()
    ticks = range(12 * TICKS_PER_BAR, 24 * TICKS_PER_BAR)
    onward = [run(solo.ensemble.compose(tick, PURE)) for tick in ticks]
    for state in (saved, decoder(EnsembleState).decode(encoder.encode(saved))):
        plans(solo.ensemble, 9, 5)
        solo.ensemble.restore(state)
        assert [run(solo.ensemble.compose(tick, PURE)) for tick in ticks] == onward


def test_a_memory_of_another_time_has_its_bars_there(solo: Solo) -> None:
    plans(solo.ensemble, 6, 12)
    memory = solo.ensemble.save().planner
    assert memory is not None
    later = memory.moved(100)
    assert [bar.bar for bar in later.past] == [bar.bar for bar in memory.past]
    assert later.past[0].origins == tuple(100 + each for each in memory.past[0].origins)
    assert later.past[0].rhythms == tuple(100 + each for each in memory.past[0].rhythms)


def test_a_state_without_a_planner_begins_one(solo: Solo) -> None:
    plans(solo.ensemble, 6, 12)
    solo.ensemble.restore(solo.ensemble.save()._replace(planner=None))
    memory = solo.ensemble.save().planner
    assert memory is not None
    assert memory.past == ()
    assert not any(state.any() for state in memory.lstm)


def test_decks_in_a_batch_write_what_they_write_alone(solo: Solo) -> None:
    ensembles = [solo.library.ensemble(solo.lineup) for _ in range(3)]
    alone = [plans(ensemble, seed, 10) for seed, ensemble in enumerate(ensembles)]
    for seed, ensemble in enumerate(ensembles):
        ensemble.begin(seed, 0)
    for number in range(10):
        found = drive(
            {seed: each.compose(number * TICKS_PER_BAR, PURE) for seed, each in enumerate(ensembles)}
        )
        for result, bars in zip(found.values(), alone, strict=True):
            assert isinstance(result, Composed), result
            assert result.plan == bars[number]
    for ensemble in ensembles:
        ensemble.close()


def test_a_closed_ensemble_releases_its_row(solo: Solo) -> None:
    session = solo.opened.sessions["plan"]
    for _ in range(2 * session.capacity):
        solo.library.ensemble(solo.lineup).close()
    capacity = session.capacity
    solo.library.ensemble(solo.lineup).close()
    assert session.capacity == capacity


def test_after_priming_it_remembers_the_bars_of_the_music(solo: Solo) -> None:
    piece = random_piece("p", 16 * TICKS_PER_BAR, 3)
    music = passage(TokenisedMusic(piece.melody, piece.percussion, 0))
    state = run(prime(solo.ensemble, music, PURE))
    assert state.planner is not None
    heard = plans_of(music)
    last, before = state.planner.past[:2]
    assert (last.bar.voices, last.bar.drums, last.bar.heights) == (
        heard[-1].voices,
        heard[-1].drums,
        heard[-1].heights,
    )
    assert before.bar.heights == heard[-2].heights
    there = primed_at(state, music, 7, 64 * TICKS_PER_BAR)
    solo.ensemble.restore(there)
    run(solo.ensemble.compose(64 * TICKS_PER_BAR, PURE))
    memory = solo.ensemble.save().planner
    assert memory is not None
    # The bar after the music has the plan of the music eight bars before.
    assert memory.past[0].bar.heights == heard[-8].heights
    assert memory.past[1].bar == last.bar
    assert max(memory.past[1].origins) == 63
