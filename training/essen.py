"""Write the German songs of music21's Essen corpus into a folder, one ABC file for each: `python -m training.essen DIR`.

The corpus is that of Helmut Schaffrath, converted to ABC. Its terms allow non-commercial use.
"""

import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

import click

from training.aside import aside
from training.errors import TrainingError
from training.options import errors_as_sentences

_FOLDER: Final = "corpus/essenFolksong"
_GERMAN: Final = re.compile(r"^O:.*Deutschland", re.MULTILINE)
_NUMBER: Final = re.compile(r"^X: *(\d+)", re.MULTILINE)


def tunes() -> Iterator[tuple[str, str]]:
    """Yield (name, ABC text) of each German tune; the name is that of its file and its number.

    Raises TrainingError if music21 is not installed.
    """
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        raise TrainingError("music21 is not installed, so there is no Essen corpus")
    for path in sorted((Path(spec.origin).parent / _FOLDER).glob("*.abc")):
        text = path.read_text(encoding="latin-1").replace("\r\n", "\n")
        starts = [*(found.start() for found in _NUMBER.finditer(text)), len(text)]
        for first, last in pairwise(starts):
            tune = text[first:last]
            number = _NUMBER.match(tune)
            if number and _GERMAN.search(tune):
                yield f"{path.stem}_{number[1]}", tune


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files by name into a new or empty folder, or over files of these names: all of them or none.

    Raises TrainingError if the folder contains anything else, which would be trained on too, and OSError if it is not
    writable.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        other = next((each for each in folder.iterdir() if each.name not in files or each.is_dir()), None)
        if other:
            raise TrainingError(f"{folder} already contains {other.name}; name a new or empty folder")
        with aside(folder) as place:
            for name, content in files.items():
                (place / name).write_text(content, encoding="utf-8")
    except BaseException:
        if is_new:
            folder.rmdir()
        raise


@click.command(help=__doc__)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
def main(folder: str) -> None:
    """Write the files."""
    if not folder:
        raise click.UsageError("DIR is empty; name a folder")
    with errors_as_sentences():
        files = {f"{name}.abc": tune for name, tune in tunes()}
        if not files:
            raise TrainingError("music21 is installed without its Essen corpus; install it again")
        write(Path(folder), files)
    click.echo(f"{folder}: {len(files)} German songs")


if __name__ == "__main__":
    main()
