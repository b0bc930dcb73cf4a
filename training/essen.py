"""Write the German songs of music21's Essen corpus into a folder, one ABC file for each: `python -m training.essen DIR`.

The corpus is that of Helmut Schaffrath, converted to ABC. Its terms allow non-commercial use.
"""

import argparse
import re
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

_FOLDER: Final = "corpus/essenFolksong"
_GERMAN: Final = re.compile(r"^O:.*Deutschland", re.MULTILINE)
_NUMBER: Final = re.compile(r"^X: *(\d+)", re.MULTILINE)


def tunes() -> Iterator[tuple[str, str]]:
    """Yield (name, ABC text) of each German tune; the name is that of its file and its number."""
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        raise SystemExit("music21 is not installed, so there is no Essen corpus")
    for path in sorted((Path(spec.origin).parent / _FOLDER).glob("*.abc")):
        text = path.read_text(encoding="latin-1").replace("\r\n", "\n")
        starts = [*(found.start() for found in _NUMBER.finditer(text)), len(text)]
        for first, last in pairwise(starts):
            tune = text[first:last]
            number = _NUMBER.match(tune)
            if number and _GERMAN.search(tune):
                yield f"{path.stem}_{number[1]}", tune


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, tune in tunes():
        (folder / f"{name}.abc").write_text(tune, encoding="utf-8")
        count += 1
    print(f"{folder}: {count} German songs")  # noqa: T201 - a program


if __name__ == "__main__":
    main()
