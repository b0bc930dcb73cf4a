"""The codecs of the system `edm`: two LSTMs, which get the last tick, four lookbacks and the plan, and sample a tick."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import LAGS, LOOKBACK_BARS, Layout
from models.codecs.condition import COLUMNS, SIZES
from models.codecs.demands import MODEL, Codec, Settings, System, Tensors, width
from models.onnxfile import Tensor

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
    layout = _LAYOUTS[part]
    slots, parts = len(layout.slots), len(layout.parts)
    state = Tensor("float", [width(settings, part, "layers"), width(settings, part, "hidden")])
    return Tensors(
        inputs={
            "previous": Tensor("int64", [slots]),
            "lookback": Tensor("int64", [shape.lags, slots]),
            "condition": Tensor("float", [shape.condition_size(part)]),
            "valid": Tensor("bool", [parts, shape.lags]),
            "uniform": Tensor("float", [parts + slots]),
            "temperature": Tensor("float", [1]),
            "top_p": Tensor("float", [1]),
            "copy_bias": Tensor("float", [1]),
            "mask": Tensor("float", [layout.vocabulary]),
        },
        outputs={"tokens": Tensor("int64", [slots]), "sources": Tensor("int64", [parts])},
        states={"hidden": state, "cell": state},
    )


def _codec(name: str, part: str, shape: Shape) -> Codec:
    layout = _LAYOUTS[part]
    return Codec(
        name,
        part,
        partial(_tensors, part, shape),
        plain={"temperature": 1.0, "top_p": 1.0},
        choices={
            "tokens": [slot.size for slot in layout.slots],
            "sources": [1 + shape.lags] * len(layout.parts),
        },
    )


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
    SYSTEM, MODEL, (MELODY, PERCUSSION), ("arrangement",), ("groove",), older=(OLD_MELODY, OLD_PERCUSSION)
)
