"""Figures of a trained network on songs it never learned from, by source, beside the n-gram baseline."""

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
    "nats per tick on whole songs never learned from; told: the network is given each bar's plan, "
    f"untold: it is withheld; ngram: a back-off n-gram of order {ORDER} taught by the same songs, "
    "ngram_lookback: it is also given the same place 1, 2, 4, 8 bars ago"
)


def measure(network: TickNetwork, part: str, fit: Fit, songs: Split) -> dict[str, Any]:
    """Held-out figures by source, the n-grams' among them; an empty table when no song falls to the test split."""
    figures = likelihoods(network, part, fit, songs.test)
    if figures:
        taught = [piece.tokens(part) for piece in songs.train]
        for name, lookback in (("ngram", False), ("ngram_lookback", True)):
            baseline = Ngram(taught, LAYOUTS[part], lookback=lookback)
            for source, own in _by_source(songs.test).items():
                nats = np.concatenate([baseline.nats(piece.tokens(part)) for piece in own])
                figures[source][name] = round(float(nats.mean()), 4)
    return figures


def likelihoods(
    network: TickNetwork, part: str, fit: Fit, pieces: Sequence[Piece]
) -> dict[str, dict[str, Any]]:
    """Nats per tick by source, told the plan and untold, of the whole and by parts."""
    return {source: _of(network, part, fit, own) for source, own in _by_source(pieces).items()}


def _by_source(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    names = sorted({piece.source for piece in pieces})
    return {name: [piece for piece in pieces if piece.source == name] for name in names}


def _of(network: TickNetwork, part: str, fit: Fit, pieces: Sequence[Piece]) -> dict[str, Any]:
    lessons = [lesson(piece, part) for piece in pieces]
    return {
        "songs": len(pieces),
        "ticks": sum(piece.ticks for piece in pieces),
        "told": held_out(network, part, fit, lessons, told_the_plan=True),
        "untold": held_out(network, part, fit, lessons, told_the_plan=False),
    }
