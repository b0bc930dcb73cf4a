"""The tensors of a network that samples one row of a layout at each step, from earlier rows and a condition."""

from collections.abc import Mapping
from typing import Final

from models.codecs.base import Layout
from models.codecs.demands import Settings, Tensors, width
from models.onnxfile import Tensor

PLAIN: Final[Mapping[str, float]] = {"temperature": 1.0, "top_p": 1.0}
"""Inputs that must not be 0 in test runs."""


def step_tensors(part: str, layout: Layout, condition: int, lags: int, settings: Settings) -> Tensors:
    """Return the tensors of a part's network with a condition of that width and `lags` lookbacks.

    Raises ValueError if a setting is not valid.
    """
    slots, parts = len(layout.slots), len(layout.parts)
    state = Tensor("float", [width(settings, part, "layers"), width(settings, part, "hidden")])
    return Tensors(
        inputs={
            "previous": Tensor("int64", [slots]),
            "lookback": Tensor("int64", [lags, slots]),
            "condition": Tensor("float", [condition]),
            "valid": Tensor("bool", [parts, lags]),
            "uniform": Tensor("float", [parts + slots]),
            "temperature": Tensor("float", [1]),
            "top_p": Tensor("float", [1]),
            "copy_bias": Tensor("float", [1]),
            "mask": Tensor("float", [layout.vocabulary]),
        },
        outputs={"tokens": Tensor("int64", [slots]), "sources": Tensor("int64", [parts])},
        states={"hidden": state, "cell": state},
        choices={"tokens": [slot.size for slot in layout.slots], "sources": [1 + lags] * parts},
    )
