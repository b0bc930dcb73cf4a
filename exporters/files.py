"""Write the files of a bundle. Each gets its name only when it is complete; the manifest is written last."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exporters.writing import replace_bytes
from models.manifest import MANIFEST
from models.reading.sealed import seal


def store(folder: Path, name: str, content: bytes) -> dict[str, str]:
    """Write a file, and return its entry for the manifest."""
    replace_bytes(folder / name, content)
    return {"file": name, "sha256": hashlib.sha256(content).hexdigest()}


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, which makes the folder a bundle."""
    import tomli_w  # noqa: PLC0415 - of the extra `train`

    store(folder, MANIFEST, seal(tomli_w.dumps(manifest).encode()))


def put_table(folder: Path, key: str, content: bytes) -> None:
    """Replace a JSON table of an existing bundle, such as its arrangement."""
    manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    write_manifest(folder, {**manifest, key: store(folder, f"{key}.json", content)})
