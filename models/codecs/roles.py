"""The codecs of the system `edm`: two LSTMs, which get the last tick, four lookbacks and the plan, and sample a tick."""

from functools import partial
from typing import Final

from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS, Layout
from models.codecs.condition import SIZES
from models.codecs.demands import MODEL, Codec, Settings, System, Tensors, width
from models.onnxfile import Tensor

SYSTEM: Final = "edm"
PARTS: Final = ("melody", "percussion")


def _tensors(part: str, layout: Layout, settings: Settings) -> Tensors:
    slots, parts, lags = len(layout.slots), len(layout.parts), len(LOOKBACK_BARS)
    state = Tensor("float", [width(settings, part, "layers"), width(settings, part, "hidden")])
    return Tensors(
        inputs={
            "previous": Tensor("int64", [slots]),
            "lookback": Tensor("int64", [lags, slots]),
            "condition": Tensor("float", [SIZES[part]]),
            "valid": Tensor("bool", [parts, lags]),
            "uniform": Tensor("float", [parts + slots]),
            "temperature": Tensor("float", [1]),
            "top_p": Tensor("float", [1]),
            "copy_bias": Tensor("float", [1]),
            "mask": Tensor("float", [layout.vocabulary]),
        },
        outputs={"tokens": Tensor("int64", [slots]), "sources": Tensor("int64", [parts])},
        states={"hidden": state, "cell": state},
    )


def _codec(name: str, part: str, layout: Layout) -> Codec:
    return Codec(
        name,
        part,
        partial(_tensors, part, layout),
        plain={"temperature": 1.0, "top_p": 1.0},
        choices={
            "tokens": [slot.size for slot in layout.slots],
            "sources": [1 + len(LOOKBACK_BARS)] * len(layout.parts),
        },
    )


MELODY: Final = _codec(melody.NAME, "melody", melody.LAYOUT)
PERCUSSION: Final = _codec(percussion.NAME, "percussion", percussion.LAYOUT)
EDM: Final = System(SYSTEM, MODEL, (MELODY, PERCUSSION), ("arrangement",), ("groove",))
