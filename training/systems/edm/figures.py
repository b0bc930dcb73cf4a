"""Figures of a trained network on held-out songs, by source, beside the n-gram baselines."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from lightning.fabric.utilities import move_data_to_device

from models.codecs.condition import COLUMNS, PLAN_GROUPS
from training.networks import TickNetwork
from training.ngram import ORDER, Ngram
from training.piece import Piece
from training.systems.edm.lessons import TickLessons, TickLoss
from training.systems.edm.recipe import Fit
from training.systems.edm.streams import LAYOUTS, Batch, Lesson, Streams, lesson

UNIT: Final = (
    "nats per tick on whole held-out songs; told: the network gets each bar's plan, "
    f"untold: it does not; ngram: a back-off n-gram of order {ORDER} trained on the same songs; "
    "ngram_lookback: the same, which also gets the ticks 1, 2, 4, 8 bars ago"
)


def measure(network: TickNetwork, lessons: TickLessons) -> dict[str, Any]:
    """Return held-out figures by source, with those of the n-grams; an empty table if the test split has no song."""
    figures = likelihoods(network, lessons)
    if figures:
        part, songs = lessons.name, lessons.songs
        training = [piece.tokens(part) for piece in songs.train]
        for name, lookback in (("ngram", False), ("ngram_lookback", True)):
            baseline = Ngram(training, LAYOUTS[part], lookback=lookback)
            for source, own in _by_source(songs.test).items():
                nats = np.concatenate([baseline.nats(piece.tokens(part)) for piece in own])
                figures[source][name] = round(float(nats.mean()), 4)
    return figures


def likelihoods(network: TickNetwork, lessons: TickLessons) -> dict[str, dict[str, Any]]:
    """Return nats per tick by source, with the plan (told) and without it (untold), for whole ticks and by part."""
    part, fit = lessons.name, lessons.fit
    figures = {}
    for source, pieces in _by_source(lessons.songs.test).items():
        own = [lesson(piece, part) for piece in pieces]
        figures[source] = {
            "songs": len(own),
            "ticks": sum(each.ticks for each in own),
            "told": held_out(network, part, fit, own, told_the_plan=True),
            "untold": held_out(network, part, fit, own, told_the_plan=False),
        }
    return figures


def _by_source(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    names = sorted({piece.source for piece in pieces})
    return {name: [piece for piece in pieces if piece.source == name] for name in names}


@torch.inference_mode()
def held_out(
    network: TickNetwork, part: str, fit: Fit, lessons: list[Lesson], *, told_the_plan: bool
) -> dict[str, float]:
    """Return nats per tick on held-out lessons: for each part and in all."""
    network.eval()
    loss, device = TickLoss(), network.offsets.device
    names = [each.name for each in network.layout.parts]
    sums, count = torch.zeros(len(names)), 0
    for read in Streams(lessons, part, fit, learning=False):
        batch: Batch = move_data_to_device(read, device)
        if not told_the_plan:
            for group in PLAN_GROUPS[part]:
                batch.heard.condition[..., COLUMNS[part][group]] = 0
        sums += loss.by_part(network, batch).sum(dim=(0, 1)).cpu()
        count += int(batch.real.sum())
    figures = {name: round(float(value) / count, 4) for name, value in zip(names, sums, strict=True)}
    return {**figures, "all": round(float(sums.sum()) / count, 4)}
