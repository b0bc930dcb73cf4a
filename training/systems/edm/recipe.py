"""The recipe of `edm`: the sizes of its two networks, and how they are trained."""

from typing import TYPE_CHECKING, ClassVar

from models.manifest import PARTS
from training.recipe import BaseFit, Count, Real, Recipe, Table

if TYPE_CHECKING:
    from training.music import Corpus
    from training.systems.edm.system import Edm


class NetworkSize(Table, frozen=True):
    """Sizes of one network."""

    hidden: Count
    layers: Count
    embedding: Count
    mix: Count
    dropout: Real


class Fit(BaseFit, frozen=True, kw_only=True):
    """How a network is trained; `window` is in ticks."""

    streams: Count
    window: Count
    withhold_plan: Real
    withhold_lookback: Real
    # Probabilities that a song is transposed, and that a voice moves to another octave.
    transpose: Real = 0.0
    octave: Real = 0.0
    # What is switched off for ablations: names of `training.systems.edm.streams.INGREDIENTS`.
    without: tuple[str, ...] = ()


class EdmRecipe(Recipe, frozen=True, kw_only=True, tag="edm"):
    """All settings of `edmd train` for a pair of networks, apart from its folders."""

    melody: NetworkSize
    percussion: NetworkSize
    fit: Fit

    networks: ClassVar[tuple[str, ...]] = PARTS
    use: ClassVar[str] = "hear it with: edmd play -o play.model="

    def size(self, part: str) -> NetworkSize:
        """Return the sizes of the `melody` or the `percussion` network."""
        return self.melody if part == "melody" else self.percussion

    def system(self, corpus: "Corpus") -> "Edm":
        """Return both networks with their lessons. Raises TrainingError if one has no song to train on."""
        from training.systems.edm.system import Edm  # noqa: PLC0415 - only training needs torch

        return Edm(self, corpus)
