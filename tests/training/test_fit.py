"""Training: networks learn simple music, resume after a stop, and stop when they should."""

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from tests.training import tiny
from tests.training.pieces import random_piece
from tests.training.songs import QUICK, SMALL, small_recipe
from training import checkpoints
from training.errors import TrainingError
from training.fit import Course, teach
from training.piece import Piece
from training.splits import Split
from training.systems.edm.figures import held_out
from training.systems.edm.lesson import lesson
from training.systems.edm.lessons import TickLessons, warmth
from training.systems.edm.recipe import Fit, NetworkSize

pytestmark = pytest.mark.train


def _lessons(
    part: str = "percussion",
    fit: Fit = QUICK,
    size: NetworkSize = SMALL,
    songs: Sequence[Piece] = (random_piece("a", 96, 1),),
    validation: Sequence[Piece] = (random_piece("b", 64, 2),),
) -> TickLessons:
    return TickLessons(part, small_recipe(fit, size), Split([*songs], [*validation], []))


def test_a_loop_is_learned_to_near_certainty(tmp_path: Path) -> None:
    bar = np.zeros((16, 9), np.int64)
    bar[::4, 0], bar[2::4, 3] = 2, 1
    piece = dataclasses.replace(random_piece("loop", 16 * 8, 0), percussion=np.tile(bar, (8, 1)))
    lessons = _lessons(fit=replace(QUICK, learning_rate=3e-2), songs=[piece], validation=[piece])
    network = lessons.network(lessons.settings)
    network.load_state_dict(teach(lessons, Course(tmp_path, 60)).state_dict())
    songs = [lesson(piece, "percussion")]
    fresh = held_out(tiny.network("percussion"), "percussion", QUICK, songs, told_the_plan=True)
    taught = held_out(network, "percussion", QUICK, songs, told_the_plan=True)
    assert fresh["all"] > 1
    assert taught["all"] < 0.2
    assert taught["all"] == pytest.approx(
        sum(taught[name] for name in ("kick", "backbeat", "hats", "colour")), abs=1e-3
    )


def test_a_run_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    teach(_lessons(), Course(tmp_path, 1))
    first = checkpoints.progress(tmp_path)
    assert first is not None
    weights = checkpoints.read(tmp_path / "last.ckpt")
    assert (first.epochs, first.settled, weights["global_step"]) == (1, False, 3)
    teach(_lessons(), Course(tmp_path, 3))
    second = checkpoints.progress(tmp_path)
    assert second is not None
    assert second.epochs == 3
    assert checkpoints.read(tmp_path / "last.ckpt")["global_step"] == 9
    assert (second.seconds or 0) > (first.seconds or 0) > 0


def test_a_finished_course_is_not_learned_again(tmp_path: Path) -> None:
    teach(_lessons(), Course(tmp_path, 2))
    before = (tmp_path / "last.ckpt").read_bytes()
    network = teach(_lessons(songs=[], validation=[]), Course(tmp_path, 2))
    assert (tmp_path / "last.ckpt").read_bytes() == before
    kept = checkpoints.network_of(_lessons(), tmp_path / "best.ckpt")
    assert all(
        torch.equal(one, other) for one, other in zip(network.parameters(), kept.parameters(), strict=True)
    )


def test_it_stops_when_validation_stops_getting_better(tmp_path: Path) -> None:
    still = replace(QUICK, patience=2, learning_rate=0.0)
    teach(_lessons(fit=still), Course(tmp_path, 50))
    done = checkpoints.progress(tmp_path)
    assert done is not None
    assert (done.epochs, done.settled) == (3, True)
    assert checkpoints.best_epoch(tmp_path) == 1


def test_the_best_network_is_known_again_in_a_moved_folder(tmp_path: Path) -> None:
    silent = dataclasses.replace(random_piece("s", 64, 0), percussion=np.zeros((64, 9), np.int64))
    teach(_lessons(validation=[silent]), Course(tmp_path / "here", 1))
    shutil.move(tmp_path / "here", tmp_path / "there")
    teach(_lessons(), Course(tmp_path / "there", 2))
    assert checkpoints.progress(tmp_path / "there") is not None
    assert checkpoints.best_epoch(tmp_path / "there") == 1
    assert not (tmp_path / "here").exists()


def test_time_ends_a_course_with_a_network_to_keep(tmp_path: Path) -> None:
    teach(_lessons(), Course(tmp_path, 100_000, seconds=2))
    done = checkpoints.progress(tmp_path)
    assert done is not None
    assert 1 <= done.epochs < 100_000
    (optimiser,) = checkpoints.read(tmp_path / "last.ckpt")["optimizer_states"]
    assert optimiser["param_groups"][0]["lr"] < 0.2 * QUICK.learning_rate, "it fell as time ran out"


def test_the_learning_rate_warms_up_and_falls_to_nothing() -> None:
    rates = [warmth(progress / 100) for progress in range(101)]
    assert rates[0] < 0.1
    assert max(rates) == rates[5] == 1
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] == warmth(1.5) == 0


def test_checkpoints_of_another_network_are_refused(tmp_path: Path) -> None:
    teach(_lessons(), Course(tmp_path, 1))
    with pytest.raises(
        TrainingError, match=r"other sizes than the recipe's percussion; .* start again with --fresh"
    ):
        teach(_lessons(size=replace(SMALL, hidden=8)), Course(tmp_path, 2))
    with pytest.raises(TrainingError, match="other sizes than the recipe's melody"):
        teach(_lessons("melody"), Course(tmp_path, 2))


def test_checkpoints_of_another_version_are_refused(tmp_path: Path) -> None:
    teach(_lessons(), Course(tmp_path, 1))
    saved = checkpoints.read(tmp_path / "last.ckpt")
    saved["state_dict"] = {f"former.{name}": value for name, value in saved["state_dict"].items()}
    torch.save(saved, tmp_path / "last.ckpt")
    with pytest.raises(TrainingError, match="percussion are from another version of edmd; start again"):
        teach(_lessons(), Course(tmp_path, 2))


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    teach(_lessons(), Course(tmp_path, 1))
    content = (tmp_path / "last.ckpt").read_bytes()
    for damaged in (b"", content[: len(content) // 2], b"junk"):
        (tmp_path / "last.ckpt").write_bytes(damaged)
        with pytest.raises(TrainingError, match=r"last\.ckpt cannot be read; start again with --fresh"):
            teach(_lessons(), Course(tmp_path, 2))


def test_epochs_of_unequal_length_are_read_to_their_ends(tmp_path: Path) -> None:
    songs = [random_piece("a", 96, 1), random_piece("b", 160, 2)]
    lessons = _lessons(fit=replace(QUICK, streams=1), songs=songs)
    lessons.often = [0.5, 0.5]
    counts = [len(list(lessons.train(epoch))) for epoch in range(4)]
    assert len(set(counts)) > 1
    for epochs in (3, 4):
        teach(lessons, Course(tmp_path, epochs))
        assert checkpoints.read(tmp_path / "last.ckpt")["global_step"] == sum(counts[:epochs])


def test_a_course_may_start_with_another_ones_network(tmp_path: Path) -> None:
    teach(_lessons(), Course(tmp_path / "one", 1))
    still = replace(QUICK, learning_rate=0.0, weight_decay=0.0)
    taken = teach(_lessons(fit=still), Course(tmp_path / "two", 1, start=tmp_path / "one"))
    first = checkpoints.network_of(_lessons(), tmp_path / "one" / checkpoints.BEST)
    assert all(torch.equal(a, b) for a, b in zip(taken.parameters(), first.parameters(), strict=True))
    with pytest.raises(TrainingError, match=r"contains no best\.ckpt to start with"):
        teach(_lessons(), Course(tmp_path / "three", 1, start=tmp_path))
    wider = _lessons(size=replace(SMALL, hidden=14))
    with pytest.raises(TrainingError, match="leave out --start"):
        teach(wider, Course(tmp_path / "four", 1, start=tmp_path / "one"))
