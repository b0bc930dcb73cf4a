"""The tables of a bundle: how the songs of a corpus are arranged, and how its drummers play."""

import json

from models.arrangement import dumps
from models.manifest import ARRANGEMENT, GROOVE
from training.arrangement import arrangement
from training.pack import Corpus


def tables(corpus: Corpus) -> dict[str, bytes]:
    """Each as JSON by its key in the manifest; no groove from a corpus without drummers.

    Held-out and generated pieces teach nothing.
    """
    real = (piece for piece in corpus.pieces if piece.split == "train" and not piece.synthetic)
    told = {ARRANGEMENT: dumps(arrangement(real))}
    if corpus.groove is not None:
        told[GROOVE] = json.dumps(corpus.groove).encode()
    return told
