"""Figures of a trained network on held-out songs, by source, beside the n-gram baselines."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from training.fit import held_out
from training.networks import TickNetwork
from training.ngram import ORDER, Ngram
from training.piece import Piece
from training.recipe import Fit
from training.splits import Split
from training.streams import LAYOUTS, lesson

UNIT: Final = (
    "nats per tick on whole held-out songs; told: the network gets each bar's plan, "
    f"untold: it does not; ngram: a back-off n-gram of order {ORDER} trained on the same songs; "
    "ngram_lookback: the same, which also gets the ticks 1, 2, 4, 8 bars ago"
)


def measure(network: TickNetwork, part: str, fit: Fit, songs: Split) -> dict[str, Any]:
    """Return held-out figures by source, with those of the n-grams; an empty table if the test split has no song."""
    figures = likelihoods(network, part, fit, songs.test)
    if figures:
        training = [piece.tokens(part) for piece in songs.train]
        for name, lookback in (("ngram", False), ("ngram_lookback", True)):
            baseline = Ngram(training, LAYOUTS[part], lookback=lookback)
            for source, own in _by_source(songs.test).items():
                nats = np.concatenate([baseline.nats(piece.tokens(part)) for piece in own])
                figures[source][name] = round(float(nats.mean()), 4)
    return figures


def likelihoods(
    network: TickNetwork, part: str, fit: Fit, pieces: Sequence[Piece]
) -> dict[str, dict[str, Any]]:
    """Return nats per tick by source, with the plan (told) and without it (untold), for whole ticks and by part."""
    return {source: _likelihood_of(network, part, fit, own) for source, own in _by_source(pieces).items()}


def _by_source(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    names = sorted({piece.source for piece in pieces})
    return {name: [piece for piece in pieces if piece.source == name] for name in names}


def _likelihood_of(network: TickNetwork, part: str, fit: Fit, pieces: Sequence[Piece]) -> dict[str, Any]:
    lessons = [lesson(piece, part) for piece in pieces]
    return {
        "songs": len(pieces),
        "ticks": sum(piece.ticks for piece in pieces),
        "told": held_out(network, part, fit, lessons, told_the_plan=True),
        "untold": held_out(network, part, fit, lessons, told_the_plan=False),
    }
