"""A study as a file: its sources, their clips and how they were made. `serve` never sends this file to listeners."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from daemon.control import strictjson
from daemon.study.typed import typed
from models.reading.files import read_plain
from models.reading.limits import RefusedError

FILE_NAME: Final = "study.json"
CLIPS: Final = "clips"
FORMAT: Final = 1
SCALES: Final = ("complexity", "creativity", "emotion", "enjoyment")
LEAST_RATING: Final = 1
MOST_RATING: Final = 7
MOST_HEARD_SECONDS: Final = 86400
MOST_SOURCES: Final = 8
MOST_CLIPS: Final = 20
_MOST_BYTES: Final = 4 * 2**20
_CLIP_NAME: Final = re.compile(r"[0-9a-f]{16}\.mp3")


class StudyError(Exception):
    """The folder is not a study, or a study cannot be made; the text says why."""


class Clip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One clip: its neutral file name, the file it comes from, and the bar (from 0) at which it begins."""

    file: str
    origin: str
    bar: int


class Study(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A study. Every source has the same number of clips, and every clip lasts `seconds` and has `lufs`."""

    format: int
    id: str
    seed: int
    seconds: float
    lufs: float
    synthesiser: str
    sources: Mapping[str, tuple[Clip, ...]]

    @property
    def names(self) -> list[str]:
        """The names of the sources."""
        return list(self.sources)

    @property
    def clips_of_each(self) -> int:
        """The number of clips of each source."""
        return len(next(iter(self.sources.values())))

    @property
    def clips(self) -> int:
        """The number of clips of all sources."""
        return len(self.sources) * self.clips_of_each


def write_study(study: Study, folder: Path) -> None:
    """Write the file of a study. Raises OSError if that fails."""
    content = msgspec.json.format(msgspec.json.encode(study), indent=2)
    (folder / FILE_NAME).write_bytes(content + b"\n")


def read_study(folder: Path) -> Study:
    """Read the study in a folder. Raises StudyError if there is none that can be used."""
    path = folder / FILE_NAME
    if not os.path.lexists(path):
        raise StudyError(f"{folder} is not a study: it has no {FILE_NAME}; edmd study prepare makes one")
    try:
        study = typed(strictjson.loads(read_plain(path, _MOST_BYTES)), Study)
    except RefusedError as error:
        raise StudyError(f"{path} {error}") from None
    except ValueError as error:
        raise StudyError(f"{path} cannot be used: {error}") from None
    if problem := _problem(study) or _missing(study, folder):
        raise StudyError(f"{path} cannot be used: {problem}")
    return study


def check_names(names: Sequence[str]) -> None:
    """Raise StudyError unless the names of the sources can be told apart, and are neither too few nor too many."""
    if not 2 <= len(names) <= MOST_SOURCES:
        raise StudyError(f"a study compares 2 to {MOST_SOURCES} sources, not {len(names)}")
    if len(set(names)) != len(names):
        raise StudyError("two sources have the same name")
    for name in names:
        if not name.strip() or len(name) > 40 or not name.isprintable():
            raise StudyError(f"{name!r} is no name of a source: it needs 1 to 40 printable characters")


def _problem(study: Study) -> str:
    """Return what is wrong with a study, or ""."""
    if study.format != FORMAT:
        return f"it has format {study.format}, and this edmd reads format {FORMAT}"
    try:
        check_names(study.names)
    except StudyError as error:
        return str(error)
    counts = {len(clips) for clips in study.sources.values()}
    if len(counts) != 1 or not 1 <= counts.copy().pop() <= MOST_CLIPS:
        return f"each source needs the same number of clips, 1 to {MOST_CLIPS}"
    files = [clip.file for clips in study.sources.values() for clip in clips]
    if len(set(files)) != len(files) or not all(map(_CLIP_NAME.fullmatch, files)):
        return "the clips need different names of 16 hexadecimal digits and .mp3"
    return "" if 1 <= study.seconds <= 600 else "a clip lasts 1 to 600 seconds"


def _missing(study: Study, folder: Path) -> str:
    files = [clip.file for clips in study.sources.values() for clip in clips]
    absent = [file for file in files if not (folder / CLIPS / file).is_file()]
    return f"{len(absent)} clips are missing, such as {CLIPS}/{absent[0]}" if absent else ""
