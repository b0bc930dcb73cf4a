"""Bundles: a folder with model.toml and ONNX files, checked to the byte before anything plays; loading one runs no code from it."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS, Layout
from models.notes import TICKS_PER_BEAT

FORMAT: Final = 1
MANIFEST: Final = "model.toml"
PARTS: Final = ("melody", "percussion")
SHIPPED: Final = Path(__file__).parent
_CODECS: Final = {"melody": melody.NAME, "percussion": percussion.NAME}
_LAYOUTS: Final = {"melody": (melody.LAYOUT, melody.CONDITION_SIZE), "percussion": (percussion.LAYOUT, percussion.CONDITION_SIZE)}


class BundleError(Exception):
    """A bundle that cannot be played; the text names the bundle, what is wrong and the mend."""


# A chord loop: pitch classes as a 12-bit mask for each half bar.
ChordLoop = tuple[int, ...]


@dataclass(frozen=True)
class Bundle:
    """A verified folder: its manifest and the content of its files."""

    folder: Path
    manifest: dict[str, Any]
    files: dict[str, bytes]

    @property
    def name(self) -> str:
        """What it is loaded by."""
        return str(self.manifest["name"])

    def model(self, part: str) -> bytes:
        """The ONNX file of `melody` or `percussion`."""
        return self.files[str(self.manifest[part]["file"])]

    @cached_property
    def chord_loops(self) -> dict[str, list[ChordLoop]]:
        """Chord loops found in real songs, by style."""
        loops: dict[str, list[list[int]]] = json.loads(self.files[str(self.manifest["harmony"]["file"])])
        return {style: [tuple(loop) for loop in rows] for style, rows in loops.items()}


def tensor_shapes(part: str, hidden: int, layers: int) -> dict[str, list[int]]:
    """The shape of every input and output of a network, by name: what a bundle must declare and hold."""
    layout, condition_size = _LAYOUTS[part]
    state = [layers, 1, hidden]
    return {**_input_shapes(layout, condition_size), "hidden": state, "cell": state, **_output_shapes(layout, state)}


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
    return {"tokens": [len(layout.slots)], "sources": [len(layout.parts)], "hidden_after": state, "cell_after": state}


def folders() -> list[Path]:
    """Where bundles are looked for by name: those shipped, then the user's own."""
    import platformdirs

    return [SHIPPED, platformdirs.user_data_path("edmd") / "models"]


def find(name: str) -> Path:
    """The folder of a bundle by name or by path; BundleError when there is none."""
    if "/" in name or "\\" in name or Path(name, MANIFEST).is_file():
        return Path(name)
    for folder in folders():
        if (folder / name / MANIFEST).is_file():
            return folder / name
    known = ", ".join(names()) or "none"
    raise BundleError(f"no model is named {name}; there is: {known} (`edmd models list`), or give the path of a bundle's folder")


def names() -> list[str]:
    """The bundles that can be loaded by name."""
    return sorted({path.parent.name for folder in folders() for path in folder.glob(f"*/{MANIFEST}")})


def load(name: str) -> Bundle:
    """Read and verify a bundle by name or path; BundleError says what does not fit."""
    folder = find(name)
    manifest = _read_manifest(folder)
    files = {row["file"]: _read_file(folder, row) for row in _file_rows(folder, manifest)}
    for part in PARTS:
        _check_part(folder, part, manifest[part])
    return Bundle(folder, manifest, files)


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{folder} is no bundle: it has no {MANIFEST}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BundleError(f"{folder / MANIFEST} cannot be read ({error}); copy the bundle again") from None
    if manifest.get("format") != FORMAT:
        raise BundleError(f"{folder} has format {manifest.get('format')}; this edmd plays format {FORMAT}: train or export it again")
    if manifest.get("ticks_per_beat") != TICKS_PER_BEAT:
        raise BundleError(f"{folder} has {manifest.get('ticks_per_beat')} ticks per beat; this edmd plays {TICKS_PER_BEAT}")
    return manifest


def _file_rows(folder: Path, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [manifest.get(part) for part in (*PARTS, "harmony")]
    for part, row in zip((*PARTS, "harmony"), rows, strict=True):
        if not isinstance(row, dict) or not isinstance(row.get("file"), str) or not isinstance(row.get("sha256"), str):
            raise BundleError(f"{folder / MANIFEST} has no file and sha256 for {part}; copy the bundle again")
        if Path(row["file"]).name != row["file"]:
            raise BundleError(f"{folder / MANIFEST} names a file outside the bundle: {row['file']}")
    return [row for row in rows if row is not None]


def _read_file(folder: Path, row: dict[str, Any]) -> bytes:
    try:
        content = (folder / row["file"]).read_bytes()
    except OSError as error:
        raise BundleError(f"{folder / row['file']} cannot be read ({error.strerror}); copy the bundle again") from None
    if hashlib.sha256(content).hexdigest() != row["sha256"]:
        raise BundleError(f"{folder / row['file']} is damaged: its SHA-256 is not the one in {MANIFEST}; copy the bundle again")
    return content


def _check_part(folder: Path, part: str, row: dict[str, Any]) -> None:
    if row.get("codec") != _CODECS[part]:
        raise BundleError(f"{folder}: the codec of {part} is {row.get('codec')}; this edmd plays {_CODECS[part]}: train it again")
    expected = tensor_shapes(part, int(row.get("hidden", 0)), int(row.get("layers", 0)))
    declared = row.get("tensors")
    for name, shape in expected.items():
        got = declared.get(name) if isinstance(declared, dict) else None
        if got != shape:
            raise BundleError(f"{folder}: tensor {name} of {part} has shape {got}; this edmd needs {shape}: train it again")
