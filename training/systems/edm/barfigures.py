"""Figures of a trained plan network on held-out songs, by source, beside repeats of the last phrase."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.codecs import bars
from models.codecs.bar_analysis import rows_of
from models.codecs.base import Tokens
from models.notes import BARS_PER_PHRASE
from training.networks import TickNetwork
from training.piece import Piece
from training.systems.edm.barlesson import bar_lesson
from training.systems.edm.barlessons import BarLessons, BarStreams
from training.systems.edm.lesson import Lesson
from training.systems.edm.lessons import TickLoss
from training.systems.edm.recipe import Fit

UNIT: Final = (
    "nats per bar on held-out songs; told: the network gets each bar's circumstances, untold: only its style; last_phrase: "
    "each part repeats its bar of eight bars ago with the share found in training songs, or else draws each slot by how "
    "often its tokens occur there"
)
_LEAST_COUNT: Final = 0.5


def measure(network: TickNetwork, lessons: BarLessons) -> dict[str, Any]:
    """Return held-out figures by source; an empty table if the test split has no song."""
    by_source: dict[str, list[Piece]] = defaultdict(list)
    for piece in lessons.songs.test:
        by_source[piece.source].append(piece)
    last_phrase = _LastPhrase([_rows(piece) for piece in lessons.songs.train])
    figures = {}
    for source, pieces in sorted(by_source.items()):
        own = [bar_lesson(piece) for piece in pieces]
        figures[source] = {
            "songs": len(own),
            "bars": sum(each.ticks for each in own),
            "told": held_out(network, lessons.fit, own, told=True),
            "untold": held_out(network, lessons.fit, own, told=False),
            "last_phrase": last_phrase.nats([_rows(piece) for piece in pieces]),
        }
    return figures


@torch.inference_mode()
def held_out(network: TickNetwork, fit: Fit, lessons: list[Lesson], *, told: bool) -> dict[str, float]:
    """Return nats per bar of each part and in all."""
    network.eval()
    loss, sums, count = TickLoss(), np.zeros(len(bars.LAYOUT.parts)), 0
    for batch in BarStreams(lessons, bars.PART, fit, learning=False):
        if not told:
            for group in bars.GROUPS:
                batch.heard.condition[..., bars.COLUMNS[group]] = 0
        sums += loss.by_part(network, batch).sum(dim=(0, 1)).numpy()
        count += int(batch.real.sum())
    return _named(sums / max(count, 1))


class _LastPhrase:
    """The baseline: a mixture of the bar eight bars ago and of the tokens' frequencies."""

    def __init__(self, songs: Sequence[Tokens]) -> None:
        rows = np.concatenate(songs)
        self._logs: list[NDArray[np.float64]] = []
        for slot, (low, high) in enumerate(pairwise(bars.LAYOUT.offsets)):
            counts = np.bincount(rows[:, slot], minlength=high - low) + _LEAST_COUNT
            self._logs.append(np.log(counts / counts.sum()))
        same = np.concatenate([_repeated(song) for song in songs])
        self._share = np.clip(same.mean(axis=0), 0.01, 0.99)

    def nats(self, songs: Sequence[Tokens]) -> Mapping[str, float]:
        """Return nats per bar of each part and in all."""
        return _named(np.concatenate([self._of(song) for song in songs]).mean(axis=0))

    def _of(self, rows: Tokens) -> NDArray[np.float64]:
        by_slot = np.stack([log[rows[:, slot]] for slot, log in enumerate(self._logs)], axis=1)
        fresh = np.stack(
            [by_slot[:, start:stop].sum(axis=1) for start, stop in bars.LAYOUT.part_ranges], axis=1
        )
        past = np.arange(len(rows))[:, None] >= BARS_PER_PHRASE
        mixed = np.log((1 - self._share) * np.exp(fresh) + self._share * _repeated(rows))
        return -np.where(past, mixed, fresh)


def _repeated(rows: Tokens) -> NDArray[np.bool_]:
    """Return (bars, parts): whether a part's row is that of eight bars ago."""
    same = np.zeros(rows.shape, bool)
    same[BARS_PER_PHRASE:] = rows[BARS_PER_PHRASE:] == rows[:-BARS_PER_PHRASE]
    return np.stack([same[:, start:stop].all(axis=1) for start, stop in bars.LAYOUT.part_ranges], axis=1)


def _rows(piece: Piece) -> Tokens:
    return rows_of(piece.melody, piece.percussion)


def _named(nats: NDArray[np.float64]) -> dict[str, float]:
    names = [part.name for part in bars.LAYOUT.parts]
    figures = {name: round(float(each), 4) for name, each in zip(names, nats, strict=True)}
    return {**figures, "all": round(float(nats.sum()), 4)}
