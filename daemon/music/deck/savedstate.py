"""A deck's state to bytes and back, without loss."""

from typing import Any

import msgspec
import numpy as np


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    raise NotImplementedError(f"{type(value)} has no place in a state")  # as msgspec asks of a hook


def _from_plain(_: type, plain: Any) -> Any:
    dtype, shape, content = plain
    return np.frombuffer(content, np.dtype(dtype)).reshape(shape).copy()


encoder = msgspec.msgpack.Encoder(enc_hook=_to_plain)
"""Encodes states and operations."""


def decoder(kind: Any) -> "msgspec.msgpack.Decoder[Any]":
    """Return a decoder of `kind`: a state, or operations."""
    return msgspec.msgpack.Decoder(kind, dec_hook=_from_plain)
