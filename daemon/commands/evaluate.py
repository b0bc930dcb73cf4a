"""`edmd evaluate`: write a folder of figures and pictures that compares music with other music."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from daemon.commands.extras import need_extra
from daemon.commands.failure import CommandFailed, Interrupted, UsageError
from daemon.commands.hints import Choice
from daemon.commands.numbers import WholeRange
from daemon.commands.options import config_options, read_config
from daemon.config import Config

if TYPE_CHECKING:
    from rich.console import Console

    from models.gauge import Gauge
    from training.evaluation.music import Collection

_EXTRA: Final = ("torch", "lightning", "symusic", "matplotlib", "scipy", "sklearn")
_GAUGE: Final = "gauge"
_MUSIC = click.Path(path_type=Path)


@click.command(
    epilog="Instead of MUSIC, a model can play: edmd evaluate --model edm --against midi/ --out figures/. "
    "To compare with several folders, give --against more than once."
)
@click.argument("music", nargs=-1, type=_MUSIC)
@click.option("--against", multiple=True, required=True, type=_MUSIC, help="A folder or file of real music.")
@click.option(
    "--train",
    "learned",
    multiple=True,
    type=_MUSIC,
    help="Music that the model was trained on: it gives the best reachable figures, and is searched for copies.",
)
@click.option(
    "--held-out",
    is_flag=True,
    help="From --against, use only songs that training holds out; from --train, only the others.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write."
)
@click.option(
    "--measure",
    type=Choice(["quick", "full"]),
    default="full",
    show_default=True,
    help="quick skips the discriminator and the search for copies.",
)
@config_options
@click.option(
    "--model", metavar="NAME", help="Instead of MUSIC, compose with this model, into OUT/generated."
)
@click.option(
    "--seeds", type=WholeRange(1, 1000), default=10, show_default=True, help="How many sets the model plays."
)
@click.option("--bars", type=WholeRange(8, 600), default=64, show_default=True, help="How long each set is.")
@click.option(
    "--gauge", metavar="NAME", help="The gauge's bundle, by name or folder. Default: the included one."
)
@click.option(
    "--curves", type=_MUSIC, metavar="FOLDER", help="Checkpoints or a bundle whose learning curves are drawn."
)
@click.option("--drawn", type=WholeRange(0), default=4, show_default=True, help="How many pieces are drawn.")
@click.option("--cache", type=_MUSIC, help="Folder that stores the music read, for the next run.")
def evaluate(
    music: tuple[Path, ...],
    against: tuple[Path, ...],
    learned: tuple[Path, ...],
    held_out: bool,
    out: Path,
    measure: str,
    path: Path | None,
    overrides: tuple[str, ...],
    model: str | None,
    seeds: int,
    bars: int,
    gauge: str | None,
    curves: Path | None,
    drawn: int,
    cache: Path | None,
) -> None:
    """Compare MUSIC (folders or files of MIDI) with other music, in figures and pictures."""
    if bool(music) == bool(model):
        raise UsageError("name what to measure: either folders or files of MUSIC, or --model NAME")
    config = read_config(path, (*overrides, *([f"play.model={model}"] if model else [])))
    need_extra("evaluating", "train", _EXTRA)
    if curves and not any(curves.rglob("metrics.csv")):
        raise CommandFailed(f"there is no metrics.csv below {curves}; give --curves a folder of checkpoints")
    import platformdirs
    from rich.console import Console

    from training.evaluation.evaluate import Job, run
    from training.report import told_by_cause

    console = Console()
    kept = cache or platformdirs.user_cache_path("edmd") / "corpus"
    with _errors_as_sentences(out):
        gauge_reader = _gauge(gauge, console)
        real, known = _real(against, learned, held_out, kept, console)
        if music:
            one = _read(music, kept, console)
        else:
            folder = out / "generated"
            # Read file by file, because a corpus has no markers and shortens long rests.
            one = _read(_composed(config, folder, seeds, bars, console), None, console)._replace(
                name=folder.name
            )
        run(Job(one, real, known, out, measure == "full", drawn, gauge_reader, curves), console)
    click.echo(f"{out / 'index.html'} shows {len(one.songs)} pieces of {one.name} against {real.name}")
    for each in (one, real):
        if each.refused:
            click.echo(f"refused of {each.name}: {told_by_cause(each.refused)}")


@contextlib.contextmanager
def _errors_as_sentences(out: Path) -> Iterator[None]:
    """Make the folder before any work. Turn errors that a user can fix into one sentence."""
    from exporters.writing import WriteError, check_writable
    from training.evaluation.music import UnreadableError

    try:
        out.mkdir(parents=True, exist_ok=True)
        check_writable(out / "index.html")
        yield
    except (UnreadableError, WriteError) as error:
        raise CommandFailed(str(error)) from None
    except KeyboardInterrupt:
        raise Interrupted(f"Stopped; what was drawn so far is in {out}.") from None
    except OSError as error:
        raise CommandFailed(f"{error.filename or out} cannot be used ({error.strerror or error})") from None


def _read(paths: tuple[Path, ...], cache: Path | None, console: "Console") -> "Collection":
    """Read music. Without a cache folder, nothing is stored."""
    from training.evaluation.music import read
    from training.progress import counting

    with tempfile.TemporaryDirectory() as unkept, counting(console, "reading music") as progress:
        return read(paths, cache or Path(unkept), progress)


def _real(
    against: tuple[Path, ...], learned: tuple[Path, ...], held_out: bool, cache: Path, console: "Console"
) -> tuple["Collection", "Collection | None"]:
    """Return the music to compare with, and the training music if given; split by the hold-out rule if `held_out`."""
    from training.evaluation.music import HELD_OUT, LEARNED

    real, known = _read(against, cache, console), _read(learned, cache, console) if learned else None
    if not held_out:
        return real, known
    return real.only(HELD_OUT), known and known.only(LEARNED)


def _gauge(name: str | None, console: "Console") -> "Gauge | None":
    """Open the gauge. If the included one is missing, its pictures are left out."""
    from models.bundle import BundleError
    from models.gauge import Gauge

    try:
        return Gauge.load(name or _GAUGE)
    except BundleError as error:
        if name:
            raise CommandFailed(str(error)) from None
        console.print(f"without the gauge's pictures: {error}", highlight=False, soft_wrap=True)
        return None


def _composed(config: Config, folder: Path, seeds: int, bars: int, console: "Console") -> tuple[Path, ...]:
    """Play the seeds 0, 1, ... into MIDI files in a folder, and return the files."""
    from daemon.composer.assembly import start
    from daemon.composer.offline.offline import ComposeError
    from daemon.composer.offline.rendering import rendered
    from exporters.midi import write_midi
    from exporters.writing import WriteError
    from models.bundle import BundleError
    from models.session import ProviderError
    from training.progress import counting

    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*.mid"):
        old.unlink()
    try:
        begun = start(config, 0)
        with counting(console, f"composing {seeds} sets of {bars} bars") as progress:

            def report(done: int) -> None:
                progress(done, seeds * bars)

            takes = rendered(begun, config.parameters, range(seeds), bars, report)
            for seed, take in enumerate(takes):
                write_midi(take, folder / f"seed-{seed:03}.mid")
    except (BundleError, ComposeError, ProviderError, WriteError) as error:
        raise CommandFailed(str(error)) from None
    return tuple(sorted(folder.glob("seed-*.mid")))
