"""Streams: every tick of every song once per epoch, each window with the past of its song."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from msgspec import structs

from models.codecs.base import LAGS, LOOKBACK_TICKS, RECALL, shifted
from models.codecs.condition import COLUMNS, PLAN_GROUPS
from models.manifest import PARTS
from tests.training.pieces import random_piece
from tests.training.songs import QUICK
from training.augment import drawn_shifts, shift_condition, shifted_tokens
from training.systems.edm.lesson import LAYOUTS, Lesson, lesson
from training.systems.edm.recall import first_alike, longest_match
from training.systems.edm.recipe import MECHANISMS
from training.systems.edm.streams import Batch, Streams

INGREDIENTS = (*MECHANISMS, *dict.fromkeys((*COLUMNS["melody"], *COLUMNS["percussion"])))
LENGTHS = (160, 48, 33, 200, 96, 31)


def _lessons(part: str, weight: int = 1) -> list[Lesson]:
    return [lesson(random_piece(f"{n}.mid", ticks, n), part, weight) for n, ticks in enumerate(LENGTHS)]


def _songs(batches: list[Batch]) -> list[torch.Tensor]:
    """Join the windows of each stream, and split them at the beginnings of songs that `fresh` marks."""
    songs = []
    for stream in range(QUICK.streams):
        rows: list[torch.Tensor] = []
        for batch in batches:
            if batch.fresh[stream] and rows:
                songs.append(torch.cat(rows))
                rows = []
            rows.append(batch.target[stream][batch.real[stream]])
        songs.append(torch.cat(rows))
    return [song for song in songs if len(song)]


@pytest.mark.parametrize("part", PARTS)
def test_windows_cover_every_tick_of_every_song_once(part: str) -> None:
    lessons = _lessons(part)
    streams = Streams(lessons, part, QUICK, learning=True)
    batches = list(streams)
    assert len(batches) == len(streams)
    read = Counter(song.numpy().astype(np.uint8).tobytes() for song in _songs(batches))
    assert read == Counter(one.rows["target"].tobytes() for one in lessons)


def test_padding_is_marked_and_silent() -> None:
    for batch in Streams(_lessons("melody"), "melody", QUICK, learning=False):
        padding = ~batch.real
        assert not batch.target[padding].any()
        assert not batch.heard.condition[padding].any()
        assert (batch.real[:, :-1] >= batch.real[:, 1:]).all(), "padding comes last"


@pytest.mark.parametrize("part", PARTS)
def test_each_tick_hears_its_songs_own_past(part: str) -> None:
    one = lesson(random_piece("a.mid", 200, 1), part)
    batches = list(Streams([one], part, QUICK, learning=False))
    previous, lookback, valid = (
        torch.cat([rows[0] for rows in column]).numpy()[: one.ticks]
        for column in zip(
            *((b.heard.previous, b.heard.lookback, b.heard.valid) for b in batches), strict=True
        )
    )
    tokens = one.rows["target"].astype(np.int64)
    assert (previous == shifted(tokens, 1)).all()
    recalled = longest_match(tokens, LAYOUTS[part])
    told = first_alike(tokens, LAYOUTS[part])
    is_told = np.repeat(told.lags > 0, [stop - start for start, stop in LAYOUTS[part].part_ranges], axis=1)
    assert (lookback[:, RECALL] == np.where(is_told, told.tokens, recalled.tokens)).all()
    assert (valid[:, :, RECALL] == ((told.lags > 0) | (recalled.lags > 0))).all()
    for lag, ticks in enumerate(LOOKBACK_TICKS):
        assert (lookback[:, lag] == shifted(tokens, ticks)).all()
        assert (valid[:, :, lag] == (np.arange(one.ticks) >= ticks)[:, None]).all()


def test_a_weight_lets_a_song_be_heard_so_often_while_learning_only() -> None:
    lessons = [replace(one, weight=3 if n == 0 else 1) for n, one in enumerate(_lessons("percussion"))]
    for learning, times in ((True, 3), (False, 1)):
        songs = _songs(list(Streams(lessons, "percussion", QUICK, learning=learning)))
        heard = [song.numpy().astype(np.uint8).tobytes() for song in songs]
        assert heard.count(lessons[0].rows["target"].tobytes()) == times
        assert heard.count(lessons[1].rows["target"].tobytes()) == 1


def test_epochs_differ_and_can_be_gone_on_with() -> None:
    lessons = _lessons("percussion")
    streams = Streams(lessons, "percussion", structs.replace(QUICK, streams=2), learning=True)
    first, second = ([batch.target for batch in streams] for _ in range(2))
    later = [
        batch.target
        for batch in Streams(lessons, "percussion", structs.replace(QUICK, streams=2), learning=True, epoch=1)
    ]
    assert any(not torch.equal(one, other) for one, other in zip(first, second, strict=True))
    assert all(torch.equal(one, other) for one, other in zip(second, later, strict=True))


@pytest.mark.parametrize("part", PARTS)
def test_plan_and_lookback_are_withheld_in_learning_alone(part: str) -> None:
    strict = structs.replace(QUICK, withhold_plan=1.0, withhold_lookback=1.0)
    lessons = [lesson(random_piece("a.mid", 200, 1), part)]
    for learning in (True, False):
        batches = list(Streams(lessons, part, strict, learning=learning))
        told = [
            batch.heard.condition[..., COLUMNS[part][group]].any()
            for batch in batches
            for group in PLAN_GROUPS[part]
        ]
        heard = [batch.heard.lookback.any() or batch.heard.valid.any() for batch in batches[1:]]
        assert any(told) is not learning
        assert any(heard) is not learning
        assert all(batch.heard.condition[..., :24].any() for batch in batches), "position is always told"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("ingredient", INGREDIENTS)
def test_an_ingredient_left_out_is_not_there_while_learning_nor_held_out(part: str, ingredient: str) -> None:
    lessons = [lesson(random_piece("a.mid", 400, 1), part)]
    fit = structs.replace(QUICK, without=(ingredient,), withhold_plan=0.0, withhold_lookback=0.0)
    for learning in (True, False):
        for batch in Streams(lessons, part, fit, learning=learning):
            heard = batch.heard
            if ingredient == "lookback":
                assert not heard.lookback.any()
            elif ingredient == "gates":
                assert not heard.valid.any()
            else:
                groups = PLAN_GROUPS[part] if ingredient == "plan" else (ingredient,)
                columns = [COLUMNS[part][group] for group in groups if group in COLUMNS[part]]
                assert not any(heard.condition[..., each].any() for each in columns)


def test_a_song_in_another_key_teaches_what_the_song_so_moved_would() -> None:
    piece = random_piece("a.mid", 256, 3)
    shifts = (5, 5 + 12, 5)
    moved = replace(piece, melody=shifted_tokens(piece.melody, shifts).astype(np.int64))
    fit = structs.replace(QUICK, window=128, withhold_plan=0.0, withhold_lookback=0.0)
    still, expected = (
        list(Streams([lesson(each, "melody")], "melody", fit, learning=False)) for each in (piece, moved)
    )
    for batch, wanted in zip(still, expected, strict=True):
        assert (shifted_tokens(batch.target.numpy(), shifts) == wanted.target.numpy()).all()
        condition = batch.heard.condition[0].numpy()
        shift_condition(condition, wanted.target[0].numpy(), shifts)
        same = condition == wanted.heard.condition[0].numpy()
        # Of several chords that fit random notes equally well, the lowest root is named, in any key. The highest note of
        # the lead may be moved down by an octave, so that another one is the highest.
        for group in ("chord", "line"):
            assert same[:, COLUMNS["melody"][group]].mean() > 0.9
            same[:, COLUMNS["melody"][group]] = True
        assert same.all()


def test_shifts_are_drawn_for_a_song_as_a_whole_and_only_as_often_as_asked() -> None:
    rng = np.random.default_rng(0)
    assert {drawn_shifts(rng, 0.0, 0.0) for _ in range(50)} == {(0, 0, 0)}
    drawn = [drawn_shifts(rng, 1.0, 0.0) for _ in range(200)]
    assert all(len(set(shifts)) == 1 and -5 <= shifts[0] <= 6 for shifts in drawn)
    assert {shift for shifts in drawn for shift in shifts} == set(range(-5, 7))


def test_parts_of_a_time_add_up_over_epochs() -> None:
    wanted = [0.25, 0.5, 1.75, 3.0]
    lessons = [lesson(random_piece(f"{n}", 64, n), "percussion", weight) for n, weight in enumerate(wanted)]
    streams = Streams(lessons, "percussion", QUICK, learning=True)
    counts = np.zeros((40, len(wanted)))
    for epoch in range(len(counts)):
        for order in streams._orders(np.random.default_rng(0), epoch):
            np.add.at(counts[epoch], order, 1)
    assert counts.mean(axis=0) == pytest.approx(wanted, abs=1 / 40)
    assert (np.ptp(counts, axis=0) <= 1).all()


def test_songs_that_are_all_heard_seldom_still_make_an_epoch() -> None:
    lessons = [replace(each, weight=0.001) for each in _lessons("percussion")[:2]]
    streams = Streams(lessons, "percussion", QUICK, learning=True)
    assert len(streams) > 0
    assert list(streams)


@pytest.mark.parametrize("part", PARTS)
def test_while_learning_a_part_recalls_what_the_plan_names_or_the_longest_match_or_nothing(part: str) -> None:
    piece = random_piece("a.mid", 16 * 24, 1)
    returning = np.concatenate([piece.tokens(part)[:256], piece.tokens(part)[:128]])
    song = replace(piece, melody=returning) if part == "melody" else replace(piece, percussion=returning)
    one = lesson(song, part)
    columns, parts = COLUMNS[part], range(len(LAYOUTS[part].parts))
    fit = structs.replace(
        QUICK, window=128, withhold_plan=0.0, withhold_lookback=0.0, transpose=0.0, octave=0.0
    )
    kinds: Counter[str] = Counter()
    for epoch in range(12):
        window = list(Streams([one], part, fit, learning=True, epoch=epoch))[2]
        condition = window.heard.condition[0]
        for each in parts:
            told = condition[:, columns["recall"].start + each]
            repeats = condition[:, columns["form"].start + each * LAGS + RECALL]
            rate = condition[:, columns["recent"].start + each * LAGS + RECALL]
            valid = window.heard.valid[0, :, each, RECALL]
            assert not (repeats > told).any(), "the form speaks of the bars that the plan names"
            assert not rate[~valid].any()
            kinds["told" if told.all() else "longest" if valid.any() else "nothing"] += 1
    assert set(kinds) == {"told", "longest", "nothing"}
    assert kinds["told"] > kinds["nothing"]
