"""`python -m training.pack`: pack folders of music into one small file, so that another machine can train on it."""

from pathlib import Path

import click
from rich.console import Console

from training.music import Data, pack
from training.options import errors_as_sentences, music_options, read_music
from training.recipe import Recipe


@click.command()
@music_options
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file.")
def main(data: Data, recipe: Recipe, cache: Path, out: Path) -> None:
    """Pack folders of music into one file that `edmd train` and the ablations take as --data."""
    with errors_as_sentences():
        corpus = read_music(data, recipe, cache, Console())
        pack(corpus, out)
    click.echo(f"{len(corpus.pieces)} songs in {out}, {out.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
