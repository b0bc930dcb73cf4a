"""What a bundle must declare and hold: pure checks of a manifest and of the bytes it stands for."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from models import arrangement, groove, onnxfile, songindex
from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS, STYLES, Layout
from models.codecs.condition import SIZES
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT

FORMAT: Final = 1
MANIFEST: Final = "model.toml"
PARTS: Final = ("melody", "percussion")
ARRANGEMENT: Final = "arrangement"
GROOVE: Final = "groove"
# What a model brings beside its networks: tables in JSON, each with what reads it and raises ValueError.
TABLES: Final[Mapping[str, Callable[[bytes], object]]] = {
    ARRANGEMENT: arrangement.loads,
    GROOVE: groove.loads,
}
# Tables a model may lack: music without drummers has none.
OPTIONAL: Final = frozenset({GROOVE})
# What a bundle may be: a model plays, a gauge judges what is played.
Kind = Literal["model", "gauge"]
MODEL: Final = "model"
GAUGE: Final = "gauge"
SONGS: Final = "songs"
# The tables of a manifest that name a file, by kind, and those of them that are networks.
FILES: Final[Mapping[Kind, tuple[str, ...]]] = {MODEL: (*PARTS, *TABLES), GAUGE: (GAUGE, SONGS)}
NETWORKS: Final[Mapping[Kind, tuple[str, ...]]] = {MODEL: PARTS, GAUGE: (GAUGE,)}
# What a gauge hears: eight bars.
HEARD_TICKS: Final = 8 * TICKS_PER_BAR
CODECS: Final[Mapping[str, str]] = {"melody": melody.NAME, "percussion": percussion.NAME}
_LAYOUTS: Final[Mapping[str, tuple[Layout, int]]] = {
    "melody": (melody.LAYOUT, SIZES["melody"]),
    "percussion": (percussion.LAYOUT, SIZES["percussion"]),
}
_ELEMENT_TYPES: Final[Mapping[str, str]] = {
    "previous": "int64",
    "lookback": "int64",
    "valid": "bool",
    "tokens": "int64",
    "sources": "int64",
    "melody": "int64",
    "percussion": "int64",
}
_LARGEST_WIDTH: Final = 8192


class UnfitError(Exception):
    """Something a bundle must not be; the text says what, and the mend, but not which bundle."""


def tensor_shapes(part: str, hidden: int, layers: int) -> dict[str, list[int]]:
    """Shape of every input and output of a network, by name: what a bundle must declare and hold."""
    layout, condition_size = _LAYOUTS[part]
    state = [layers, 1, hidden]
    inputs = {**_input_shapes(layout, condition_size), "hidden": state, "cell": state}
    return {**inputs, **_output_shapes(layout, state)}


def _input_shapes(layout: Layout, condition_size: int) -> dict[str, list[int]]:
    slots, parts, lags = len(layout.slots), len(layout.parts), len(LOOKBACK_BARS)
    return {
        "previous": [slots],
        "lookback": [lags, slots],
        "condition": [condition_size],
        "valid": [parts, lags],
        "uniform": [parts + slots],
        "temperature": [1],
        "top_p": [1],
        "copy_bias": [1],
        "mask": [layout.vocabulary],
    }


def _output_shapes(layout: Layout, state: list[int]) -> dict[str, list[int]]:
    slots, parts = len(layout.slots), len(layout.parts)
    return {"tokens": [slots], "sources": [parts], "hidden_after": state, "cell_after": state}


def gauge_shapes(embedding: int) -> dict[str, list[int]]:
    """Shape of every input and output of a gauge, by name; `embedding` is the width of its song space."""
    return {
        "melody": [HEARD_TICKS, len(melody.LAYOUT.slots)],
        "percussion": [HEARD_TICKS, len(percussion.LAYOUT.slots)],
        "style": [len(STYLES)],
        "place": [embedding],
    }


def kind_of(manifest: Mapping[str, Any]) -> Kind:
    """What a manifest says its bundle is; a model unless it says otherwise."""
    return GAUGE if manifest.get("kind") == GAUGE else MODEL


def files_of(manifest: Mapping[str, Any], kind: Kind) -> tuple[str, ...]:
    """The tables of this manifest that name a file: all of its kind but optional ones it does not have."""
    return tuple(key for key in FILES[kind] if key in manifest or key not in OPTIONAL)


def check_head(manifest: Mapping[str, Any], kind: Kind = MODEL) -> None:
    """Refuse a manifest of another kind, format or grid, or without name, version, licence or files."""
    if kind_of(manifest) != kind:
        does = {MODEL: "plays music and judges none", GAUGE: "judges music and plays none"}
        held = kind_of(manifest)
        raise UnfitError(f"it is a {held}, which {does[held]}; name a {kind}")
    for key, mine in (("format", FORMAT), ("ticks_per_beat", TICKS_PER_BEAT)):
        if manifest.get(key) != mine:
            raise UnfitError(
                f"{key} is {manifest.get(key)}, this edmd plays {mine}; train or export it again"
            )
    for key in ("name", "version", "licence"):
        if not _all_text(manifest, key):
            raise UnfitError(f"{MANIFEST} gives no {key}; copy the bundle again")
    for key in files_of(manifest, kind):
        row = manifest.get(key)
        if not isinstance(row, dict) or not _all_text(row, "file", "sha256"):
            raise UnfitError(f"{MANIFEST} has no file and sha256 for {key}; copy the bundle again")


def _all_text(row: Mapping[str, Any], *keys: str) -> bool:
    return all(isinstance(row.get(key), str) and row[key] for key in keys)


def check_declared(part: str, row: Mapping[str, Any]) -> None:
    """Refuse the table of a part whose codec, widths or tensor shapes do not fit."""
    if row.get("codec") != CODECS[part]:
        codec = row.get("codec")
        raise UnfitError(f"the codec of {part} is {codec}; this edmd plays {CODECS[part]}: train it again")
    for key in ("hidden", "layers"):
        if type(row.get(key)) is not int or not 1 <= row[key] <= _LARGEST_WIDTH:
            raise UnfitError(f"{key} of {part} is {row.get(key)}, not 1 to {_LARGEST_WIDTH}: train it again")
    declared = row.get("tensors")
    for name, shape in tensor_shapes(part, row["hidden"], row["layers"]).items():
        got = declared.get(name) if isinstance(declared, dict) else None
        if got != shape:
            raise UnfitError(f"tensor {name} of {part} has shape {got}, not {shape}; train it again")


def check_gauge(row: Mapping[str, Any]) -> None:
    """Refuse the table of a gauge whose codecs, widths or tensor shapes do not fit."""
    if row.get("codecs") != CODECS:
        raise UnfitError(f"its codecs are {row.get('codecs')}; this edmd has {dict(CODECS)}: train it again")
    width, temperature = row.get("embedding"), row.get("nearness_temperature")
    if type(width) is not int or not 1 <= width <= _LARGEST_WIDTH:
        raise UnfitError(f"embedding is {width}, not 1 to {_LARGEST_WIDTH}: train it again")
    if type(temperature) is not float or not 0 < temperature <= 1:
        raise UnfitError(f"nearness_temperature is {temperature}, not above 0 to 1: train it again")
    if row.get("tensors") != gauge_shapes(width):
        raise UnfitError("its tensors have other shapes than a gauge's; train it again")


def check_songs(content: bytes, width: int) -> None:
    """Refuse a song file that cannot be read, or whose passages have another width than the gauge's."""
    try:
        songindex.unpack(content, width)
    except (ValueError, RecursionError) as error:
        raise UnfitError(f"its songs {error}; copy the bundle again") from None


def check_model(part: str, content: bytes, declared: Mapping[str, list[int]]) -> None:
    """Refuse an ONNX file that reads other files, or whose tensors are not those declared."""
    try:
        read = onnxfile.signature(content)
    except ValueError as error:
        raise UnfitError(f"the ONNX file of {part} {error}; copy the bundle again") from None
    if read.points_outside:
        raise UnfitError(f"the ONNX file of {part} wants weights from another file; export it again")
    held = {**read.inputs, **read.outputs}
    for name in sorted(declared.keys() | held.keys()):
        wanted = onnxfile.Tensor(_ELEMENT_TYPES.get(name, "float"), declared.get(name, []))
        if name not in declared or held.get(name) != wanted:
            got = "nothing" if name not in held else f"{held[name].kind}{held[name].shape}"
            expected = "nothing" if name not in declared else f"{wanted.kind}{wanted.shape}"
            raise UnfitError(f"the ONNX file of {part} has {got} for {name}, not {expected}; export it again")


def check_table(key: str, content: bytes) -> None:
    """Refuse a table in JSON that is not what it should be."""
    try:
        TABLES[key](content)
    except (ValueError, RecursionError) as error:
        raise UnfitError(f"its {key} is none ({error}); copy the bundle again") from None
