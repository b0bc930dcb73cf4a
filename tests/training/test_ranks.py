"""Several ranks train one network, equal to that of a single process."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.imports import ROOT
from tests.training.pieces import random_piece
from tests.training.songs import QUICK
from training import checkpoints
from training.devices import Devices
from training.reading import Share
from training.systems.edm.lesson import lesson
from training.systems.edm.streams import Streams


def _learn(folder: Path, devices: int, epochs: int) -> None:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.training.ranks", str(folder), str(devices), str(epochs)]
    settings = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr


def _weights(folder: Path, rank: int) -> dict[str, torch.Tensor]:
    read: dict[str, torch.Tensor] = torch.load(folder / f"{rank}.pt", weights_only=True)
    return read


def _column(path: Path, name: str) -> list[float]:
    with path.open(encoding="utf-8") as file:
        return [float(row[name]) for row in csv.DictReader(file) if row[name]]


@pytest.mark.train
@pytest.mark.timeout(400)
def test_two_ranks_learn_what_one_would_and_go_on_together(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    _learn(one, 1, 2)
    _learn(two, 2, 2)
    alone, first, second = _weights(one, 0), _weights(two, 0), _weights(two, 1)
    for name, weights in first.items():
        assert torch.equal(weights, second[name]), f"{name} differs between ranks"
    apart = torch.cat([(first[name] - alone[name]).abs().flatten() for name in first])
    # The tolerance is for rounding. If each rank counted only its own ticks, the difference would be 2e-3.
    assert float(apart.mean()) < 3e-4
    for name in ("train", "validation"):
        together = _column(two / "metrics.csv", name)
        assert together == pytest.approx(_column(one / "metrics.csv", name), rel=1e-4)
        assert together[1] < together[0], "it learns"
    _learn(two, 2, 3)
    gone_on = checkpoints.progress(two)
    assert gone_on is not None
    assert gone_on.epochs == 3
    assert checkpoints.read(two / "last.ckpt")["global_step"] == 3 * 5
    losses = [
        *_column(two / "metrics.csv", "train"),
        *_column(two / "from_epoch_2" / "metrics.csv", "train"),
    ]
    assert losses == sorted(losses, reverse=True), "it learns on"
    assert all(torch.equal(each, _weights(two, 1)[name]) for name, each in _weights(two, 0).items())


@pytest.mark.parametrize("ranks", [1, 2, 3, 7])
def test_ranks_read_every_stream_once_in_as_many_batches(ranks: int) -> None:
    lessons = [lesson(random_piece(str(n), 40 + 30 * n, n), "percussion") for n in range(5)]
    whole = list(Streams(lessons, "percussion", QUICK, learning=False))
    for batch in whole:
        shares = [Share(rank, ranks).of(batch) for rank in range(ranks)]
        assert sum(int(share.real.sum()) for share in shares) == int(batch.real.sum())
        assert all(len(share.fresh) > 0 for share in shares)
        for rank, share in enumerate(shares):
            mine = batch.target[rank::ranks]
            assert torch.equal(share.target[: len(mine)], mine)
            assert torch.equal(share.heard.condition[: len(mine)], batch.heard.condition[rank::ranks])


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU to learn on")
def test_a_gpu_that_is_not_there_is_said_to_be_missing() -> None:
    from training.errors import TrainingError

    with pytest.raises(TrainingError, match="torch finds 0 GPUs here"):
        Devices("gpu", 2).check()
    Devices("auto", 2).check()
