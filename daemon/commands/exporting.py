"""The common parts of `edmd render` and `edmd export`: options, checks before the work, writing with a progress bar."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from daemon.commands.failure import CommandFailed, UsageError
from daemon.commands.hints import Choice
from daemon.commands.numbers import RealRange, WholeRange

if TYPE_CHECKING:
    from exporters.formats import Settings
    from models.music import Music

Function = TypeVar("Function", bound=Callable[..., Any])
KINDS: Final = ("midi", "dawproject", "score", "picture", "audio")


@dataclass(frozen=True)
class Wanted:
    """A file to write: its kind, its settings, and which bars of the music."""

    path: Path
    kind: str
    settings: "Settings"
    loop_bars: int | None
    first_bar: int


def export_options(function: Function) -> Function:
    """Add --out and the options that belong to it. Their values are keyword arguments for `wanted_of`."""
    file = click.Path(path_type=Path)
    for option in (
        click.option("--tail", type=RealRange(0, 60), default=0.0, metavar="SECONDS",
                     help="How long audio continues after the last bar. Default: 0."),
        click.option("--soundfont", type=file, metavar="FILE",
                     help="The sound font for audio. Default: $EDMD_SOUNDFONT, [audio] soundfont, or the panel's sounds."),
        click.option("--from-bar", type=WholeRange(0), default=0, metavar="BAR",
                     help="The first bar of the loop, from 0."),
        click.option("--loop", type=WholeRange(1), metavar="BARS",
                     help="Write only so many bars, cut at the bar lines. The echo of the end is mixed into the beginning."),
        click.option("--force", is_flag=True, help="Replace existing files."),
        click.option("--stems", is_flag=True, help="Also write each voice to its own file: set.wav, set-lead.wav, ..."),
        click.option("--as", "kind", type=Choice(KINDS),
                     help="Whether .png, .svg or .pdf is a score or a picture. Default for .png: picture."),
        click.option("--out", type=file, required=True, metavar="FILE",
                     help="The file: .mid, .dawproject, .musicxml, .mxl, .svg, .pdf, .png, .wav, .flac, .ogg or .mp3."),
    ):  # fmt: skip
        function = option(function)
    return function


def wanted_of(options: Mapping[str, Any], configured_font: Path | None, parts: Sequence[str] = ()) -> Wanted:
    """Return the file that the options describe. Raises an error before the work if the file could not be written.

    `parts` are the names of the parts, if they are known before the music exists.
    """
    from exporters.formats import FormatError, MissingError, Settings, check, kind_of
    from exporters.soundfont import NoSoundFontError, named
    from exporters.writing import WriteError

    path, loop = options["out"], options["loop"]
    if options["from_bar"] and not loop:
        raise UsageError("--from-bar is the first bar of a loop; give --loop BARS too")
    font = named(options["soundfont"], os.environ, configured_font)
    settings = Settings(options["stems"], bool(loop), font, options["tail"], options["force"])
    try:
        kind = kind_of(path, options["kind"])
        check(path, kind, settings, parts)
    except FormatError as error:
        raise UsageError(str(error)) from None
    except (MissingError, NoSoundFontError, WriteError) as error:
        raise CommandFailed(str(error)) from None
    return Wanted(path, kind, settings, loop, options["from_bar"])


def check_not_read(source: Path, paths: Iterable[Path]) -> None:
    """Raise UsageError if a file to write is the file that is read."""
    if os.path.realpath(source) in map(os.path.realpath, paths):
        raise UsageError(f"{source} is the input file; name another file with --out")


def write(music: "Music", wanted: Wanted, source: Path | None = None) -> list[Path]:
    """Write the music to the wanted files with a progress bar, and return their paths. `source` is the input file."""
    from exporters import formats
    from exporters.music import cut
    from exporters.writing import ExportError

    try:
        part = cut(music, wanted.first_bar, wanted.loop_bars) if wanted.loop_bars else music
    except ValueError as error:
        raise UsageError(str(error)) from None
    try:
        if source is not None and wanted.settings.stems:
            check_not_read(source, formats.stems(part, wanted.path))
        with counting(f"writing {wanted.path.name}") as progress:
            return formats.write(part, wanted.path, wanted.kind, wanted.settings, progress)
    except ExportError as error:
        raise CommandFailed(str(error)) from None


@contextmanager
def counting(
    what: str, music_seconds: float = 0.0, *, has_units: bool = False
) -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how far the block is, as a bar or as lines. The caller reports (done, total)."""
    from rich.console import Console

    from exporters.progress import counting as showing

    with showing(Console(stderr=True), what, music_seconds, has_units=has_units) as progress:
        yield progress
