"""The recipe of `edm`: the sizes and training settings of its networks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Self

from msgspec.structs import replace

from models.codecs.bars import PART as PLAN
from models.codecs.condition import COLUMNS
from models.manifest import PARTS
from training.recipe import BaseFit, Dropout, Layers, Recipe, Share, Size, Table

if TYPE_CHECKING:
    from training.music import Corpus
    from training.piece import Piece
    from training.systems.edm.system import Edm


# Ingredients that are not a group of the condition's columns.
MECHANISMS: Final = ("lookback", "gates", "plan")


class NetworkSize(Table, frozen=True):
    """Sizes of one network."""

    hidden: Size
    layers: Layers
    embedding: Size
    mix: Size
    dropout: Dropout


class Fit(BaseFit, frozen=True, kw_only=True):
    """The training settings of a network; `window` is in ticks."""

    streams: Size
    window: Size
    withhold_plan: Share
    withhold_lookback: Share
    # Probabilities that a song is transposed, and that a voice moves to another octave.
    transpose: Share = 0.0
    octave: Share = 0.0


class PlanNetwork(Table, frozen=True, kw_only=True):
    """The sizes and the training settings of the plan network; `fit.window` is in bars."""

    size: NetworkSize
    fit: Fit


class EdmRecipe(Recipe, frozen=True, kw_only=True, tag="edm"):
    """All settings of `edmd train` for a pair of networks, apart from its folders; with `plan` for a third one."""

    melody: NetworkSize
    percussion: NetworkSize
    fit: Fit
    plan: PlanNetwork | None = None

    use: ClassVar[str] = "hear it with: edmd play -o play.model="

    @property
    def networks(self) -> tuple[str, ...]:
        """The names of its networks."""
        return (*PARTS, *((PLAN,) if self.plan else ()))

    def size(self, part: str) -> NetworkSize:
        """Return the sizes of the `melody` or the `percussion` network."""
        return self.melody if part == "melody" else self.percussion

    def ingredients(self, network: str) -> tuple[str, ...]:
        """Return the inputs and mechanisms of a network that `fit.without` can switch off."""
        return (*MECHANISMS, *COLUMNS[network]) if network in COLUMNS else ()

    @property
    def hidden(self) -> Mapping[str, int]:
        """The hidden units of each network."""
        return {part: self.size(part).hidden for part in PARTS}

    def sized(self, hidden: int) -> Self:
        """Return the recipe with `hidden` units in both networks."""
        return replace(self, **{part: replace(self.size(part), hidden=hidden) for part in PARTS})

    def system(self, corpus: "Corpus[Piece]") -> "Edm":
        """Return its networks with their lessons. Raises TrainingError if one has no song to train on."""
        from training.systems.edm.system import Edm  # noqa: PLC0415 - only training needs torch

        return Edm(self, corpus)
