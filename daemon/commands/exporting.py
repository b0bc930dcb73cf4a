"""What `edmd render` and `edmd export` share: options, what is checked before work begins, and writing with a bar."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from daemon.commands.failure import CommandFailed, UsageError
from daemon.commands.numbers import RealRange, WholeRange

if TYPE_CHECKING:
    from exporters.formats import Settings
    from models.music import Music

Function = TypeVar("Function", bound=Callable[..., Any])
KINDS: Final = ("midi", "score", "picture", "audio")


@dataclass(frozen=True)
class Wanted:
    """A file to write: its kind, and which bars of the music."""

    path: Path
    kind: str
    settings: "Settings"
    loop_bars: int | None
    first_bar: int


def export_options(function: Function) -> Function:
    """Add --out and all that says how to write it; they come as keywords, for `wanted_of`."""
    file = click.Path(path_type=Path)
    for option in (
        click.option("--tail", type=RealRange(0, 60), default=0.0, metavar="SECONDS",
                     help="How long audio rings on after the last bar; 0 unless given."),
        click.option("--soundfont", type=file, metavar="FILE",
                     help="Play audio with it; else $EDMD_SOUNDFONT, [audio] soundfont, or one that is found."),
        click.option("--from-bar", type=WholeRange(0), default=0, metavar="BAR",
                     help="The loop's first bar, from 0."),
        click.option("--loop", type=WholeRange(1), metavar="BARS",
                     help="Only so many bars, cut at the bar lines; audio rings into its beginning."),
        click.option("--force", is_flag=True, help="Replace files that are there already."),
        click.option("--stems", is_flag=True, help="Also each voice in a file of its own: set.wav, set-lead.wav, ..."),
        click.option("--as", "kind", type=click.Choice(KINDS),
                     help="What .png, .svg and .pdf are: score or picture; .png is a picture unless given."),
        click.option("--out", type=file, required=True, metavar="FILE",
                     help="Where to write it: .mid, .musicxml, .mxl, .svg, .pdf, .png, .wav, .flac, .ogg or .mp3."),
    ):  # fmt: skip
        function = option(function)
    return function


def wanted_of(options: Mapping[str, Any], configured_font: Path | None, parts: Sequence[str] = ()) -> Wanted:
    """What the options ask for, checked: nothing is begun that could not be finished.

    `parts` are the names of the parts, where they are known before there is music.
    """
    from exporters.formats import FormatError, MissingError, Settings, check, kind_of
    from exporters.soundfont import NoSoundFontError, named
    from exporters.writing import WriteError

    path, loop = options["out"], options["loop"]
    if options["from_bar"] and not loop:
        raise UsageError("--from-bar says where a loop begins; give --loop BARS too")
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
    """Refuse to write over the file that is read."""
    if os.path.realpath(source) in map(os.path.realpath, paths):
        raise UsageError(f"{source} is the file that is read; name another with --out")


def write(music: "Music", wanted: Wanted, source: Path | None = None) -> list[Path]:
    """Write what is wanted of the music, with progress; return the files. `source` is the file it was read from."""
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
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar, where a person looks on, while the caller reports (done, of all)."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
