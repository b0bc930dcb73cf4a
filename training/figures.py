"""Figures of a trained network on songs it never learned from, by source, beside the n-gram baseline."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from training.corpus import Piece
from training.fit import held_out
from training.networks import TickNetwork
from training.ngram import ORDER, Ngram
from training.recipe import Fit
from training.splits import Split
from training.streams import LAYOUTS, lesson

UNIT: Final = (
    "nats per tick on whole songs never learned from; told: the network is given each bar's plan, "
    f"untold: it is withheld; ngram: a back-off n-gram of order {ORDER} taught by the same songs"
)


def measure(network: TickNetwork, part: str, fit: Fit, songs: Split) -> dict[str, Any]:
    """Held-out figures by source; an empty table when no song falls to the test split."""
    sources = sorted({piece.source for piece in songs.test})
    if not sources:
        return {}
    baseline = Ngram([piece.tokens(part) for piece in songs.train], LAYOUTS[part])
    return {
        source: _of_source(
            network, part, fit, [piece for piece in songs.test if piece.source == source], baseline
        )
        for source in sources
    }


def _of_source(
    network: TickNetwork, part: str, fit: Fit, pieces: Sequence[Piece], baseline: Ngram
) -> dict[str, Any]:
    lessons = [lesson(piece, part) for piece in pieces]
    nats = np.concatenate([baseline.nats(piece.tokens(part)) for piece in pieces])
    return {
        "songs": len(pieces),
        "ticks": sum(piece.ticks for piece in pieces),
        "ngram": round(float(nats.mean()), 4),
        "told": held_out(network, part, fit, lessons, told_the_plan=True),
        "untold": held_out(network, part, fit, lessons, told_the_plan=False),
    }
