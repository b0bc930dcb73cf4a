"""The inputs of a network that plays symbols, of both kinds: a stream and a window (`models/codecs/sequences.py`)."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from daemon.music.systems.chance import FOR_MELODY
from daemon.music.systems.repetition import copy_bias
from daemon.music.systems.system import Array, Cue
from models.codecs.base import Floats
from models.codecs.matching import Recalled, SymbolMemory
from models.codecs.symbols import Reading, SymbolCodec
from models.network import Network

# A note takes several symbols, so stray ones add up. At temperature 1 symbols are drawn at this one.
_SETTLED: Final = 0.8
# A network without copy gates is led to the symbol that followed before, if so many symbols or more have matched.
_MATCHING: Final = 3
# How many of a tick's random numbers make the key of its symbols' numbers. Each has 24 random bits.
_WORDS: Final = 4
_BITS: Final = 24


class Draw(NamedTuple):
    """How a symbol is drawn: two `uniform` numbers (source, new symbol), and the parameters of the tick."""

    uniform: Floats
    temperature: float = 1.0
    top_p: float = 1.0
    copy_bias: float = 0.0


DICTATED: Final = Draw(np.zeros(2, np.float32))
"""For a symbol that is not chosen but given."""


def draws(cue: Cue) -> Iterator[Draw]:
    """Yield the draws of a tick's symbols, without end. They depend only on the tick's random numbers and parameters."""
    words = (cue.chance[FOR_MELODY][:_WORDS] * (1 << _BITS)).astype(np.uint64).tolist()
    key = sum(word << _BITS * place for place, word in enumerate(words))
    generator = np.random.Generator(np.random.Philox(key=key))
    sampling, bias = cue.parameters.melody, copy_bias(cue.parameters.repetition)
    while True:
        yield Draw(generator.random(2, np.float32), _SETTLED * sampling.temperature, sampling.top_p, bias)


def inputs(
    network: Network, codec: SymbolCodec, memory: SymbolMemory, reading: Reading, draw: Draw
) -> dict[str, Array]:
    """Return those inputs that the network has for its next symbol."""
    wanted, mask = network.tensors.inputs, codec.allowed(reading)
    recalled = memory.recall(codec.place(reading))
    if "copy_bias" not in wanted:
        mask = mask + _lead(codec.size, recalled, draw.copy_bias)
    known = {
        "uniform": draw.uniform,
        "temperature": _one(draw.temperature),
        "top_p": _one(draw.top_p),
        "copy_bias": _one(draw.copy_bias),
        "mask": mask,
        "previous": _or_none(memory.symbols[:1], codec),
        **_recall(codec, recalled, mask),
    }
    if "features" in wanted:
        known["features"] = codec.describe(reading)
    if "window" in wanted:
        known["window"] = memory.symbols[: wanted["window"].shape[0]][::-1].astype(np.int64)
    return _only(known, wanted)


def _recall(codec: SymbolCodec, recalled: Recalled, mask: Floats) -> dict[str, Array]:
    there = recalled.symbols >= 0
    valid = there & (mask[np.maximum(recalled.symbols, 0)] == 0)
    return {"recalled": _or_none(recalled.symbols, codec), "lengths": recalled.lengths, "valid": valid}


def _lead(size: int, recalled: Recalled, bias: float) -> Floats:
    """Return (size,) values for logits that lead to the symbol that followed at this place of a bar, or away from it."""
    lead = np.zeros(size, np.float32)
    symbol, level = int(recalled.symbols[1]), int(recalled.lengths[1])
    if symbol >= 0 and level >= _MATCHING:
        lead[symbol] = bias
    return lead


def _or_none(symbols: Array, codec: SymbolCodec) -> Array:
    """Return symbols as a network reads them: `codec.size` stands for none."""
    return np.where(symbols < 0, codec.size, symbols).astype(np.int64)


def _one(number: float) -> Floats:
    return np.array([number], np.float32)


def _only(known: Mapping[str, Array], wanted: Collection[str]) -> dict[str, Array]:
    return {name: array for name, array in known.items() if name in wanted}
