"""`edmd study`: prepare, serve and report a blind listening study."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from daemon.commands.exporting import counting
from daemon.commands.extras import need_extra
from daemon.commands.failure import CommandFailed, UsageError
from daemon.commands.hints import Group
from daemon.commands.interrupts import ended_by_signals
from daemon.commands.numbers import RealRange, WholeRange
from daemon.commands.options import config_options, read_config

if TYPE_CHECKING:
    from collections import Counter

_EXTRA: Final = "study"
_FOLDER: Final = click.Path(path_type=Path)
_REASONS: Final = 20


@click.group(cls=Group)
def study() -> None:
    """Compare music by ear: a blind listening study in a browser.

    `prepare` makes clips from folders of music, `serve` plays them to listeners and stores their ratings, `report` gives
    means, intervals, tests and plots.
    """


@study.command(epilog="Example: edmd study prepare ours=takes peer=peer/midi songs=midi/house --out study")
@config_options
@click.argument("sources", nargs=-1, required=True, metavar="NAME=FOLDER...")
@click.option("--out", type=_FOLDER, required=True, metavar="STUDY", help="The folder to make.")
@click.option(
    "--clips", type=WholeRange(1, 20), default=4, show_default=True, help="How many clips of each source."
)
@click.option(
    "--seconds", type=RealRange(3, 120), default=30.0, show_default=True, help="How long a clip lasts."
)
@click.option(
    "--lufs", type=RealRange(-36, -12), default=-16.0, show_default=True, help="How loud all clips are."
)
@click.option("--seed", type=WholeRange(0, 2**32 - 1), help="The same seed chooses the same passages.")
@click.option("--soundfont", type=_FOLDER, metavar="FILE", help="The sound font that plays all clips.")
def prepare(
    path: Path | None,
    overrides: tuple[str, ...],
    sources: tuple[str, ...],
    out: Path,
    clips: int,
    seconds: float,
    lufs: float,
    seed: int | None,
    soundfont: Path | None,
) -> None:
    """Make a study: clips of MIDI files and scores in folders, one folder for each source.

    All clips are played by the same synthesiser and have the same length and loudness. Their names say nothing.
    """
    need_extra("a study", _EXTRA, ("scipy", "soundfile"))
    from daemon.study.clips import Plan
    from daemon.study.clips import prepare as make
    from daemon.study.study import StudyError, check_names
    from exporters.formats import MissingError, instrument
    from exporters.soundfont import NoSoundFontError
    from exporters.writing import ExportError

    folders = dict(map(_source, sources))
    try:
        check_names([_source(each)[0] for each in sources])
    except StudyError as error:
        raise UsageError(str(error)) from None
    configured = read_config(path, overrides).soundfont
    seed = secrets.randbits(32) if seed is None else seed
    try:
        font = instrument(soundfont, configured=configured)
        with counting("making clips") as progress:
            made, refused = make(Plan(folders, clips, seconds, lufs, seed, font), out, progress)
    except (StudyError, MissingError, NoSoundFontError, ExportError) as error:
        raise CommandFailed(str(error)) from None
    click.echo(
        f"{out}: {made.clips} clips of {len(folders)} sources, {seconds:g} s at {lufs:g} LUFS, "
        f"played by {made.synthesiser}, seed {seed}"
    )
    _tell_refused(refused)


@study.command()
@click.argument("folder", type=_FOLDER, metavar="STUDY")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 is the whole network."
)
@click.option(
    "--port", type=WholeRange(1, 65535), default=8090, show_default=True, help="The port of the page."
)
def serve(folder: Path, host: str, port: int) -> None:
    """Serve the page of a study, until Ctrl-C. Answers are stored in the study's folder."""
    need_extra("serving a study", _EXTRA, ("flask", "waitress"))
    from daemon.panel.guard.listening import ListenError, Place
    from daemon.study.serving import serve as run
    from daemon.study.store import Store
    from daemon.study.study import read_study

    place = Place(host, port, "--host ADDRESS", "--port NUMBER")
    with ended_by_signals(), _errors():
        found = read_study(folder)
        with Store(folder, found.id) as store:
            try:
                run(found, folder, store, place, click.echo)
            except ListenError as error:
                raise CommandFailed(f"the study cannot listen at {error}") from None


@study.command()
@click.argument("folder", type=_FOLDER, metavar="STUDY")
@click.option("--out", type=_FOLDER, metavar="DIR", help="The folder to write. Default: STUDY/report.")
@click.option(
    "--all",
    "all_count",
    is_flag=True,
    help="Also count listeners who failed the attention check or did not finish.",
)
def report(folder: Path, out: Path | None, all_count: bool) -> None:
    """Write means with intervals, paired tests and plots: report.md, report.json and pictures."""
    need_extra("a report", _EXTRA, ("scipy", "matplotlib"))
    from daemon.study.report import summary, write_report
    from daemon.study.results import results
    from daemon.study.snapshot import read_stored
    from daemon.study.study import read_study
    from exporters.writing import WriteError

    with _errors():
        found = read_study(folder)
        made = results(found, *read_stored(found, folder), all_count=all_count)
    click.echo(summary(made))
    try:
        files = write_report(made, out or folder / "report")
    except WriteError as error:
        raise CommandFailed(str(error)) from None
    click.echo(f"{files[0]} has all of it")


@contextmanager
def _errors() -> Iterator[None]:
    from daemon.study.rows import StoreError
    from daemon.study.study import StudyError

    try:
        yield
    except (StudyError, StoreError) as error:
        raise CommandFailed(str(error)) from None


def _source(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not equals or not folder:
        raise UsageError(f"{text} is not NAME=FOLDER, such as ours=takes")
    return name, Path(folder)


def _tell_refused(refused: "Counter[str]") -> None:
    for reason, count in refused.most_common(_REASONS):
        click.echo(f"{count} files left out: each {reason}", err=True)
