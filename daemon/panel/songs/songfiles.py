"""The files of a song: its MIDI file, its facts, and its exports."""

import contextlib
import json
import re
import shutil
import time
from pathlib import Path
from typing import Any, Final

from exporters.writing import replace_bytes

SONG_FILE: Final = "song.mid"
FACTS_FILE: Final = "song.json"
# Longer than a song can wait and be made. An older unfinished folder was left by a panel that died.
ABANDONED_SECONDS: Final = 3 * 3600.0
_NAME: Final = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")


def facts_of(folder: Path) -> dict[str, Any]:
    """Return the facts of a song, or {} if they cannot be read."""
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts


def keep_facts(facts: dict[str, Any], folder: Path) -> None:
    """Write the facts of a song atomically."""
    replace_bytes(folder / FACTS_FILE, json.dumps(facts, separators=(",", ":")).encode())


def suffixes(folder: Path) -> list[str]:
    """Return the suffixes of a song's existing files."""
    return sorted(path.suffix for path in folder.glob("song.*") if path.suffix not in {".json", ".partial"})


def sweep(root: Path) -> None:
    """Delete unfinished songs older than `ABANDONED_SECONDS`. Younger ones may belong to another running panel."""
    with contextlib.suppress(OSError):  # there is no such folder, or it cannot be listed
        for folder in root.glob("*"):
            if _NAME.fullmatch(folder.name) and _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        age_seconds = time.time() - folder.stat().st_mtime
    except OSError:  # another process has deleted it
        return False
    return age_seconds > ABANDONED_SECONDS and not (folder / FACTS_FILE).exists()
