"""The lessons of the plan network: windows of bars, which `Streams` deals to parallel streams."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from msgspec import to_builtins

from models.codecs import bars
from training.balance import weights
from training.errors import TrainingError
from training.networks import TickNetwork
from training.piece import Piece
from training.splits import Split, split
from training.systems.edm.barlesson import bar_lesson
from training.systems.edm.lesson import Lesson, Rows
from training.systems.edm.lessons import TickLessons
from training.systems.edm.recipe import EdmRecipe, NetworkSize, PlanNetwork
from training.systems.edm.streams import Place, Streams


class BarStreams(Streams):
    """Windows of all lessons of the plan network."""

    def _window(self, place: Place | None, rng: np.random.Generator) -> Rows:
        rows = self.lessons[place.lesson if place else 0].rows
        start, stop = (place.start, place.start + self.fit.window) if place else (0, 0)
        row = {name: self._padded(values[start:stop]) for name, values in rows.items()}
        row["condition"] = row["condition"].astype(np.float32)
        row["real"] = np.arange(self.fit.window) < len(rows["target"][start:stop])
        if self.learning and place:
            for group in bars.GROUPS:
                if rng.random() < self.fit.withhold_plan:
                    row["condition"][:, bars.COLUMNS[group]] = 0
            if rng.random() < self.fit.withhold_lookback:
                row["lookback"][:], row["valid"][:] = 0, False
        return row


class BarLessons(TickLessons):
    """The lessons of the plan network."""

    unit = "nats per bar"

    def __init__(self, plan: PlanNetwork, recipe: EdmRecipe, songs: Split[Piece]) -> None:
        self.name, self.fit, self.songs = bars.PART, plan.fit, songs
        self.settings = {"part": bars.PART, "size": to_builtins(plan.size)}
        self.often = weights(songs.train, recipe.corpus)

    @cached_property
    def lessons(self) -> list[Lesson]:
        """The training songs, each with its weight from `training.balance`."""
        return [bar_lesson(piece, each) for piece, each in zip(self.songs.train, self.often, strict=True)]

    @cached_property
    def held_back(self) -> list[Lesson]:
        """The validation songs."""
        return [bar_lesson(piece) for piece in self.songs.validation]

    def network(self, settings: Mapping[str, Any]) -> TickNetwork:
        """Build an untrained network."""
        return TickNetwork(bars.LAYOUT, bars.CONDITION, NetworkSize(**settings["size"]), bars.LAGS)

    def train(self, epoch: int) -> BarStreams:
        """Return the batches of the songs, in this epoch's order."""
        return BarStreams(self.lessons, self.name, self.fit, learning=True, epoch=epoch)

    def validation(self) -> BarStreams:
        """Return the validation songs without changes."""
        return BarStreams(self.held_back, self.name, self.fit, learning=False)


def bar_lessons_of(plan: PlanNetwork, recipe: EdmRecipe, pieces: Sequence[Piece]) -> BarLessons:
    """Return the lessons of the pieces with a style. Raises TrainingError if there is none to train on.

    A piece that does not teach drums, such as a lied, has none: the network learns that this style plays without them. But
    a piece that teaches drums alone would teach that the voices rest.
    """
    songs = split([piece for piece in pieces if piece.style_vector().any() and "melody" in piece.teaches])
    if not songs.train:
        raise TrainingError("no song can train the plan network, which needs pitched notes; give more music")
    return BarLessons(plan, recipe, songs)
