"""Write several files completely or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def aside(folder: Path, last: str = "") -> Iterator[Path]:
    """Yield an empty folder, whose files replace those in `folder` at the end; the one named `last` comes last.

    If the block raises, `folder` is as before. Raises OSError if `folder` is not writable.
    """
    with TemporaryDirectory(dir=folder, prefix=".") as place:
        yield Path(place)
        for path in sorted(Path(place).iterdir(), key=lambda each: (each.name == last, each.name)):
            path.replace(folder / path.name)
