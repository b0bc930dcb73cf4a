"""`python -m training.arrange BUNDLE --data DIR`: replace the arrangement and groove tables of an existing bundle."""

from pathlib import Path

import click
import platformdirs
from rich.console import Console

from exporters.files import put_table
from training.errors import TrainingError
from training.pack import gather, place
from training.progress import counting
from training.recipe import RecipeError, load
from training.tables import tables


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--data", multiple=True, required=True, metavar="DIR[=STYLE]", help="A folder of music.")
@click.option(
    "--recipe", default="edm", show_default=True, help="The recipe that names the collections of music."
)
@click.option("--cache", type=click.Path(path_type=Path), help="Folder that stores music once it is read.")
def main(bundle: Path, data: tuple[str, ...], recipe: str, cache: Path | None) -> None:
    """Read how songs are arranged and drummed, and store it in BUNDLE. The networks do not change."""
    try:
        folders, wanted = [place(words) for words in data], load(recipe)
    except (ValueError, RecipeError) as error:
        raise click.UsageError(str(error)) from None
    try:
        with counting(Console(), "reading music") as progress:
            cache_folder = cache or platformdirs.user_cache_path("edmd") / "corpus"
            corpus = gather(folders, wanted, cache_folder, progress)
        for key, content in tables(corpus).items():
            put_table(bundle, key, content)
            click.echo(f"{key}: {len(content) / 1024:.0f} KiB, from {len(corpus.pieces)} songs")
    except (TrainingError, OSError) as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
