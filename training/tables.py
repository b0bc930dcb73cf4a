"""The tables of a bundle: how the songs of a corpus are arranged and how its drummers play."""

import json

from models.arrangement import dumps
from models.manifest import ARRANGEMENT, GROOVE
from training.arrangement import arrangement
from training.music import Corpus
from training.piece import Piece


def tables(corpus: Corpus[Piece]) -> dict[str, bytes]:
    """Return each table as JSON under its key in the manifest. Without drummers there is no groove table.

    Held-out pieces are not used. Synthetic ones add only phrases, which are marked.
    """
    used = (piece for piece in corpus.pieces if piece.split == "train")
    contents = {ARRANGEMENT: dumps(arrangement(used))}
    if corpus.groove is not None:
        contents[GROOVE] = json.dumps(corpus.groove).encode()
    return contents
