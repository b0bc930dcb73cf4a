"""The tensors that a codec demands of its network, and the networks and tables that a system's bundle must have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from models.notes import TICKS_PER_BEAT
from models.onnxfile import Tensor

LARGEST_WIDTH: Final = 8192
# The kinds of bundle: a model plays music, a gauge measures it.
Kind = Literal["model", "gauge"]
MODEL: Final = "model"
GAUGE: Final = "gauge"
# The settings of a network: its table in the manifest.
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Tensors:
    """The tensors of one row of a network, without a batch axis, by name.

    Each state is an input, and an output of the same shape with the name `<state>_after`. `choices` has, by output, the
    number of possible values of each choice.
    """

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    states: Mapping[str, Tensor]
    choices: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, list[int]]:
        """The shape of every tensor, as a manifest declares it."""
        return {name: tensor.shape for name, tensor in {**self.inputs, **self.states, **self.outputs}.items()}


@dataclass(frozen=True)
class Codec:
    """A codec by name, and the network that it needs.

    `tensors` returns the network's tensors for the settings in its manifest, and raises ValueError if a setting is not
    valid. A batched network gets all inputs of a row in one packed tensor; any other gets separate inputs.

    `plain` has numbers for inputs that must not be 0 in test runs.
    """

    name: str
    part: str
    tensors: Callable[[Settings], Tensors]
    is_batched: bool = True
    plain: Mapping[str, float] = field(default_factory=dict)
    ticks_per_beat: int = TICKS_PER_BEAT


@dataclass(frozen=True)
class System:
    """A system that plays or measures: one network for each codec, and the tables that its bundle must or may have.

    `older` are codecs that its networks may have in place of the present ones, `optional` those of networks that a bundle
    may lack.
    """

    name: str
    kind: Kind
    codecs: tuple[Codec, ...]
    tables: tuple[str, ...] = ()
    optional_tables: tuple[str, ...] = ()
    older: tuple[Codec, ...] = ()
    optional: tuple[Codec, ...] = ()


def width(settings: Settings, part: str, key: str) -> int:
    """Return a setting that must be a whole number from 1 to LARGEST_WIDTH. Raises ValueError if it is not."""
    value = settings.get(key)
    if type(value) is not int or not 1 <= value <= LARGEST_WIDTH:
        raise ValueError(f"{key} of {part} is {value}, not 1 to {LARGEST_WIDTH}; train it again")
    return value
