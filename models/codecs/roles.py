"""The codecs of the system `edm`: two LSTMs that sample a tick each, and one that may write the plan of each bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import bars, melody, percussion
from models.codecs.base import LAGS, LOOKBACK_BARS, Layout
from models.codecs.condition import COLUMNS, SIZES
from models.codecs.demands import MODEL, Codec, Settings, System, Tensors
from models.codecs.steps import PLAIN, step_tensors

SYSTEM: Final = "edm"
PARTS: Final = ("melody", "percussion")
_LAYOUTS: Final[Mapping[str, Layout]] = {"melody": melody.LAYOUT, "percussion": percussion.LAYOUT}
# The groups of the condition that codecs of version 2 have, in their order.
_OLD_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "melody": ("position", "style", "harmony", "levels", "manner", "form", "others", "recent"),
    "percussion": ("position", "style", "levels", "form", "others", "recent"),
}


@dataclass(frozen=True)
class Shape:
    """What a tick network of a codec gets: its number of lookbacks, and its columns of the condition, None for all."""

    lags: int
    columns: NDArray[np.int64] | None = None

    def condition_size(self, part: str) -> int:
        """Return the width of its condition."""
        return SIZES[part] if self.columns is None else len(self.columns)


def _old_columns(part: str) -> NDArray[np.int64]:
    """Return the columns of version 2, which had no recall: each part has one lookback less in its form and its rates."""
    found: list[NDArray[np.int64]] = []
    for group in _OLD_GROUPS[part]:
        columns = np.arange(*COLUMNS[part][group].indices(SIZES[part]))
        if group in ("form", "recent"):
            parts = len(_LAYOUTS[part].parts)
            by_part, rest = columns[: parts * LAGS].reshape(parts, LAGS), columns[parts * LAGS :]
            columns = np.concatenate([by_part[:, : len(LOOKBACK_BARS)].ravel(), rest])
        found.append(columns)
    return np.concatenate(found)


def _tensors(part: str, shape: Shape, settings: Settings) -> Tensors:
    return step_tensors(part, _LAYOUTS[part], shape.condition_size(part), shape.lags, settings)


def _codec(name: str, part: str, shape: Shape) -> Codec:
    return Codec(name, part, partial(_tensors, part, shape), plain=PLAIN)


_NEW: Final = Shape(LAGS)
MELODY: Final = _codec("melody-roles-v3", "melody", _NEW)
PERCUSSION: Final = _codec("percussion-nine-v3", "percussion", _NEW)
_OLD: Final = {part: Shape(len(LOOKBACK_BARS), _old_columns(part)) for part in PARTS}
# Networks of version 2 are still read and played.
OLD_MELODY: Final = _codec(melody.NAME, "melody", _OLD["melody"])
OLD_PERCUSSION: Final = _codec(percussion.NAME, "percussion", _OLD["percussion"])
SHAPES: Final[Mapping[str, Shape]] = {
    MELODY.name: _NEW,
    PERCUSSION.name: _NEW,
    OLD_MELODY.name: _OLD["melody"],
    OLD_PERCUSSION.name: _OLD["percussion"],
}
"""The shape of a tick network by the name of its codec."""

EDM: Final = System(
    SYSTEM,
    MODEL,
    (MELODY, PERCUSSION),
    ("arrangement",),
    ("groove",),
    older=(OLD_MELODY, OLD_PERCUSSION),
    optional=(bars.CODEC,),
)
