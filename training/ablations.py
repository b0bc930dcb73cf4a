"""Ablations: train each network complete, and without each input or mechanism, on the same budget; one table."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from rich.console import Console

from exporters.writing import replace_bytes
from models.codecs.condition import COLUMNS
from models.manifest import PARTS
from training import checkpoints
from training.ablationtable import table
from training.devices import Devices
from training.epochlines import EpochLines
from training.errors import InterruptedTrainingError, TrainingError
from training.figures import likelihoods
from training.fit import Course, teach
from training.pack import Corpus, gather, place
from training.progress import counting
from training.recipe import Recipe, RecipeError, load
from training.splits import Split, split
from training.streams import INGREDIENTS

WHOLE: Final = "nothing"
FIGURES: Final = "figures.json"
# Ingredients other than one group of the condition's columns.
_NOT_TOLD: Final = ("lookback", "gates", "plan")
_UNIT: Final = (
    "nats per tick on whole held-out songs; told: the networks get each bar's plan, untold: they do not"
)


class Trial(NamedTuple):
    """One network without one ingredient; `without` is WHOLE for the complete network."""

    part: str
    without: str = WHOLE

    def folder(self, out: Path) -> Path:
        """Return the folder of its checkpoints and figures."""
        return out / self.part / f"without-{self.without}"

    def recipe(self, recipe: Recipe) -> Recipe:
        """Return the recipe without the ingredient."""
        off = () if self.without == WHOLE else (self.without,)
        return replace(recipe, fit=replace(recipe.fit, without=off))


@dataclass(frozen=True)
class Budget:
    """The budget of every trial; it ends with the epochs or the seconds, whichever comes first."""

    epochs: int
    seconds: float | None
    devices: Devices


def sized(recipe: Recipe, hidden: int | None) -> Recipe:
    """Return the recipe with `hidden` units in both networks, for faster trials."""
    if hidden is None:
        return recipe
    melody, percussion = (replace(size, hidden=hidden) for size in (recipe.melody, recipe.percussion))
    return replace(recipe, melody=melody, percussion=percussion)


def trials(only: str | None) -> list[Trial]:
    """Return the trials of each network's own ingredients; the networks alternate, the complete ones come first."""
    parts = PARTS if only is None else (only,)
    every = [Trial(part, without) for without in (WHOLE, *INGREDIENTS) for part in parts]
    return [trial for trial in every if trial.without in (WHOLE, *_NOT_TOLD, *COLUMNS[trial.part])]


def attempt(  # noqa: PLR0917 - the trial, its data and its folder
    trial: Trial, recipe: Recipe, songs: Split, out: Path, budget: Budget, console: Console
) -> None:
    """Train, resuming from the trial's checkpoints, and store its figures on the test songs."""
    recipe = trial.recipe(recipe)
    watcher = EpochLines(console, trial.part)
    course = Course(trial.folder(out), budget.epochs, budget.seconds, watcher, budget.devices)
    teach(trial.part, recipe, songs.lessons(trial.part, recipe), course)
    judge(trial, recipe, songs, out, budget.devices)


def judge(trial: Trial, recipe: Recipe, songs: Split, out: Path, devices: Devices) -> None:
    """Measure the best network of a trial, also if it was stopped."""
    folder = trial.folder(out)
    network = checkpoints.network_of(folder / checkpoints.BEST).to(devices.device)
    figures = likelihoods(network, trial.part, trial.recipe(recipe).fit, songs.test)
    learned = {"best_epoch": checkpoints.best_epoch(folder), "minutes": _minutes(folder)}
    replace_bytes(folder / FIGURES, json.dumps({**learned, "test": figures}, indent=1).encode())


def collect(out: Path, chosen: Iterable[Trial]) -> dict[str, dict[str, Any]]:
    """Return the figures of the trials that have any, by network and ingredient."""
    found: dict[str, dict[str, Any]] = {}
    for trial in chosen:
        path = trial.folder(out) / FIGURES
        if path.is_file():
            figures = json.loads(path.read_text(encoding="utf-8"))
            found.setdefault(trial.part, {})[trial.without] = figures
    return found


def _minutes(folder: Path) -> float | None:
    done = checkpoints.progress(folder)
    return None if done is None or done.seconds is None else round(done.seconds / 60, 2)


@click.command()
@click.option("--data", multiple=True, required=True, metavar="DIR[=STYLE]", help="As for `edmd train`.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the checkpoints.")
@click.option(
    "--report", type=click.Path(path_type=Path), default=Path("docs/ablations.json"), show_default=True
)
@click.option("--recipe", "recipe_name", default="edm", show_default=True)
@click.option("--epochs", type=click.IntRange(1), help="Epochs of each trial; default: the recipe's.")
@click.option("--time", "seconds", type=click.FloatRange(1), help="Seconds of training of each trial.")
@click.option("--hidden", type=click.IntRange(8), help="Hidden units of a layer; default: the recipe's.")
@click.option("--only", type=click.Choice(PARTS), help="Only this network.")
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Number of parallel trials."
)
@click.option("--accelerator", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True)
@click.option("--learn/--no-learn", default=True, help="Train, or only measure the existing trials.")
@click.option(
    "--without", type=click.Choice([WHOLE, *INGREDIENTS]), help="Only this trial of --only, in this process."
)
@click.option("--cache", type=click.Path(path_type=Path), help="Folder that stores music once it is read.")
def main(  # noqa: PLR0917 - click passes every option by name
    data: tuple[str, ...],
    out: Path,
    report: Path,
    recipe_name: str,
    epochs: int | None,
    seconds: float | None,
    hidden: int | None,
    only: str | None,
    jobs: int,
    accelerator: str,
    learn: bool,
    without: str | None,
    cache: Path | None,
) -> None:
    """Train each network with all ingredients and without each of them. A stopped run continues."""
    console = Console()
    try:
        recipe = sized(load(recipe_name), hidden)
        budget = Budget(epochs or recipe.fit.epochs, seconds, Devices(accelerator))
        corpus = _corpus(data, recipe, cache, console)
        if only and without:
            attempt(Trial(only, without), recipe, split(corpus.pieces, only), out, budget, console)
            return
        chosen = trials(only)
        facts = _facts(recipe, budget, corpus)
        for _ in _learn_all(chosen, out, jobs, console) if learn else ():
            _write(facts, collect(out, chosen), report)
        _judge_the_stopped(chosen, recipe, corpus, out, budget.devices)
    except (TrainingError, RecipeError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except (KeyboardInterrupt, InterruptedTrainingError):
        raise click.ClickException("stopped; run the same command again to continue") from None
    found = collect(out, chosen)
    _write(facts, found, report)
    for part, rows in found.items():
        console.print(table(part, rows))


def _corpus(data: tuple[str, ...], recipe: Recipe, cache: Path | None, console: Console) -> Corpus:
    import platformdirs  # noqa: PLC0415 - only the command needs it

    with counting(console, "reading music") as progress:
        cache_folder = cache or platformdirs.user_cache_path("edmd") / "corpus"
        return gather([place(words) for words in data], recipe, cache_folder, progress)


def _learn_all(chosen: list[Trial], out: Path, jobs: int, console: Console) -> Iterator[Trial]:
    """Run each trial in a separate process, so that a failure ends only that one; yields each as it ends."""
    waiting = [trial for trial in chosen if not (trial.folder(out) / FIGURES).is_file()]
    threads = max((os.cpu_count() or 1) // jobs, 1)
    with counting(console, "trials") as progress, ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(_process, trial, out, threads): trial for trial in waiting}
        try:
            for done, ended in enumerate(as_completed(running), start=1):
                console.print(ended.result(), highlight=False, soft_wrap=True)
                progress(done, len(waiting))
                yield running[ended]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _process(trial: Trial, out: Path, threads: int) -> str:
    folder = trial.folder(out)
    folder.mkdir(parents=True, exist_ok=True)
    # If an option is given twice, click takes the last one.
    words = [*sys.argv[1:], "--only", trial.part, "--without", trial.without]
    with (folder / "log.txt").open("a", encoding="utf-8") as log:
        done = subprocess.run(  # noqa: S603 - this program
            [sys.executable, "-m", "training.ablations", *words],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
            check=False,
        )
    how = (
        "done" if done.returncode == 0 else f"failed with status {done.returncode}; see {folder / 'log.txt'}"
    )
    return f"{trial.part} without {trial.without}: {how}"


def _judge_the_stopped(
    chosen: list[Trial], recipe: Recipe, corpus: Corpus, out: Path, devices: Devices
) -> None:
    for trial in chosen:
        folder = trial.folder(out)
        if (folder / checkpoints.BEST).is_file() and not (folder / FIGURES).is_file():
            judge(trial, recipe, split(corpus.pieces, trial.part), out, devices)


def _facts(recipe: Recipe, budget: Budget, corpus: Corpus) -> dict[str, Any]:
    """Return the settings behind the figures, which are needed to reproduce them."""
    return {
        "unit": _UNIT,
        "recipe": f"{recipe.name} {recipe.version}",
        "hidden": {part: getattr(recipe, part).hidden for part in PARTS},
        "sources": [source.name for source in corpus.sources],
        "epochs": budget.epochs,
        "seconds": budget.seconds,
    }


def _write(facts: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]], report: Path) -> None:
    report.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(report, (json.dumps({**facts, **found}, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
