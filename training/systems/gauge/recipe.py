"""The recipe of a gauge: song names, sizes, training."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from msgspec import field

from models.manifest import GAUGE
from training.recipe import BaseFit, Dropout, Layers, Positive, Recipe, Share, Size, Table, Weight

if TYPE_CHECKING:
    from training.music import Corpus
    from training.piece import Piece
    from training.systems.gauge.system import GaugeSystem


class GaugeSize(Table, frozen=True):
    """Widths of a tick, a beat and the song space; the number of convolutions over beats."""

    tick: Size
    beat: Size
    embedding: Size
    layers: Layers
    dropout: Dropout


class GaugeFit(BaseFit, frozen=True, kw_only=True):
    """The training settings of a gauge; an epoch has `steps` batches."""

    batch: Size
    steps: Positive
    song_weight: Weight


class Chances(Table, frozen=True):
    """Probabilities (0..1) of each change to a training window."""

    blend: Share
    transpose: Share
    no_drums: Share
    no_voice: Share
    late: Share


class GaugeRecipe(Recipe, frozen=True, kw_only=True, tag=GAUGE):
    """All settings of `edmd train` for a gauge; `names` (regular expressions) and `leave_out` are by source."""

    names: Mapping[str, str] = field(default_factory=dict)
    leave_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    network: GaugeSize
    fit: GaugeFit
    chances: Chances

    use: ClassVar[str] = "use it with: edmd play -o gauge.model="
    alone: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raise ValueError if a pattern of `names` cannot be used."""
        for source, words in self.names.items():
            try:
                groups = re.compile(words).groupindex
            except re.error as error:
                raise ValueError(f"names.{source} is not a regular expression ({error})") from None
            if not {"title", "credit"} <= groups.keys():
                raise ValueError(f"names.{source} must have groups named title and credit")

    @property
    def networks(self) -> tuple[str, ...]:
        """The name of its network."""
        return (GAUGE,)

    def system(self, corpus: "Corpus[Piece]") -> "GaugeSystem":
        """Return the gauge with its songs. Raises TrainingError if a style has no song to train on."""
        from training.systems.gauge.system import GaugeSystem  # noqa: PLC0415 - only training needs torch

        return GaugeSystem(self, corpus)
