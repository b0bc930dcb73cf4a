"""Check that a bundle's manifest and the content of its files are valid. Nothing here reads files."""

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
# The JSON tables of a model, each with the function that reads it and raises ValueError.
TABLES: Final[Mapping[str, Callable[[bytes], object]]] = {
    ARRANGEMENT: arrangement.loads,
    GROOVE: groove.loads,
}
# Tables that a model need not have: training data without drummers gives no groove.
OPTIONAL: Final = frozenset({GROOVE})
# The kinds of bundle: a model plays music, a gauge measures it.
Kind = Literal["model", "gauge"]
MODEL: Final = "model"
GAUGE: Final = "gauge"
SONGS: Final = "songs"
# The tables of a manifest that name a file, by kind; and those that name a network.
FILES: Final[Mapping[Kind, tuple[str, ...]]] = {MODEL: (*PARTS, *TABLES), GAUGE: (GAUGE, SONGS)}
NETWORKS: Final[Mapping[Kind, tuple[str, ...]]] = {MODEL: PARTS, GAUGE: (GAUGE,)}
# A gauge reads eight bars.
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
    """A bundle is not valid; the text gives the fault and the remedy, without the bundle's name."""


def tensor_shapes(part: str, hidden: int, layers: int) -> dict[str, list[int]]:
    """Return the shape that every input and output of a network must have, by name."""
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
    """Return the shape of every input and output of a gauge, by name. `embedding` is the width of its embeddings."""
    return {
        "melody": [HEARD_TICKS, len(melody.LAYOUT.slots)],
        "percussion": [HEARD_TICKS, len(percussion.LAYOUT.slots)],
        "style": [len(STYLES)],
        "place": [embedding],
    }


def kind_of(manifest: Mapping[str, Any]) -> Kind:
    """Return the kind that a manifest states; `model` if it states none."""
    return GAUGE if manifest.get("kind") == GAUGE else MODEL


def files_of(manifest: Mapping[str, Any], kind: Kind) -> tuple[str, ...]:
    """Return the tables of this manifest that must name a file: all of its kind, except optional ones that it lacks."""
    return tuple(key for key in FILES[kind] if key in manifest or key not in OPTIONAL)


def check_head(manifest: Mapping[str, Any], kind: Kind = MODEL) -> None:
    """Raise UnfitError for a manifest of another kind, format or grid, or without name, version, licence or files."""
    if kind_of(manifest) != kind:
        does = {MODEL: "plays music and cannot measure it", GAUGE: "measures music and cannot play it"}
        held = kind_of(manifest)
        raise UnfitError(f"it is a {held}, which {does[held]}; name a {kind}")
    for key, mine in (("format", FORMAT), ("ticks_per_beat", TICKS_PER_BEAT)):
        if manifest.get(key) != mine:
            raise UnfitError(
                f"{key} is {manifest.get(key)}, but this edmd needs {mine}; train or export it again"
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
    """Raise UnfitError if the codec, widths or tensor shapes of a part are not valid."""
    if row.get("codec") != CODECS[part]:
        codec = row.get("codec")
        raise UnfitError(
            f"the codec of {part} is {codec}, but this edmd needs {CODECS[part]}; train it again"
        )
    for key in ("hidden", "layers"):
        if type(row.get(key)) is not int or not 1 <= row[key] <= _LARGEST_WIDTH:
            raise UnfitError(f"{key} of {part} is {row.get(key)}, not 1 to {_LARGEST_WIDTH}; train it again")
    declared = row.get("tensors")
    for name, shape in tensor_shapes(part, row["hidden"], row["layers"]).items():
        got = declared.get(name) if isinstance(declared, dict) else None
        if got != shape:
            raise UnfitError(f"tensor {name} of {part} has shape {got}, not {shape}; train it again")


def check_gauge(row: Mapping[str, Any]) -> None:
    """Raise UnfitError if the codecs, widths or tensor shapes of a gauge are not valid."""
    if row.get("codecs") != CODECS:
        raise UnfitError(
            f"its codecs are {row.get('codecs')}, but this edmd needs {dict(CODECS)}; train it again"
        )
    width, temperature = row.get("embedding"), row.get("nearness_temperature")
    if type(width) is not int or not 1 <= width <= _LARGEST_WIDTH:
        raise UnfitError(f"embedding is {width}, not 1 to {_LARGEST_WIDTH}; train it again")
    if type(temperature) is not float or not 0 < temperature <= 1:
        raise UnfitError(f"nearness_temperature is {temperature}, not above 0 and up to 1; train it again")
    if row.get("tensors") != gauge_shapes(width):
        raise UnfitError("its tensors do not have the shapes of a gauge; train it again")


def check_songs(content: bytes, width: int) -> None:
    """Raise UnfitError if a song file cannot be read, or if its passages do not have the gauge's width."""
    try:
        songindex.unpack(content, width)
    except (ValueError, RecursionError) as error:
        raise UnfitError(f"its songs {error}; copy the bundle again") from None


def check_model(part: str, content: bytes, declared: Mapping[str, list[int]]) -> None:
    """Raise UnfitError if an ONNX file refers to other files, or if its tensors are not the declared ones."""
    try:
        read = onnxfile.signature(content)
    except ValueError as error:
        raise UnfitError(f"the ONNX file of {part} {error}; copy the bundle again") from None
    if read.points_outside:
        raise UnfitError(
            f"the ONNX file of {part} keeps weights in another file; export it again in one file"
        )
    if read.has_nan:
        raise UnfitError(
            f"the ONNX file of {part} has weights that are not numbers; train or export it again"
        )
    held = {**read.inputs, **read.outputs}
    for name in sorted(declared.keys() | held.keys()):
        wanted = onnxfile.Tensor(_ELEMENT_TYPES.get(name, "float"), declared.get(name, []))
        if name not in declared or held.get(name) != wanted:
            got = "nothing" if name not in held else f"{held[name].kind}{held[name].shape}"
            expected = "nothing" if name not in declared else f"{wanted.kind}{wanted.shape}"
            raise UnfitError(f"the ONNX file of {part} has {got} for {name}, not {expected}; export it again")


def check_table(key: str, content: bytes) -> None:
    """Raise UnfitError if a JSON table is not valid."""
    try:
        TABLES[key](content)
    except (ValueError, RecursionError) as error:
        raise UnfitError(f"its {key} is not valid ({error}); copy the bundle again") from None
