"""The lessons of the plan network: rows of bars, what the network learns about each, and what it may copy."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from models.codecs import bars
from models.codecs.bar_analysis import rows_of
from models.codecs.base import LOOKBACK_BARS
from models.notes import SECTIONS, TICKS_PER_BAR
from tests.training.pieces import random_piece
from tests.training.songs import QUICK, SMALL, small_recipe
from training.errors import TrainingError
from training.piece import Piece
from training.recipe import Synthetic
from training.sections import bar_table, sections
from training.splits import Split
from training.synthetic.pieces import generated
from training.system import Lessons
from training.systems.edm import barfigures
from training.systems.edm.barlesson import bar_lesson, circumstances
from training.systems.edm.barlessons import BarLessons, BarStreams, bar_lessons_of
from training.systems.edm.recipe import PlanNetwork

PLAN = PlanNetwork(size=SMALL, fit=QUICK)


@pytest.fixture(scope="module")
def song() -> Piece:
    return next(iter(generated(Synthetic(songs=1, seed=3))))


def lessons(*train: Piece) -> BarLessons:
    return BarLessons(PLAN, small_recipe(), Split(list(train), list(train), list(train)))


def test_targets_are_the_rows_and_the_past_is_what_was_before(song: Piece) -> None:
    rows, lesson = rows_of(song.melody, song.percussion), bar_lesson(song)
    assert (lesson.rows["target"] == rows).all()
    assert (lesson.rows["previous"][1:] == rows[:-1]).all()
    for lag, ago in enumerate(LOOKBACK_BARS):
        assert (lesson.rows["lookback"][ago:, lag] == rows[:-ago]).all()
        assert not lesson.rows["lookback"][:ago, lag].any()
        assert not lesson.rows["valid"][:ago, :, lag].any()
        assert lesson.rows["valid"][ago:, :, lag].all()
        same = (rows[ago:] == rows[:-ago])[:, slice(*bars.LAYOUT.part_ranges[0])].all(axis=1)
        assert (lesson.rows["matched"][ago:, 0, lag] == same).all()


def test_a_song_has_the_circumstances_of_its_sections(song: Piece) -> None:
    found, named = circumstances(song), sections(bar_table(song))
    assert {each.name for each in named} >= {"drop"}
    for each, after in pairwise(named):
        here = slice(each.start, each.stop)
        assert (found.section[here] == SECTIONS.index(each.name)).all()
        assert (found.following[here] == SECTIONS.index(after.name)).all()
        assert found.age[each.start] == found.left[each.stop - 1] == 0
        assert found.energy[each.start] == each.energy
    assert (found.left[named[-1].start :] == -1).all()
    assert (found.genre.sum(axis=1) == 1).all()


def test_a_song_without_sections_counts_its_bars() -> None:
    silent = random_piece("lied", 6 * TICKS_PER_BAR, 1, "classical")
    silent.percussion[:] = 0
    found = circumstances(silent)
    assert found.age.tolist() == list(range(6))
    assert (found.section == -1).all()
    assert (found.energy < 0).all()


def test_only_pieces_with_voices_and_a_style_are_used(song: Piece) -> None:
    drums = Piece("d", "grooves", "edm", ("percussion",), song.melody, song.percussion)
    other = Piece("o", "pop", "other", ("melody",), song.melody, song.percussion)
    with pytest.raises(TrainingError, match="plan network"):
        bar_lessons_of(PLAN, small_recipe(), [drums, other])
    assert bar_lessons_of(PLAN, small_recipe(), [drums, other, song]).songs.train == [song]


def test_windows_cover_every_bar_once_and_hide_groups_only_while_learning(song: Piece) -> None:
    made: Lessons = lessons(song)
    count = sum(int(batch.real.sum()) for batch in made.validation())
    assert count == song.ticks // TICKS_PER_BAR
    hiding = replace(QUICK, withhold_plan=1.0)
    for learning in (True, False):
        (batch, *_) = BarStreams([bar_lesson(song)], bars.PART, hiding, learning=learning)
        shown = batch.heard.condition[..., bars.COLUMNS["place"]].any()
        assert bool(shown) is not learning
        assert batch.heard.condition[..., bars.COLUMNS["style"]].any()


def test_the_network_learns_a_song_and_the_figures_see_it(song: Piece) -> None:
    torch.manual_seed(1)
    made = lessons(song)
    network, loss = made.network(made.settings), made.loss()
    before = barfigures.measure(network, made)["synthetic"]
    optimiser = torch.optim.Adam(network.parameters(), 2e-2)
    network.train()
    for epoch in range(12):
        loss.begin()
        for batch in made.train(epoch):
            nats, count = loss(network, batch)
            optimiser.zero_grad()
            (nats / count).backward()
            optimiser.step()
    after = barfigures.measure(network, made)["synthetic"]
    assert after["bars"] == song.ticks // TICKS_PER_BAR
    assert after["told"]["all"] < 0.5 * before["told"]["all"]
    assert after["last_phrase"] == before["last_phrase"]
    assert sum(v for k, v in after["told"].items() if k != "all") == pytest.approx(
        after["told"]["all"], abs=0.01
    )


def test_repeats_of_the_last_phrase_are_cheap_for_the_baseline(song: Piece) -> None:
    looped = (
        np.tile(song.melody[: 8 * TICKS_PER_BAR], (6, 1)),
        np.tile(song.percussion[: 8 * TICKS_PER_BAR], (6, 1)),
    )
    loop = Piece("l", "synthetic", "edm", song.teaches, *looped, "house")
    figures = barfigures.measure(lessons(loop).network(lessons(loop).settings), lessons(loop))
    varied = barfigures.measure(lessons(song).network(lessons(song).settings), lessons(song))
    assert figures["synthetic"]["last_phrase"]["all"] < varied["synthetic"]["last_phrase"]["all"]
