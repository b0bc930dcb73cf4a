"""Inputs of a network's step for tests."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS, Layout
from models.codecs.condition import SIZES

LAYOUTS: dict[str, Layout] = {"melody": melody.LAYOUT, "percussion": percussion.LAYOUT}
WIDTHS = SIZES

Feeds = dict[str, NDArray[Any]]


def feeds(part: str, rng: np.random.Generator, **settings: Any) -> Feeds:
    """Random inputs of one tick; no lookback may be copied unless `valid` says so."""
    layout = LAYOUTS[part]
    sizes = np.array([slot.size for slot in layout.slots])
    lags = len(LOOKBACK_BARS)
    inputs: Feeds = {
        "previous": rng.integers(0, sizes),
        "lookback": rng.integers(0, sizes, (lags, len(sizes))),
        "condition": rng.integers(0, 2, WIDTHS[part]).astype(np.float32),
        "valid": np.zeros((len(layout.parts), lags), bool),
        "uniform": rng.random(len(layout.parts) + len(sizes), np.float32),
        "mask": np.zeros(layout.vocabulary, np.float32),
        "temperature": np.ones(1, np.float32),
        "top_p": np.ones(1, np.float32),
        "copy_bias": np.zeros(1, np.float32),
    }
    return {**inputs, **{name: np.asarray(value, inputs[name].dtype) for name, value in settings.items()}}
