"""Generated songs as pieces of the corpus, marked synthetic and never held out."""

from typing import Final

from models.genres import NAMES
from models.manifest import PARTS
from training.corpus import tokens_of
from training.piece import SYNTHETIC, Piece
from training.recipe import Source, Synthetic
from training.synthetic.songs import song

SOURCE: Final = Source(
    SYNTHETIC, "edm", PARTS, "Club music made by the rules of training/synthetic", "MIT", ("edmd",)
)


def generated(wanted: Synthetic) -> list[Piece]:
    """Return `wanted.songs` songs, of all genres in turn; the same seed gives the same songs."""
    return [_piece(number) for number in range(wanted.seed, wanted.seed + wanted.songs)]


def _piece(seed: int) -> Piece:
    genre, made = song(seed)
    key = f"{genre.replace(' ', '-')}-{seed // len(NAMES):03}.mid"
    return Piece(key, SOURCE.name, SOURCE.style, SOURCE.teaches, *tokens_of(made), genre)
