"""The bytes of a file, bounded before they are read."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from models.reading.limits import RefusedError


def read_bytes(path: Path, most_bytes: int) -> bytes:
    """Read a plain file of at most `most_bytes`, and not empty; RefusedError for anything else.

    A pipe or a device is refused without waiting for it.
    """
    data = read_plain(path, most_bytes)
    if not data:
        raise RefusedError("is empty")
    return data


def read_plain(path: Path, most_bytes: int) -> bytes:
    """Read a plain file of at most `most_bytes`; RefusedError as in `read_bytes`, but for an empty one."""
    try:
        # Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
        with open(path, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise RefusedError("is no plain file")
            data = file.read(most_bytes + 1)
    except IsADirectoryError as error:
        raise RefusedError("is a folder") from error
    except FileNotFoundError as error:
        raise RefusedError("is not there", may_pass=True) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        cause = getattr(error, "strerror", None) or error
        raise RefusedError(f"cannot be opened ({cause})", may_pass=True) from error
    if len(data) > most_bytes:
        raise RefusedError(f"is larger than {_size(most_bytes)}")
    return data


def files_in(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in no order, however deep; folders that cannot be read or are links are left out."""
    folders = [folder]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                if entry.is_symlink():
                    # A link that leads nowhere is a file that cannot be read: whoever reads it says so.
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
