"""`edmd train`: folders of music to a model bundle, with progress, resumable."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from daemon.commands.extras import need_extra
from daemon.commands.failure import CommandFailed, Interrupted, UsageError
from daemon.commands.numbers import RealRange, WholeRange

if TYPE_CHECKING:
    from rich.console import Console

    from training.gauge.pipeline import GaugeJob
    from training.gauge.recipe import GaugeRecipe
    from training.pipeline import Job
    from training.recipe import Recipe

_EXTRA: Final = ("torch", "lightning", "onnx", "onnxscript", "tomli_w")
_READER: Final = "symusic"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@click.command(
    epilog="A run that was stopped goes on where its last whole epoch ended: give the same command again."
)
@click.argument("recipe")
@click.option(
    "--data",
    multiple=True,
    required=True,
    metavar="DIR[=STYLE]",
    help="A folder of MIDI files and scores; STYLE is edm, classical or other. May be given more than once. "
    "Or one file that `python -m training.pack` wrote.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The bundle's folder."
)
@click.option("--name", help="The bundle's name; the recipe's unless given.")
@click.option(
    "--epochs", type=WholeRange(1), help="How often all songs are heard; the recipe's unless given."
)
@click.option("--minutes", type=RealRange(0, min_open=True), help="Learn no longer than this in all.")
@click.option("--threads", type=WholeRange(1), help="Processor threads for learning; all unless given.")
@click.option(
    "--accelerator",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="What learns; auto is a GPU where torch sees one.",
)
@click.option(
    "--devices",
    type=WholeRange(1),
    default=1,
    show_default=True,
    help="How many GPUs, or processes, of this machine learn together.",
)
@click.option(
    "--nodes",
    type=WholeRange(1),
    default=1,
    show_default=True,
    help="How many machines do; give each the same command, and its NODE_RANK, MASTER_ADDR and MASTER_PORT.",
)
@click.option(
    "--resume/--fresh", default=True, help="Go on from the checkpoints (the default), or begin anew."
)
@click.option(
    "--checkpoints", type=click.Path(path_type=Path), help="Their folder; OUT/checkpoints unless given."
)
@click.option(
    "--from-checkpoints", is_flag=True, help="Learn no more: straight from the checkpoints to a bundle."
)
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Begin with the networks of another training's checkpoints, and fit them to this music.",
)
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Where music that was read is kept for the next time."
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
    """Teach the networks of RECIPE (a name such as edm, or a .toml file) and write a bundle into OUT."""
    if from_checkpoints and not resume:
        raise UsageError(
            "--fresh throws away the checkpoints that --from-checkpoints needs; give one of them"
        )
    folders = tuple(_place(words) for words in data)
    reads_music = not any(path.is_file() for path, _ in folders)
    need_extra("training", "train", (*_EXTRA, _READER) if reads_music else _EXTRA)
    import platformdirs
    from rich.console import Console

    from training.devices import Devices, leads
    from training.gauge.pipeline import GaugeJob
    from training.gauge.recipe import GaugeRecipe
    from training.pipeline import Job

    asked: dict[str, Any] = {
        "data": folders,
        "out": out,
        "checkpoints": checkpoints or out / "checkpoints",
        "cache": cache or platformdirs.user_cache_path("edmd") / "corpus",
        "epochs": epochs,
        "seconds": None if minutes is None else minutes * 60,
        "learn": not from_checkpoints,
    }
    wanted = _recipe(recipe)
    asked["name"] = _name(name or wanted.name)
    job: Job | GaugeJob
    if not isinstance(wanted, GaugeRecipe):
        job = Job(recipe=wanted, devices=Devices(accelerator, devices, nodes), start=start, **asked)
    elif start:
        raise UsageError("a gauge learns within minutes; leave out --start")
    elif devices == nodes == 1:
        job = GaugeJob(recipe=wanted, **asked)
    else:
        raise UsageError("a gauge learns within minutes, in one process; leave out --devices and --nodes")
    _run(job, resume, threads, Console(quiet=not leads()))


def _recipe(name: str) -> "Recipe | GaugeRecipe":
    from training import recipe
    from training.gauge import recipe as gauges

    try:
        return gauges.load(name) if gauges.is_gauge(name) else recipe.load(name)
    except recipe.RecipeError as error:
        raise UsageError(str(error)) from None


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"a bundle's name is letters, digits, dots, dashes; got {name!r}")
    return name


def _place(words: str) -> tuple[Path, str | None]:
    from training.pack import place

    try:
        return place(words)
    except ValueError as error:
        raise UsageError(f"--data {error}") from None


def _run(job: "Job | GaugeJob", resume: bool, threads: int | None, console: "Console") -> None:
    import torch

    from training import pipeline
    from training.devices import leads
    from training.errors import InterruptedTrainingError, TrainingError
    from training.gauge import pipeline as gauges

    is_gauge = isinstance(job, gauges.GaugeJob)
    if threads:
        torch.set_num_threads(threads)
    try:
        if not resume and leads():
            (gauges if is_gauge else pipeline).forget(job.checkpoints)
        made = gauges.run(job, console) if isinstance(job, gauges.GaugeJob) else pipeline.run(job, console)
    except TrainingError as error:
        raise CommandFailed(str(error)) from None
    except (KeyboardInterrupt, InterruptedTrainingError):
        kept = f"whole epochs are kept in {job.checkpoints}"
        raise Interrupted(f"Stopped; {kept}: give the same command again to go on.") from None
    except OSError as error:
        raise CommandFailed(
            f"{error.filename or job.out} cannot be used ({error.strerror or error})"
        ) from None
    if made:
        use = "let it judge" if is_gauge else "hear it"
        key = "gauge.model" if is_gauge else "play.model"
        # A bare name would be looked for among the bundles that came with edmd.
        where = job.out if job.out.is_absolute() else f"./{job.out}"
        click.echo(f"the bundle {made.name} is in {job.out}; {use} with: edmd play -o {key}={where}")
