"""`python -m training.arrange BUNDLE --data DIR`: replace the arrangement and groove tables of an existing bundle."""

from pathlib import Path

import click
from rich.console import Console

from exporters.files import put_table
from training.music import Data
from training.options import errors_as_sentences, music_options, read_music
from training.recipe import Recipe
from training.tables import tables


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, exists=True, file_okay=False))
@music_options
def main(bundle: Path, data: Data, recipe: Recipe, cache: Path) -> None:
    """Read how songs are arranged and drummed, and store it in BUNDLE. The networks do not change."""
    with errors_as_sentences():
        corpus = read_music(data, recipe, cache, Console())
        for key, content in tables(corpus).items():
            put_table(bundle, key, content)
            click.echo(f"{key}: {len(content) / 1024:.0f} KiB, from {len(corpus.pieces)} songs")


if __name__ == "__main__":
    main()
