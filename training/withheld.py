"""What a trained network loses without each of its inputs: `python -m training.withheld` measures it, and trains nothing.

The networks learned with groups of the plan and pointers withheld at random, so that they can do without one. Unlike an
ablation (`training.ablations`), which trains a network without the input, this works at full width in minutes.
"""

from pathlib import Path
from typing import Final

import click
from rich.console import Console

from models import bundle as bundles
from models.bundle import Bundle, BundleError
from training.ablations import WHOLE, Trial, trials
from training.ablationtable import table
from training.errors import TrainingError
from training.music import Corpus, Data
from training.options import errors_as_sentences, music_options, read_music
from training.piece import Piece
from training.recipe import Recipe

_TEST: Final = "test"


@click.command()
@music_options
@click.option(
    "--bundle", default="edm", show_default=True, help="The bundle with the networks: name or folder."
)
@click.option("--only", metavar="NETWORK", help="Only this network.")
@click.option("--without", "names", metavar="NAMES", help="Only these ingredients, by comma.")
def main(  # noqa: PLR0917 - click passes every option by name
    data: Data, recipe: Recipe, cache: Path, bundle: str, only: str | None, names: str | None
) -> None:
    """Measure a bundle's networks on held-out songs, complete and without each ingredient."""
    console = Console()
    with errors_as_sentences():
        try:
            networks = bundles.load(bundle)
        except BundleError as error:
            raise TrainingError(str(error)) from None
        chosen = trials(recipe, only)
        wanted = {WHOLE, *(names.split(",") if names else (trial.without for trial in chosen))}
        if unknown := wanted - {trial.without for trial in chosen}:
            raise TrainingError(f"the recipe {recipe.name} has nothing named {', '.join(sorted(unknown))}")
        corpus = read_music(data, recipe, cache, console)
        for part in dict.fromkeys(trial.part for trial in chosen):
            own = [trial for trial in chosen if trial.part == part and trial.without in wanted]
            rows = {trial.without: {_TEST: _figures(trial, recipe, corpus, networks)} for trial in own}
            console.print(table(part, rows))


def _figures(trial: Trial, recipe: Recipe, corpus: Corpus[Piece], bundle: Bundle) -> object:
    system = trial.recipe(recipe).system(corpus)
    lessons = system.lessons[trial.part]
    network = lessons.network(lessons.settings)
    if not lessons.begin_with(network, bundle):
        raise TrainingError(f"{bundle.folder} has no network {trial.part}")
    return system.figures(trial.part, network.eval())


if __name__ == "__main__":
    main()
