"""Figures of a network on held-out songs, by song: nats and accuracy, beside a back-off n-gram with copies."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.codecs.base import Slot
from training.systems.sequences.batches import Span, batch_of, windows_of
from training.systems.sequences.lesson import Lesson
from training.systems.sequences.networks import StreamNetwork, WindowNetwork
from training.systems.sequences.yardstick import CopyingNgram

UNIT: Final = (
    "nats and accuracy per symbol on held-out songs, with 95 % intervals by bootstrap over songs; at the same symbols of "
    "each song, beginning with the one after the first window. The n-gram has five symbols and is mixed with copies of what "
    "followed the longest match in the song"
)
_MOST_PLACES: Final = 300  # of one song
_DRAWS: Final = 2000
_CHUNK: Final = 512
_LONG: Final = 1024


class Places(NamedTuple):
    """The symbols of a song at which a network is measured."""

    lesson: Lesson
    at: NDArray[np.int64]

    @property
    def digest(self) -> str:
        """What tells these symbols from others."""
        return sha256(self.lesson.symbols.tobytes() + self.at.tobytes()).hexdigest()[:16]


class Measured(NamedTuple):
    """Nats (N,) and hits (N,) of a song's places."""

    nats: NDArray[np.float64]
    hits: NDArray[np.bool_]


def places_of(lessons: Sequence[Lesson], window: int) -> list[Places]:
    """Return places of every song after its first window, the same ones for all networks."""
    return [
        Places(each, np.arange(window, len(each), max((len(each) - window) // _MOST_PLACES, 1)))
        for each in lessons
        if len(each) > window
    ]


@torch.inference_mode()
def measured(network: nn.Module, places: Sequence[Places], window: int, symbols: int) -> list[Measured]:
    """Return the figures of a network at the places of each song."""
    network.eval()
    if isinstance(network, WindowNetwork):
        return [_by_windows(network, each, window) for each in places]
    assert isinstance(network, StreamNetwork)  # noqa: S101 - there are two kinds
    return [_along(network, each, symbols) for each in places]


def _by_windows(network: WindowNetwork, places: Places, window: int) -> Measured:
    nats, hits = [], []
    for part in np.array_split(places.at, max(len(places.at) // _CHUNK, 1)):
        read = windows_of([(places.lesson.symbols, int(at)) for at in part], window)
        lost, right = network.nats(read.window, read.target)
        nats.append(lost.double().numpy())
        hits.append(right.numpy())
    return Measured(np.concatenate(nats), np.concatenate(hits))


def _along(network: StreamNetwork, places: Places, symbols: int) -> Measured:
    state = network.fresh_state(1)
    nats, hits = [], []
    for start in range(0, len(places.lesson), _LONG):
        batch = batch_of([Span(places.lesson, start)], _LONG, symbols, [start == 0])
        lost, right, state = network.nats(batch.heard, batch.target, state)
        nats.append(lost[batch.real].double().numpy())
        hits.append(right[batch.real].numpy())
    return Measured(np.concatenate(nats)[places.at], np.concatenate(hits)[places.at])


def yardstick(train: Sequence[Lesson], places: Sequence[Places], symbols: int) -> list[Measured]:
    """Return the figures of the n-gram with copies at the same places."""
    model = CopyingNgram(train, Slot("symbol", symbols))
    found = [model.nats(each.lesson.symbols)[each.at] for each in places]
    return [Measured(nats, np.zeros(len(nats), bool)) for nats in found]


def summary(by_song: Sequence[Measured], *, has_hits: bool = True) -> dict[str, Any]:
    """Return mean nats and accuracy over all places, with intervals."""
    nats = np.array([each.nats.sum() for each in by_song])
    hits = np.array([each.hits.sum() for each in by_song], np.float64)
    counts = np.array([len(each.nats) for each in by_song], np.float64)
    row: dict[str, Any] = {"nats": _with_interval(nats, counts), "songs": len(counts)}
    return {**row, "accuracy": _with_interval(hits, counts)} if has_hits else row


def _with_interval(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> dict[str, float]:
    drawn = np.random.default_rng(1).integers(0, len(sums), (_DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {
        "mean": round(float(sums.sum() / counts.sum()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


class HeldOut(NamedTuple):
    """The figures of one song: the sum of nats over `symbols` symbols, and the digest of the song and these places."""

    nats: float
    symbols: int
    digest: str


def difference(one: Mapping[str, HeldOut], other: Mapping[str, HeldOut]) -> dict[str, float]:
    """Return by how much the mean nats of `one` exceed those of `other`, with an interval over the songs of both.

    Raises ValueError if a song has other symbols in one of them.
    """
    keys = sorted(one.keys() & other.keys())
    if odd := [key for key in keys if one[key][1:] != other[key][1:]]:
        raise ValueError(f"{len(odd)} songs have other symbols, such as {odd[0]}")
    sums = np.array([one[key].nats - other[key].nats for key in keys])
    return {
        **_with_interval(sums, np.array([one[key].symbols for key in keys], np.float64)),
        "songs": len(keys),
    }
