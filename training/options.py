"""The options that the programs of this folder share, such as `python -m training.pack`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs
from rich.console import Console

from training.errors import TrainingError
from training.music import Corpus, Data, check_music, gather, place
from training.piece import Piece
from training.progress import counting
from training.recipe import Recipe, RecipeError
from training.systems.table import load

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Parsed(click.ParamType[Any]):
    """A word that `parse` turns into a value; its ValueError or RecipeError becomes the message."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name, self._parse = name, parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value of a word."""
        try:
            return self._parse(value) if isinstance(value, str) else value
        except (ValueError, RecipeError) as error:
            self.fail(str(error), param, ctx)


def music_options(command: _Command) -> _Command:
    """Add the options `data`, `recipe` and `cache`, with their values parsed."""
    cache = click.option(
        "--cache",
        type=click.Path(path_type=Path),
        default=lambda: platformdirs.user_cache_path("edmd") / "corpus",
        help="Folder that stores music once it is read.",
    )
    recipe = click.option(
        "--recipe",
        type=_Parsed("name", load),
        default="edm",
        show_default=True,
        help="The recipe that names the collections of music.",
    )
    data = click.option(
        "--data",
        type=_Parsed("folder", place),
        multiple=True,
        required=True,
        metavar="DIR[=STYLE]",
        help="A folder of music, or one packed file; as for `edmd train`.",
    )
    return data(recipe(cache(command)))


def read_music(data: Data, recipe: Recipe, cache: Path, console: Console) -> Corpus[Piece]:
    """Read the music with a bar of progress. Raises TrainingError as `gather` does, and if there is no music."""
    with counting(console, "reading music") as progress:
        corpus = gather(data, recipe, cache, progress)
    check_music(corpus, data)
    return corpus


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Turn errors that a user can correct into one sentence."""
    try:
        yield
    except TrainingError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        where = f"{error.filename} cannot be used" if error.filename else "the system refused"
        raise click.ClickException(f"{where} ({error.strerror or error})") from None
