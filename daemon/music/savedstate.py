"""A deck's state to bytes and back, without loss."""

from typing import Any

import msgspec
import numpy as np

from daemon.music.deckstate import DeckState


class SavedStateError(Exception):
    """The bytes are not a valid state of a deck of this version."""


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    raise NotImplementedError(f"{type(value)} has no place in a state")


def _from_plain(_: type, plain: Any) -> Any:
    dtype, shape, content = plain
    return np.frombuffer(content, np.dtype(dtype)).reshape(shape).copy()


encoder = msgspec.msgpack.Encoder(enc_hook=_to_plain)
"""Encodes states and operations."""


def decoder(kind: Any) -> "msgspec.msgpack.Decoder[Any]":
    """Return a decoder of `kind`: a state, or operations."""
    return msgspec.msgpack.Decoder(kind, dec_hook=_from_plain)


_STATES = decoder(DeckState)


def dump_state(state: DeckState) -> bytes:
    """Return a state as bytes."""
    return encoder.encode(state)


def load_state(content: bytes) -> DeckState:
    """Return the state that `dump_state` wrote. Raises SavedStateError if the bytes are not valid."""
    try:
        state: DeckState = _STATES.decode(content)
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        raise SavedStateError(str(error)) from None
    return state
