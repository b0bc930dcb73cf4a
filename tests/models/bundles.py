"""Change the bundles of tests: their manifests, and their networks with matching hashes."""

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli_w

# Bundles of format 1, as that version wrote them, and the tokens that it drew: see `test_format1.py`.
FORMAT_1 = Path(__file__).parent / "format1"


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest."""
    manifest = tomllib.loads((folder / "model.toml").read_text())
    change(manifest)
    (folder / "model.toml").write_text(tomli_w.dumps(manifest))


def row_of(manifest: dict[str, Any], part: str) -> dict[str, Any]:
    """Return the table of a network, or of a JSON table."""
    networks = {row["part"]: row for row in manifest.get("network", [])}
    row: dict[str, Any] = networks.get(part) or manifest[part]
    return row


def replace(folder: Path, part: str, content: bytes) -> None:
    """Replace a file by another one, with a matching hash."""

    def change(manifest: dict[str, Any]) -> None:
        row = row_of(manifest, part)
        row["sha256"] = hashlib.sha256(content).hexdigest()
        (folder / row["file"]).write_bytes(content)

    rewrite(folder, change)
