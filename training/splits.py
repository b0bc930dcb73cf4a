"""Whole songs dealt out to learning, validation and test, as lessons of one network."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from training.balance import weights
from training.errors import TrainingError
from training.fit import Lessons
from training.piece import Piece, spared, teaches
from training.recipe import Recipe
from training.streams import lesson

_NEEDS: Final = {
    "melody": "pitched notes",
    "percussion": "drums on MIDI channel 10",
}


class Split(NamedTuple):
    """Pieces that teach one network, no song in two places unless there is only one song."""

    train: list[Piece]
    validation: list[Piece]
    test: list[Piece]

    def lessons(self, part: str, recipe: Recipe) -> Lessons:
        """Prepare what is learned from, each song as often as balance asks for."""
        often = weights(self.train, recipe.corpus)
        return Lessons(
            [lesson(piece, part, each) for piece, each in zip(self.train, often, strict=True)],
            [lesson(piece, part) for piece in self.validation],
        )


def split(pieces: Sequence[Piece], part: str) -> Split:
    """Deal out the pieces that teach a part; TrainingError when there are none to learn from.

    A small collection may have no song that falls to validation: then one of those to learn from is taken.
    """
    own = [piece for piece in pieces if teaches(piece, part)]
    train, validation, test = (
        [piece for piece in own if piece.split == name] for name in ("train", "validation", "test")
    )
    if not train:
        raise TrainingError(
            f"no song has anything to teach the {part} network, it needs {_NEEDS[part]}: "
            f"{len(own)} songs have, and of these {len(validation) + len(test)} are held out; give more music"
        )
    if not validation:
        train, validation = spared(train)
    return Split(train, validation, test)
