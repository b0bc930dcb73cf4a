"""CURVE key files, as ZeroMQ's tools write them, and the folder where they lie. `edmd keys` makes them.

keys/server.key           the daemon's public key
keys/server.key_secret    the daemon's pair
keys/clients/NAME.key     the public keys of the clients that may connect
keys/NAME.key_secret      a client's pair, with the daemon's public key; it is copied to the client's machine
"""

import os
import re
import stat
from pathlib import Path
from typing import Final, NamedTuple

from models.reading.files import read_plain
from models.reading.limits import RefusedError

PUBLIC: Final = ".key"
SECRET: Final = ".key_secret"  # noqa: S105 - the end of a file's name
SERVER: Final = "server"
CLIENTS: Final = "clients"
LOCAL: Final = "local"
"""The name of the client that the commands and the panel of the daemon's own machine are."""
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
MOST_CLIENTS: Final = 1000
_LARGEST_BYTES: Final = 4096
_LINE: Final = re.compile(r'^\s*(public-key|secret-key|server-key)\s*=\s*"([^"]*)"\s*$', re.MULTILINE)
# Z85, the text form of 32 bytes.
_Z85: Final = re.compile(r"[0-9A-Za-z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")


class KeyFileError(Exception):
    """A key file cannot be used. The message names the file, the cause and the mend."""


class Pair(NamedTuple):
    """A public and a secret key, each of 40 characters; and, in a client's file, the public key of its daemon."""

    public: str
    secret: str
    server: str = ""


def read_pair(path: Path) -> Pair:
    """Read the file of a secret key. Raises KeyFileError, also if other users can read it."""
    found = _read(path)
    if not {"public-key", "secret-key"} <= found.keys():
        raise KeyFileError(f"{path} is not the file of a secret key (edmd keys makes one)")
    if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFileError(f"other users can read the secret key in {path}: chmod 600 {path}")
    return Pair(found["public-key"], found["secret-key"], found.get("server-key", ""))


def read_public(path: Path) -> str:
    """Read the file of a public key. Raises KeyFileError."""
    found = _read(path)
    if "public-key" not in found:
        raise KeyFileError(f"{path} is not the file of a public key (edmd keys makes one)")
    return found["public-key"]


def read_client(path: Path) -> Pair:
    """Read a client's pair with its daemon's public key. Raises KeyFileError."""
    pair = read_pair(path)
    if not pair.server:
        raise KeyFileError(
            f"{path} does not name the daemon's public key; make it on the daemon's machine: edmd keys client NAME"
        )
    return pair


def authorised(folder: Path) -> dict[str, str]:
    """Return the names of the clients that may connect, by public key. Files that are no public keys are left out.

    Raises OSError if the folder or a file in it cannot be read: that does not mean that nobody may connect.
    """
    found: dict[str, str] = {}
    if not folder.exists():
        return found
    for path in sorted(each for each in folder.iterdir() if each.suffix == PUBLIC)[:MOST_CLIENTS]:
        if not NAME.fullmatch(path.stem) or not path.is_file():
            continue
        path.open("rb").close()  # a file that cannot be opened is an error, one with other content is no key
        try:
            found[read_public(path)] = path.stem
        except KeyFileError:
            continue
    return found


def check_private(folder: Path) -> None:
    """Raise KeyFileError if other users can write into a folder, and so let anybody connect."""
    if os.name != "nt" and folder.exists() and stat.S_IMODE(folder.stat().st_mode) & 0o022:
        raise KeyFileError(f"other users can add keys to {folder}: chmod go-w {folder}")


def as_text(pair: Pair, *, is_secret: bool) -> bytes:
    """Return the content of a key file."""
    lines = [
        "# edmd: a secret key; give it to nobody else" if is_secret else "# edmd: a public key",
        "metadata",
    ]
    lines += [f'    server-key = "{pair.server}"'] if pair.server and is_secret else []
    lines += ["curve", f'    public-key = "{pair.public}"']
    lines += [f'    secret-key = "{pair.secret}"'] if is_secret else []
    return ("\n".join(lines) + "\n").encode()


def _read(path: Path) -> dict[str, str]:
    try:
        text = read_plain(path, _LARGEST_BYTES).decode()
    except RefusedError as refusal:
        reason = f"it {refusal}" if path.exists() else "there is no such file"
        raise KeyFileError(f"{path}: {reason} (edmd keys makes key files)") from None
    except UnicodeDecodeError:
        raise KeyFileError(f"{path} is not a key file (edmd keys makes one)") from None
    found = dict(_LINE.findall(text))
    if not all(_Z85.fullmatch(value) for value in found.values()):
        raise KeyFileError(f"{path} is damaged: a key has 40 characters of Z85; make it again with edmd keys")
    return found
