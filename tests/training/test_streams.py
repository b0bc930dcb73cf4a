"""Streams: every tick of every song once an epoch, each window with what its song's past was."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from models.codecs.base import LOOKBACK_TICKS, shifted
from models.manifest import PARTS
from tests.training.pieces import random_piece
from tests.training.songs import QUICK
from training.streams import PLAN_COLUMNS, Batch, Lesson, Streams, lesson

LENGTHS = (160, 48, 33, 200, 96, 31)


def _lessons(part: str, weight: int = 1) -> list[Lesson]:
    return [lesson(random_piece(f"{n}.mid", ticks, n), part, weight) for n, ticks in enumerate(LENGTHS)]


def _songs(batches: list[Batch]) -> list[torch.Tensor]:
    """Put the windows of each stream together again, cut where `fresh` says a song begins."""
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
    assert read == Counter(one.tokens.tobytes() for one in lessons)


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
    tokens = one.tokens.astype(np.int64)
    assert (previous == shifted(tokens, 1)).all()
    for lag, ticks in enumerate(LOOKBACK_TICKS):
        assert (lookback[:, lag] == shifted(tokens, ticks)).all()
        assert (valid[:, :, lag] == (np.arange(one.ticks) >= ticks)[:, None]).all()


def test_a_weight_lets_a_song_be_heard_so_often_while_learning_only() -> None:
    lessons = [replace(one, weight=3 if n == 0 else 1) for n, one in enumerate(_lessons("percussion"))]
    for learning, times in ((True, 3), (False, 1)):
        songs = _songs(list(Streams(lessons, "percussion", QUICK, learning=learning)))
        heard = [song.numpy().astype(np.uint8).tobytes() for song in songs]
        assert heard.count(lessons[0].tokens.tobytes()) == times
        assert heard.count(lessons[1].tokens.tobytes()) == 1


def test_epochs_differ_and_can_be_gone_on_with() -> None:
    lessons = _lessons("percussion")
    streams = Streams(lessons, "percussion", replace(QUICK, streams=2), learning=True)
    first, second = ([batch.target for batch in streams] for _ in range(2))
    later = [
        batch.target
        for batch in Streams(lessons, "percussion", replace(QUICK, streams=2), learning=True, epoch=1)
    ]
    assert any(not torch.equal(one, other) for one, other in zip(first, second, strict=True))
    assert all(torch.equal(one, other) for one, other in zip(second, later, strict=True))


@pytest.mark.parametrize("part", PARTS)
def test_plan_and_lookback_are_withheld_in_learning_alone(part: str) -> None:
    strict = replace(QUICK, withhold_plan=1.0, withhold_lookback=1.0)
    lessons = [lesson(random_piece("a.mid", 200, 1), part)]
    for learning in (True, False):
        batches = list(Streams(lessons, part, strict, learning=learning))
        told = [
            batch.heard.condition[..., columns].any() for batch in batches for columns in PLAN_COLUMNS[part]
        ]
        heard = [batch.heard.lookback.any() or batch.heard.valid.any() for batch in batches[1:]]
        assert any(told) is not learning
        assert any(heard) is not learning
        assert all(batch.heard.condition[..., :24].any() for batch in batches), "position is always told"
