"""`edmd train`: train a model bundle on folders of music, with progress; can be stopped and resumed."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from daemon.commands.extras import need_extra
from daemon.commands.failure import CommandFailed, Interrupted, UsageError
from daemon.commands.hints import Choice
from daemon.commands.numbers import RealRange, WholeRange

if TYPE_CHECKING:
    from rich.console import Console

    from training.pipeline import Job
    from training.recipe import Recipe

_EXTRA: Final = ("torch", "lightning", "onnx", "onnxscript", "tomli_w", "scipy")
_READER: Final = "symusic"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@click.command(
    epilog="To resume a stopped run, give the same command again. It continues after the last complete epoch."
)
@click.argument("recipe")
@click.option(
    "--data",
    multiple=True,
    required=True,
    metavar="DIR[=STYLE]",
    help="A folder of MIDI files and scores; STYLE is edm, classical or other. Can be given more than once. "
    "Can also be one file that `python -m training.pack` wrote.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The bundle's folder."
)
@click.option("--name", help="The bundle's name. Default: the recipe's name.")
@click.option(
    "--epochs",
    type=WholeRange(1),
    help="How many times training goes through all songs. Default: from the recipe.",
)
@click.option("--minutes", type=RealRange(0, min_open=True), help="The longest training time in all.")
@click.option("--threads", type=WholeRange(1), help="Processor threads for training. Default: all.")
@click.option(
    "--accelerator",
    type=Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="The device for training; auto is a GPU if torch finds one.",
)
@click.option(
    "--devices",
    type=WholeRange(1),
    default=1,
    show_default=True,
    help="How many GPUs (or processes) of this machine train together.",
)
@click.option(
    "--nodes",
    type=WholeRange(1),
    default=1,
    show_default=True,
    help="How many machines train together. Run the same command on each, with its NODE_RANK, MASTER_ADDR and MASTER_PORT.",
)
@click.option(
    "--resume/--fresh", default=True, help="Continue from the checkpoints (the default), or begin again."
)
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path),
    help="The folder of the checkpoints. Default: OUT/checkpoints.",
)
@click.option("--from-checkpoints", is_flag=True, help="Do not train; make the bundle from the checkpoints.")
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Begin with the networks of a bundle, or of another training's checkpoints, and train them on this music.",
)
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Folder that stores the music read, for the next run."
)
def train(
    recipe: str,
    data: tuple[str, ...],
    out: Path,
    name: str | None,
    epochs: int | None,
    minutes: float | None,
    threads: int | None,
    accelerator: str,
    devices: int,
    nodes: int,
    resume: bool,
    checkpoints: Path | None,
    from_checkpoints: bool,
    start: Path | None,
    cache: Path | None,
) -> None:
    """Train the networks of RECIPE (a name such as edm, or a .toml file) and write a bundle into OUT."""
    if from_checkpoints and not resume:
        raise UsageError(
            "--fresh deletes the checkpoints that --from-checkpoints needs; give only one of the two"
        )
    folders = tuple(_place(words) for words in data)
    reads_music = not any(path.is_file() for path, _ in folders)
    need_extra("training", "train", (*_EXTRA, _READER) if reads_music else _EXTRA)
    import platformdirs
    from rich.console import Console

    from training.devices import Devices, leads
    from training.pipeline import Job

    wanted = _recipe(recipe)
    if wanted.alone and devices * nodes > 1:
        raise UsageError(f"{wanted.name} trains in one process on the CPU; leave out --devices and --nodes")
    job = Job(
        recipe=wanted,
        name=_name(name or wanted.name),
        data=folders,
        out=out,
        checkpoints=checkpoints or out / "checkpoints",
        cache=cache or platformdirs.user_cache_path("edmd") / "corpus",
        epochs=epochs,
        seconds=None if minutes is None else minutes * 60,
        learn=not from_checkpoints,
        devices=Devices(accelerator, devices, nodes),
        start=start,
    )
    _run(job, resume, threads, Console(quiet=not leads()))


def _recipe(name: str) -> "Recipe":
    from training.recipe import RecipeError
    from training.systems.table import load

    try:
        return load(name)
    except RecipeError as error:
        raise UsageError(str(error)) from None


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a bundle's name has only letters, digits, dots, dashes and underscores; got {name!r}"
        )
    return name


def _place(words: str) -> tuple[Path, str | None]:
    from training.music import place

    try:
        return place(words)
    except ValueError as error:
        raise UsageError(f"--data {error}") from None


def _run(job: "Job", resume: bool, threads: int | None, console: "Console") -> None:
    import torch

    from training import pipeline
    from training.devices import leads
    from training.errors import InterruptedTrainingError, TrainingError

    if threads:
        torch.set_num_threads(threads)
    try:
        if not resume and leads():
            pipeline.forget(job)
        made = pipeline.run(job, console)
    except TrainingError as error:
        raise CommandFailed(str(error)) from None
    except (KeyboardInterrupt, InterruptedTrainingError):
        saved = f"complete epochs are saved in {job.checkpoints}"
        raise Interrupted(f"Stopped; {saved}. Give the same command again to continue.") from None
    except OSError as error:
        raise CommandFailed(
            f"{error.filename or job.out} cannot be used ({error.strerror or error})"
        ) from None
    if made:
        # A name without `./` would be searched among the included bundles.
        where = job.out if job.out.is_absolute() else f"./{job.out}"
        click.echo(f"the bundle {made.name} is in {job.out}; {job.recipe.use}{where}")
