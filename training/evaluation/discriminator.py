"""The discriminator: a small network, trained afresh, that tries to tell the eight-bar windows of two collections apart."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.codecs.base import HISTORY_TICKS
from training.evaluation.features import features
from training.evaluation.grid import VOICES, sounds
from training.evaluation.music import Music
from training.evaluation.statistics import wilson

FOLDS: Final = 5
_WINDOWS_PER_SONG: Final = 12
_EPOCHS: Final = 12
# Few windows are repeated more often, so that the network is trained enough.
_LEAST_STEPS: Final = 240
_BATCH: Final = 32
_WIDTH: Final = 48


class Verdict(NamedTuple):
    """Share of correctly classified eight-bar windows in cross-validation by song, with its 95 % interval (Wilson)."""

    accuracy: float
    low: float
    high: float
    windows: int
    songs: int


class _Network(nn.Module):
    """Convolutions over beats and bars, pooled by mean and maximum over time, and the thirteen features; one logit."""

    def __init__(self, channels: int, feature_count: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv1d(channels, _WIDTH, 4, stride=4), nn.BatchNorm1d(_WIDTH), nn.ReLU(), nn.Dropout(0.3)),
            *(nn.Conv1d(_WIDTH, _WIDTH, 4, stride=4), nn.BatchNorm1d(_WIDTH), nn.ReLU(), nn.Dropout(0.3)),
        )
        self.head = nn.Sequential(
            nn.Linear(2 * _WIDTH + feature_count, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1)
        )

    def forward(self, rolls: torch.Tensor, feature_rows: torch.Tensor) -> torch.Tensor:
        """Map (N, channels, 128) rolls and (N, 13) features to (N,) logits."""
        hidden = self.body(rolls)
        logits: torch.Tensor = self.head(torch.cat([hidden.mean(2), hidden.amax(2), feature_rows], 1))[:, 0]
        return logits


class _Windows(NamedTuple):
    """Windows of one side or of both: rolls (N, channels, 128), features (N, 13), the song number of each window."""

    rolls: NDArray[np.float32]
    feature_rows: NDArray[np.float32]
    song: NDArray[np.int64]

    def at(self, which: NDArray[np.int64]) -> "_Windows":
        """Return the windows with these indices."""
        return _Windows(self.rolls[which], self.feature_rows[which], self.song[which])


def discriminate(
    one: Sequence[Music],
    other: Sequence[Music],
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Verdict | None:
    """Train on some songs to tell two collections apart, and test on the others; None if there are too few songs.

    Both sides have the same number of windows, at most twelve of each song. No song is in both training and test.
    """
    if min(len(one), len(other)) < FOLDS:
        return None
    rng = np.random.default_rng(seed)
    sides = [_windows(side, rng) for side in (one, other)]
    fewest = min(len(side.song) for side in sides)
    sides = [side.at(np.sort(rng.permutation(len(side.song))[:fewest])) for side in sides]
    folds = np.concatenate([_folds(side.song, rng) for side in sides])
    rolls, feature_rows, _ = (torch.from_numpy(np.concatenate(column)) for column in zip(*sides, strict=True))
    labels = torch.arange(2.0).repeat_interleave(fewest)
    right = 0
    for fold in range(FOLDS):
        judged = torch.from_numpy(folds == fold)
        scaled = _scaled(feature_rows, ~judged)
        network = _learn(rolls[~judged], scaled[~judged], labels[~judged], seed + fold)
        with torch.no_grad():
            right += int(((network(rolls[judged], scaled[judged]) > 0) == (labels[judged] > 0)).sum())
        progress(fold + 1, FOLDS)
    songs = sum(len(np.unique(side.song)) for side in sides)
    return Verdict(right / len(labels), *wilson(right, len(labels)), len(labels), songs)


def _windows(side: Sequence[Music], rng: np.random.Generator) -> _Windows:
    """Return up to twelve windows of each song, without silent ones."""
    rolls, feature_rows, numbers = [], [], []
    for number, song in enumerate(side):
        roll, rows = _roll(song), features(song.melody, song.percussion)
        whole = len(song.melody) // HISTORY_TICKS
        windows = roll[: whole * HISTORY_TICKS].reshape(whole, HISTORY_TICKS, roll.shape[1])
        own = [each for each in rng.permutation(whole) if windows[each].any()][:_WINDOWS_PER_SONG]
        rolls.append(windows[own].transpose(0, 2, 1))
        feature_rows.append(rows[own])
        numbers += [number] * len(own)
    return _Windows(
        np.concatenate(rolls).astype(np.float32),
        np.nan_to_num(np.concatenate(feature_rows)).astype(np.float32),
        np.array(numbers, np.int64),
    )


def _roll(song: Music) -> NDArray[np.float32]:
    """Return (T, 84): each voice's pitch classes, octaves and length at its onsets, then the nine drums."""
    own, ticks = sounds(song.melody), len(song.melody)
    classes, octaves = np.zeros((2, ticks, len(VOICES), 12), np.float32)
    lengths = np.zeros((ticks, len(VOICES), 1), np.float32)
    classes[own.onset, own.voice, own.pitch % 12] = 1
    octaves[own.onset, own.voice, own.pitch // 12] = 1
    lengths[own.onset, own.voice, 0] = np.log2(own.length + 1) / 4
    pitched = np.concatenate([classes, octaves, lengths], axis=2).reshape(ticks, 25 * len(VOICES))
    return np.concatenate([pitched, song.percussion > 0], axis=1, dtype=np.float32)


def _folds(songs: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return (windows,): the fold of each window's song; songs are assigned in random order."""
    names, place = np.unique(songs, return_inverse=True)
    folds: NDArray[np.int64] = rng.permutation(np.arange(len(names)) % FOLDS)[place]
    return folds


def _scaled(feature_rows: torch.Tensor, learned: torch.Tensor) -> torch.Tensor:
    """Scale features to mean 0 and deviation 1 over the training windows."""
    known = feature_rows[learned]
    return (feature_rows - known.mean(0)) / (known.std(0) + 1e-3)


def _learn(rolls: torch.Tensor, feature_rows: torch.Tensor, labels: torch.Tensor, seed: int) -> _Network:
    """Train for a fixed number of epochs; the same seed gives the same network."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = _Network(rolls.shape[1], feature_rows.shape[1]).train()
        optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05)
        for batch in _batches(len(rolls)):
            logits = network(rolls[batch], feature_rows[batch])
            loss = nn.functional.binary_cross_entropy_with_logits(logits, labels[batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return network.eval()


def _batches(count: int) -> Iterator[torch.Tensor]:
    """Yield batches in new random orders. No batch has one window, because batch normalisation needs two."""
    size = _BATCH + (count % _BATCH == 1)
    for _ in range(max(_EPOCHS, _LEAST_STEPS * size // count)):
        yield from torch.split(torch.randperm(count), size)
