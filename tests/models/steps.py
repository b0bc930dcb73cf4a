"""Inputs of a network's step for tests."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import Layout
from models.codecs.roles import EDM, SHAPES, Shape
from models.session import StepSession

LAYOUTS: dict[str, Layout] = {"melody": melody.LAYOUT, "percussion": percussion.LAYOUT}
NEW = {codec.part: codec.name for codec in EDM.codecs}

Feeds = dict[str, NDArray[Any]]


def shape(part: str, session: StepSession | None = None) -> Shape:
    """What the network of a session gets; without one, what a new network gets."""
    return SHAPES[session.network.codec.name if session else NEW[part]]


def every(part: str, session: StepSession | None = None) -> NDArray[np.float64]:
    """All lookbacks of all parts may be copied."""
    return np.ones((len(LAYOUTS[part].parts), shape(part, session).lags))


def feeds(part: str, rng: np.random.Generator, session: StepSession | None = None, **settings: Any) -> Feeds:
    """Random inputs of one tick for the network of a session; no lookback may be copied unless `valid` says so."""
    layout, wanted = LAYOUTS[part], shape(part, session)
    sizes = np.array([slot.size for slot in layout.slots])
    inputs: Feeds = {
        "previous": rng.integers(0, sizes),
        "lookback": rng.integers(0, sizes, (wanted.lags, len(sizes))),
        "condition": rng.integers(0, 2, wanted.condition_size(part)).astype(np.float32),
        "valid": np.zeros((len(layout.parts), wanted.lags), bool),
        "uniform": rng.random(len(layout.parts) + len(sizes), np.float32),
        "mask": np.zeros(layout.vocabulary, np.float32),
        "temperature": np.ones(1, np.float32),
        "top_p": np.ones(1, np.float32),
        "copy_bias": np.zeros(1, np.float32),
    }
    return {**inputs, **{name: np.asarray(value, inputs[name].dtype) for name, value in settings.items()}}
