"""Whole songs divided into training, validation and test, as lessons of one network."""

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
    """The pieces for one network. No song is in two lists unless there is only one song."""

    train: list[Piece]
    validation: list[Piece]
    test: list[Piece]

    def lessons(self, part: str, recipe: Recipe) -> Lessons:
        """Prepare the lessons, with each training song's weight from `training.balance`."""
        often = weights(self.train, recipe.corpus)
        return Lessons(
            [lesson(piece, part, each) for piece, each in zip(self.train, often, strict=True)],
            [lesson(piece, part) for piece in self.validation],
        )


def split(pieces: Sequence[Piece], part: str) -> Split:
    """Divide the pieces that teach a part. Raises TrainingError if there is none to train on.

    If a small collection has no validation song, one training song becomes the validation song.
    """
    own = [piece for piece in pieces if teaches(piece, part)]
    train, validation, test = (
        [piece for piece in own if piece.split == name] for name in ("train", "validation", "test")
    )
    if not train:
        raise TrainingError(
            f"no song can train the {part} network, which needs {_NEEDS[part]}: "
            f"{len(own)} songs have them, and {len(validation) + len(test)} of these are held out; give more music"
        )
    if not validation:
        train, validation = spared(train)
    return Split(train, validation, test)
