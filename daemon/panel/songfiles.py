"""The files of a song: its notes, what is known of it, and what it was exported as."""

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
# Longer than any song can wait and be made: what is older was left by a panel that died.
ABANDONED_SECONDS: Final = 3 * 3600.0
_NAME: Final = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")


def facts_of(folder: Path) -> dict[str, Any]:
    """What is known of a song; nothing when that cannot be read."""
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts


def keep_facts(facts: dict[str, Any], folder: Path) -> None:
    """Write what is known of a song, whole or not at all."""
    replace_bytes(folder / FACTS_FILE, json.dumps(facts, separators=(",", ":")).encode())


def suffixes(folder: Path) -> list[str]:
    """The kinds of files there are of a song."""
    return sorted(path.suffix for path in folder.glob("song.*") if path.suffix not in {".json", ".partial"})


def sweep(root: Path) -> None:
    """Clear away songs that were begun long ago and never done; another panel may be making others."""
    with contextlib.suppress(OSError):  # what cannot be looked through holds nothing to clear away
        for folder in root.glob("*"):
            if _NAME.fullmatch(folder.name) and _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        age_seconds = time.time() - folder.stat().st_mtime
    except OSError:  # somebody else was quicker
        return False
    return age_seconds > ABANDONED_SECONDS and not (folder / FACTS_FILE).exists()
