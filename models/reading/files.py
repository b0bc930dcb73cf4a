"""Read the bytes of a file up to a limit, and list the files of a folder."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from models.reading.limits import RefusedError


def read_bytes(path: Path, most_bytes: int) -> bytes:
    """Return the bytes of a regular file. Raises RefusedError if it is empty, or as `read_plain` does."""
    data = read_plain(path, most_bytes)
    if not data:
        raise RefusedError("is empty")
    return data


def read_plain(path: Path, most_bytes: int) -> bytes:
    """Return the bytes of a regular file, which may be empty.

    Raises RefusedError if the file cannot be opened, is larger than `most_bytes`, or is a folder, a pipe or a device. It
    never waits for a pipe or a device.
    """
    try:
        # Without O_NONBLOCK, opening a pipe waits until another process writes to it.
        with open(path, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise RefusedError("is not a regular file")
            data = file.read(most_bytes + 1)
    except IsADirectoryError as error:
        raise RefusedError("is a folder") from error
    except FileNotFoundError as error:
        raise RefusedError("does not exist", may_pass=True) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        cause = getattr(error, "strerror", None) or error
        raise RefusedError(f"cannot be opened ({cause})", may_pass=True) from error
    if len(data) > most_bytes:
        raise RefusedError(f"is larger than {_size(most_bytes)}")
    return data


def files_in(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder, at any depth, in no order. Folders that are links or cannot be read are left out."""
    folders = [folder]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                if entry.is_symlink():
                    # A broken link is yielded too, so that its reader reports that it cannot be read.
                    if not path.is_dir():
                        yield path
                elif entry.is_dir():
                    folders.append(path)
                else:
                    yield path


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _size(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 2**20 else f"{size} bytes"
