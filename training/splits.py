"""Whole songs divided into training, validation and test."""

import hashlib
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from training.piece import Kept

_Song = TypeVar("_Song")
_Held = TypeVar("_Held", bound=Kept)


class Split(NamedTuple, Generic[_Song]):
    """The songs for one network. No song is in two lists unless there is only one song."""

    train: list[_Song]
    validation: list[_Song]
    test: list[_Song]


def split(pieces: Sequence[_Held]) -> Split[_Held]:
    """Divide pieces by their `split`; nothing to train on is for the caller to report.

    If a small collection has no validation song, one training song becomes the validation song.
    """
    train, validation, test = (
        [piece for piece in pieces if piece.split == name] for name in ("train", "validation", "test")
    )
    if train and not validation:
        train, validation = _spared(train)
    return Split(train, validation, test)


def _spared(pieces: list[_Held]) -> tuple[list[_Held], list[_Held]]:
    """Move one training piece, chosen by the hash of its path, to validation. A single piece is in both lists."""
    real = [piece for piece in pieces if not piece.synthetic] or pieces
    chosen = min(real, key=lambda piece: hashlib.md5(piece.key.encode(), usedforsecurity=False).digest())
    return [piece for piece in pieces if piece is not chosen] or pieces, [chosen]
