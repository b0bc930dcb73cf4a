"""A fresh discriminator: a small network that tries to tell one collection's eight bars from another's."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import nn

from models.codecs.base import HISTORY_TICKS
from training.evaluation.grid import onset_grid
from training.evaluation.music import Music
from training.evaluation.statistics import wilson

FOLDS: Final = 5
_WINDOWS_PER_SONG: Final = 12
_EPOCHS: Final = 24
_BATCH: Final = 32
_CHANNELS: Final = 131


class Verdict(NamedTuple):
    """Share of eight-bar windows told right in cross-validation by song, with its 95 % interval (Wilson)."""

    accuracy: float
    low: float
    high: float
    windows: int
    songs: int


class _Network(nn.Module):
    """Convolutions over beats and bars, then the mean and the loudest over time: a logit each window."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(_CHANNELS, 48, 4, stride=4),
            nn.GELU(),
            nn.Dropout(0.2),
            nn.Conv1d(48, 48, 4, stride=4),
            nn.GELU(),
            nn.Dropout(0.2),
            nn.Conv1d(48, 48, 3, padding=1),
            nn.GELU(),
        )
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(96, 1))

    def forward(self, rolls: torch.Tensor) -> torch.Tensor:
        """(N, 131, 128) to (N,)."""
        heard = self.body(rolls)
        logits: torch.Tensor = self.head(torch.cat([heard.mean(2), heard.amax(2)], 1))[:, 0]
        return logits


def discriminate(
    one: Sequence[Music],
    other: Sequence[Music],
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Verdict | None:
    """Learn to tell two collections apart on some songs, judge the others; None with too few songs to split.

    Both sides have as many windows, each song at most twelve; no song is both learned from and judged.
    """
    if min(len(one), len(other)) < FOLDS:
        return None
    rng = np.random.default_rng(seed)
    sides = _evened([_windows(side, rng) for side in (one, other)], rng)
    rolls = torch.from_numpy(np.concatenate([side.rolls for side in sides])).float()
    labels = torch.cat([torch.full((len(side.rolls),), float(n)) for n, side in enumerate(sides)])
    folds = np.concatenate([_folds(side.songs, rng) for side in sides])
    right = 0
    for fold in range(FOLDS):
        judged = torch.from_numpy(folds == fold)
        network = _learn(rolls[~judged], labels[~judged], seed + fold)
        with torch.no_grad():
            right += int(((network(rolls[judged]) > 0) == (labels[judged] > 0)).sum())
        progress(fold + 1, FOLDS)
    songs = sum(len(np.unique(side.songs)) for side in sides)
    return Verdict(right / len(labels), *wilson(right, len(labels)), len(labels), songs)


class _Side(NamedTuple):
    """(windows, 131, 128) rolls and (windows,) the song of each."""

    rolls: np.ndarray
    songs: np.ndarray


def _windows(side: Sequence[Music], rng: np.random.Generator) -> _Side:
    """Up to twelve windows of each song, on bar lines of eight, silent ones left out."""
    rolls, songs = [], []
    for number, song in enumerate(side):
        roll = np.concatenate([onset_grid(song.melody), song.percussion > 0], axis=1).T
        starts = rng.permutation(np.arange(0, roll.shape[1] - HISTORY_TICKS + 1, HISTORY_TICKS))
        own = [roll[:, at : at + HISTORY_TICKS] for at in starts if roll[:, at : at + HISTORY_TICKS].any()]
        rolls += own[:_WINDOWS_PER_SONG]
        songs += [number] * len(own[:_WINDOWS_PER_SONG])
    return _Side(np.array(rolls, bool).reshape(-1, _CHANNELS, HISTORY_TICKS), np.array(songs, np.int64))


def _evened(sides: Sequence[_Side], rng: np.random.Generator) -> list[_Side]:
    """As many windows of each side as the smaller one has."""
    fewest = min(len(side.rolls) for side in sides)
    picks = [np.sort(rng.permutation(len(side.rolls))[:fewest]) for side in sides]
    return [_Side(side.rolls[pick], side.songs[pick]) for side, pick in zip(sides, picks, strict=True)]


def _folds(songs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(windows,) the fold of each window's song; songs are dealt out in a new order."""
    names, place = np.unique(songs, return_inverse=True)
    return rng.permutation(np.arange(len(names)) % FOLDS)[place]


def _learn(rolls: torch.Tensor, labels: torch.Tensor, seed: int) -> _Network:
    """Train for a fixed number of epochs; the same seed gives the same network."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = _Network().train()
        optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05)
        steps = _EPOCHS * -(-len(rolls) // _BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
        for batch in _batches(len(rolls)):
            loss = nn.functional.binary_cross_entropy_with_logits(network(rolls[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return network.eval()


def _batches(count: int) -> Iterator[torch.Tensor]:
    for _ in range(_EPOCHS):
        yield from torch.split(torch.randperm(count), _BATCH)
