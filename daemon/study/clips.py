"""Make the clips of a study: files by chance, a passage of each, the same synthesiser, length and loudness for all."""

import contextlib
import os
import random
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from daemon.study.passages import chosen
from daemon.study.study import CLIPS, FORMAT, Clip, Study, StudyError, check_names, write_study
from exporters.clips import SUFFIX, LevelError, SilentError, write_clip
from exporters.limits import check_extent, extent_of
from exporters.music import cut, gathered
from exporters.writing import WriteError
from models.music import Music
from models.reading.limits import RefusedError
from models.reading.reader import is_music, read_music

MOST_FILES: Final = 100_000
_MOST_PARTS: Final = 64  # each needs a synthesiser of its own
# A browser is told when a file was changed. With its own time, a clip would tell with which others it was made.
_CLIP_TIME: Final = 315_532_800
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What to prepare: folders by the names of their sources, and how the clips are made. `font`: None is built in."""

    folders: Mapping[str, Path]
    clips: int
    seconds: float
    lufs: float
    seed: int
    font: Path | None


class Prepared(NamedTuple):
    """The study that was made, and how many files were refused for each reason."""

    study: Study
    refused: Counter[str]


def prepare(plan: Plan, out: Path, progress: Progress) -> Prepared:
    """Make a study in the new folder `out`. Raises StudyError, WriteError or SynthesiserError; then nothing is left.

    `progress` is called with (clips made, all clips).
    """
    check_names(list(plan.folders))
    found = {name: _files(name, folder) for name, folder in plan.folders.items()}
    refused: Counter[str] = Counter()
    with _new_folder(out) as folder:
        clips: dict[str, tuple[Clip, ...]] = {}
        for name, files in found.items():
            made = _clips(name, files, plan, folder / CLIPS, refused)
            clips[name] = tuple(_counted(made, len(clips) * plan.clips, len(found) * plan.clips, progress))
        instrument = plan.font.name if plan.font else "built-in synthesiser"
        # An identity of its own, so that the answers of one study are not taken for those of another.
        study = Study(FORMAT, secrets.token_hex(8), plan.seed, plan.seconds, plan.lufs, instrument, clips)
        write_study(study, folder)
    return Prepared(study, refused)


def _counted(made: Iterator[Clip], before: int, total: int, progress: Progress) -> Iterator[Clip]:
    for number, clip in enumerate(made, before + 1):
        progress(number, total)
        yield clip


def _files(name: str, folder: Path) -> list[Path]:
    """Return the files of music in a folder and its subfolders, in order. Raises StudyError if there are none."""
    if not folder.is_dir():
        raise StudyError(f"{name}: there is no folder {folder}")
    files: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        files += (path for path in (Path(place, each) for each in sorted(names)) if is_music(path))
        if len(files) > MOST_FILES:
            raise StudyError(
                f"{name}: {folder} has more than {MOST_FILES:,} files of music; name a smaller folder"
            )
    if not files:
        raise StudyError(f"{name}: {folder} has no MIDI file and no score")
    return files


def _clips(name: str, files: list[Path], plan: Plan, folder: Path, refused: Counter[str]) -> Iterator[Clip]:
    """Yield one clip of each of as many files as the plan wants, drawn by its seed."""
    chance = random.Random(f"{plan.seed}/{name}")  # noqa: S311 - to choose music, not to keep secrets
    found: Counter[str] = Counter()
    wanted = plan.clips
    for path in chance.sample(files, len(files)):
        try:
            # Random names, so that neither name nor order tells the source.
            target = folder / f"{secrets.token_hex(8)}{SUFFIX}"
            bar = _make(gathered(read_music(path)), plan, chance, target)
        except RefusedError as refusal:
            found[str(refusal)] += 1
            continue
        origin = path.relative_to(plan.folders[name]).as_posix().encode(errors="replace").decode()
        yield Clip(target.name, origin, bar)
        wanted -= 1
        if not wanted:
            break
    refused.update(found)
    if wanted:
        reasons = "; ".join(f"{count} {reason}" for reason, count in found.most_common(5))
        raise StudyError(
            f"{name}: {plan.clips - wanted} of {plan.clips} clips could be made of {len(files)} files"
            + (f" (of the others, {reasons})" if reasons else "")
        )


def _make(music: Music, plan: Plan, chance: random.Random, target: Path) -> int:
    """Write a clip of the music and return the bar at which it begins. Raises RefusedError if that is not possible."""
    passage = chosen(music, plan.seconds, chance)
    if passage is None:
        raise RefusedError(f"has no passage of {plan.seconds:g} s")
    part = cut(music, *passage)
    part = replace(part, parts=tuple(each for each in part.parts if each.notes))
    if len(part.parts) > _MOST_PARTS:
        raise RefusedError(f"has more than {_MOST_PARTS} parts that play at once")
    try:
        check_extent(target, "audio", extent_of(part, "audio"))
    except WriteError:
        raise RefusedError("has too many controllers and bends") from None
    try:
        write_clip(part, target, plan.font, plan.seconds, plan.lufs)
    except SilentError:
        raise RefusedError("is silent") from None
    except LevelError:
        raise RefusedError(f"cannot be brought to {plan.lufs:g} LUFS") from None
    os.utime(target, (_CLIP_TIME, _CLIP_TIME))
    return passage.bar


@contextlib.contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """Yield a folder to fill, which gets the name `out` at the end. If an error comes, it is removed."""
    if os.path.lexists(out):
        raise StudyError(f"{out} exists already; name a new folder")
    partial = out.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        (partial / CLIPS).mkdir(parents=True)
        yield partial
        partial.rename(out)
    except OSError as error:
        raise WriteError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
