"""The systems that play a sequence of symbols: `performance`, `jazz`, `pop`, `folk`, and the tensors of their networks.

A network is of one of two kinds. A *stream* reads one symbol at each step and keeps a state. It may get features of the
state of the music, and symbols recalled from the music so far, which it may copy. A *window* reads the last symbols anew at
each step and has no state, as the published networks do.
"""

from collections.abc import Callable, Mapping
from typing import Final

from models.codecs.demands import MODEL, Codec, Settings, System, Tensors, width
from models.codecs.folk import FolkCodec
from models.codecs.jazz import JazzCodec
from models.codecs.performance import LINE, VOICES
from models.codecs.pop import PopCodec
from models.codecs.steps import PLAIN
from models.codecs.symbols import SymbolCodec
from models.codecs.vocabulary import MOST_VALUES, TABLE, Vocabulary, check_openings
from models.onnxfile import Tensor

PART: Final = "melody"
NAMES: Final = ("performance", "jazz", "pop", "folk")
# Symbols that a stream may copy: what followed the longest match of the last symbols, anywhere and at this place of a bar.
RECALLS: Final = 2
LONGEST_WINDOW: Final = 512
_SAMPLING: Final = {
    "temperature": Tensor("float", [1]),
    "top_p": Tensor("float", [1]),
}
_CODECS: Final[Mapping[str, Callable[[Vocabulary], SymbolCodec]]] = {
    LINE.name: lambda _: LINE,
    VOICES.name: lambda _: VOICES,
    JazzCodec.name: lambda table: JazzCodec(table.values),
    PopCodec.name: lambda table: PopCodec(table.values),
    FolkCodec.name: lambda _: FolkCodec(),
}


def symbols_of(vocabulary: Vocabulary) -> SymbolCodec:
    """Return the codec of a vocabulary. Raises ValueError if there is none of its name."""
    if vocabulary.codec not in _CODECS:
        raise ValueError(f"there are no symbols named {vocabulary.codec[:60]!a}")
    return _CODECS[vocabulary.codec](vocabulary)


def check_vocabulary(vocabulary: Vocabulary, settings: Settings) -> None:
    """Raise ValueError if a vocabulary does not fit its network."""
    if any(not value for value in vocabulary.values):
        raise ValueError("it has an empty value")
    codec = symbols_of(vocabulary)
    codec.check()
    if codec.size != settings["symbols"]:
        raise ValueError(f"it has {codec.size} symbols, but the network has {settings['symbols']}")
    if settings.get("features", 0) not in (0, codec.features):
        raise ValueError(
            f"its symbols have {codec.features} features, but the network has {settings['features']}"
        )
    check_openings(vocabulary, codec.size)


def stream_tensors(settings: Settings) -> Tensors:
    """Return the tensors of a stream. Raises ValueError if a setting is not valid."""
    size = _size(settings)
    state = Tensor("float", [width(settings, PART, "layers"), width(settings, PART, "hidden")])
    recalls, features = settings.get("recalls", 0), settings.get("features", 0)
    if recalls not in (0, RECALLS) or type(features) is not int or features < 0:
        raise ValueError(
            f"recalls and features of {PART} are {recalls} and {features}, not valid; train it again"
        )
    inputs = {"previous": Tensor("int64", [1])}
    if features:
        inputs["features"] = Tensor("float", [width(settings, PART, "features")])
    if recalls:
        inputs |= {
            "recalled": Tensor("int64", [recalls]),
            "lengths": Tensor("int64", [recalls]),
            "valid": Tensor("bool", [recalls]),
            "copy_bias": Tensor("float", [1]),
        }
    inputs |= {"uniform": Tensor("float", [2]), **_SAMPLING, "mask": Tensor("float", [size])}
    return Tensors(inputs, _outputs(), {"hidden": state, "cell": state}, _choices(size, recalls))


def window_tensors(settings: Settings) -> Tensors:
    """Return the tensors of a window. Raises ValueError if a setting is not valid."""
    size, window = _size(settings), width(settings, PART, "window")
    if window > LONGEST_WINDOW:
        raise ValueError(f"window of {PART} is {window}, not up to {LONGEST_WINDOW}; train it again")
    inputs = {
        "window": Tensor("int64", [window]),
        "uniform": Tensor("float", [2]),
        **_SAMPLING,
        "mask": Tensor("float", [size]),
    }
    return Tensors(inputs, _outputs(), {}, _choices(size, 0))


def _size(settings: Settings) -> int:
    size = width(settings, PART, "symbols")
    if size > MOST_VALUES + 256:
        raise ValueError(f"symbols of {PART} is {size}, which is too many; train it again")
    return size


def _outputs() -> dict[str, Tensor]:
    return {"token": Tensor("int64", [1]), "source": Tensor("int64", [1])}


def _choices(size: int, recalls: int) -> dict[str, list[int]]:
    return {"token": [size], "source": [1 + recalls]}


def _codec(name: str, tensors: Callable[[Settings], Tensors]) -> Codec:
    return Codec(name, PART, tensors, plain=PLAIN)


STREAMS: Final = {name: _codec(f"{name}-stream-v1", stream_tensors) for name in NAMES}
WINDOWS: Final = {name: _codec(f"{name}-window-v1", window_tensors) for name in NAMES}
SYSTEMS: Final = {
    name: System(name, MODEL, (STREAMS[name],), (TABLE,), older=(WINDOWS[name],)) for name in NAMES
}
