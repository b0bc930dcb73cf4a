"""File systems of a test's own that get full, read-only, or hang. Only root may mount; elsewhere the test skips."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import needs

_TMPFS: Final = 'mount -t tmpfs -o "size=$1" tmpfs "$0"'
_EXT4: Final = 'truncate -s "$1" "$0.img" && mkfs.ext4 -q "$0.img" && mount -o loop "$0.img" "$0"'


class Mount:
    """A mounted folder that only `within` and `seen` show: the beginning of a command, and the path for others."""

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder = folder
        self.seen = Path(f"/proc/{holder}/root{folder}")
        self.within = ("nsenter", "-t", str(holder), "-m", "--")

    def run(self, *words: str) -> None:
        """Run a command that sees it."""
        subprocess.run([*self.within, *words], check=True, timeout=60)

    def fill(self) -> Path:
        """Leave no room; return the file that takes it."""
        ballast = self.seen / "ballast"
        with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
            while file.write(b"x" * 65536):
                pass
        with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
            while file.write(b"x"):
                pass
        return ballast


@contextlib.contextmanager
def mounted(folder: Path, size: str, *, hangs: bool = False) -> Iterator[Mount]:
    """Mount an empty file system at a new folder: in memory, or, if it `hangs`, one that `fsfreeze` can hold."""
    for each in ("unshare", "nsenter", *(("fsfreeze", "mkfs.ext4") if hangs else ())):
        needs.program(each)
    folder.mkdir()
    script = (_EXT4 if hangs else _TMPFS) + " && echo mounted && exec sleep 3600"
    holder = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", script, str(folder), size],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    try:
        if holder.stdout.readline() != "mounted\n":
            pytest.skip(f"{needs.MACHINE}lets this user mount nothing, which needs root")
        yield Mount(folder, holder.pid)
    finally:
        if hangs and holder.poll() is None:  # nothing that waits for a frozen disk can be ended
            thaw = ["nsenter", "-t", str(holder.pid), "-m", "fsfreeze", "-u", str(folder)]
            subprocess.run(thaw, check=False, stderr=subprocess.DEVNULL)
        holder.kill()
        holder.communicate()
