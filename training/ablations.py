"""Ablations: train each network complete, and without each input or mechanism, on the same budget; one table."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click
from msgspec.structs import replace
from rich.console import Console

from exporters.writing import replace_bytes
from training import checkpoints
from training.ablationtable import table
from training.devices import Devices
from training.epochlines import EpochLines
from training.errors import InterruptedTrainingError, TrainingError
from training.fit import Course, teach
from training.music import Corpus, Data
from training.options import errors_as_sentences, music_options, read_music
from training.piece import Piece
from training.progress import counting
from training.recipe import Recipe
from training.system import System

_Recipe = TypeVar("_Recipe", bound=Recipe)
WHOLE: Final = "nothing"
FIGURES: Final = "figures.json"
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

    def recipe(self, recipe: _Recipe) -> _Recipe:
        """Return the recipe without the ingredient."""
        off = () if self.without == WHOLE else (self.without,)
        return replace(recipe, fit=replace(recipe.fit, without=off))


class Budget(NamedTuple):
    """The budget of every trial; it ends with the epochs or the seconds, whichever comes first."""

    epochs: int
    seconds: float | None
    devices: Devices


def trials(recipe: Recipe, only: str | None = None) -> list[Trial]:
    """Return the trials of each network's own ingredients; the networks alternate, the complete ones come first.

    Raises TrainingError if there is nothing to leave out.
    """
    own = {part: recipe.ingredients(part) for part in recipe.networks if only in (None, part)}
    if not any(own.values()):
        raise TrainingError(
            f"the recipe {recipe.name} has no network {only or ''} with something to leave out"
        )
    every = dict.fromkeys((WHOLE, *(name for names in own.values() for name in names)))
    return [Trial(part, name) for name in every for part in own if name in (WHOLE, *own[part])]


def attempt(trial: Trial, system: System, out: Path, budget: Budget, console: Console) -> None:
    """Train, resuming from the trial's checkpoints, and store its figures on the test songs."""
    lessons = system.lessons[trial.part]
    watcher = EpochLines(console, trial.part, lessons.unit)
    teach(lessons, Course(trial.folder(out), budget.epochs, budget.seconds, watcher, budget.devices))
    judge(trial, system, out, budget.devices)


def judge(trial: Trial, system: System, out: Path, devices: Devices) -> None:
    """Measure the best network of a trial, also if it was stopped."""
    folder = trial.folder(out)
    network = checkpoints.network_of(system.lessons[trial.part], folder / checkpoints.BEST)
    figures = system.figures(trial.part, network.to(devices.device))
    done = checkpoints.progress(folder)
    minutes = None if done is None or done.seconds is None else round(done.seconds / 60, 2)
    row = {"best_epoch": checkpoints.best_epoch(folder), "minutes": minutes, "test": figures}
    replace_bytes(folder / FIGURES, json.dumps(row, indent=1).encode())


def collect(out: Path, chosen: Iterable[Trial]) -> dict[str, dict[str, Any]]:
    """Return the figures of the trials that have any, by network and ingredient."""
    found: dict[str, dict[str, Any]] = {}
    for trial in _measured(chosen, out):
        figures = json.loads((trial.folder(out) / FIGURES).read_text(encoding="utf-8"))
        found.setdefault(trial.part, {})[trial.without] = figures
    return found


@click.command()
@music_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the checkpoints.")
@click.option(
    "--report", type=click.Path(path_type=Path), default=Path("docs/ablations.json"), show_default=True
)
@click.option("--epochs", type=click.IntRange(1), help="Epochs of each trial; default: the recipe's.")
@click.option("--time", "seconds", type=click.FloatRange(1), help="Seconds of training of each trial.")
@click.option("--hidden", type=click.IntRange(8), help="Hidden units of a layer; default: the recipe's.")
@click.option("--only", metavar="NETWORK", help="Only this network.")
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Number of parallel trials."
)
@click.option("--accelerator", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True)
@click.option("--learn/--no-learn", default=True, help="Train, or only measure the existing trials.")
@click.option("--without", metavar="NAME", help="Only this trial of --only, in this process.")
def main(  # noqa: PLR0917 - click passes every option by name
    data: Data,
    recipe: Recipe,
    cache: Path,
    out: Path,
    report: Path,
    epochs: int | None,
    seconds: float | None,
    hidden: int | None,
    only: str | None,
    jobs: int,
    accelerator: str,
    learn: bool,
    without: str | None,
) -> None:
    """Train each network with all ingredients and without each of them. A stopped run continues."""
    console = Console()
    try:
        with errors_as_sentences():
            recipe = recipe if hidden is None else recipe.sized(hidden)
            budget = Budget(epochs or recipe.fit.epochs, seconds, Devices(accelerator))
            chosen = [trial for trial in trials(recipe, only) if without in (None, trial.without)]
            if not chosen:
                raise TrainingError(
                    f"{recipe.name} has no such trial: {only or 'any network'} without {without}"
                )
            corpus = read_music(data, recipe, cache, console)
            if only and without:
                attempt(chosen[0], chosen[0].recipe(recipe).system(corpus), out, budget, console)
                return
            facts = _facts(recipe, budget, corpus)
            for _ in _learn_all(chosen, out, jobs, console) if learn else ():
                _write(facts, collect(out, chosen), report)
            for trial in chosen:  # those that were stopped
                if (trial.folder(out) / checkpoints.BEST).is_file() and trial not in _measured(chosen, out):
                    judge(trial, trial.recipe(recipe).system(corpus), out, budget.devices)
    except (KeyboardInterrupt, InterruptedTrainingError):
        raise click.ClickException("stopped; run the same command again to continue") from None
    found = collect(out, chosen)
    _write(facts, found, report)
    for part, rows in found.items():
        console.print(table(part, rows))


def _measured(chosen: Iterable[Trial], out: Path) -> list[Trial]:
    return [trial for trial in chosen if (trial.folder(out) / FIGURES).is_file()]


def _learn_all(chosen: list[Trial], out: Path, jobs: int, console: Console) -> Iterator[Trial]:
    """Run each trial in a separate process, so that a failure ends only that one; yields each as it ends."""
    waiting = [trial for trial in chosen if trial not in _measured(chosen, out)]
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


def _facts(recipe: Recipe, budget: Budget, corpus: Corpus[Piece]) -> dict[str, Any]:
    """Return the settings behind the figures, which are needed to reproduce them."""
    return {
        "unit": _UNIT,
        "recipe": f"{recipe.name} {recipe.version}",
        "hidden": recipe.hidden,
        "sources": [source.name for source in corpus.sources],
        "epochs": budget.epochs,
        "seconds": budget.seconds,
    }


def _write(facts: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]], report: Path) -> None:
    report.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(report, (json.dumps({**facts, **found}, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
