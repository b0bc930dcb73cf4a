"""The panel's password: from the environment, a file or the configuration, never from the command line."""

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple

from models.reading.files import read_plain
from models.reading.limits import RefusedError

ENVIRONMENT_NAME: Final = "EDMD_PANEL_PASSWORD"
KEY: Final = "panel.password"
FILE_KEY: Final = "panel.password_file"
HIDDEN: Final = "***"
SHORTEST: Final = 8
_LARGEST_FILE_BYTES: Final = 1024
_HASH: Final = "scrypt$"
_HASHED: Final = re.compile(r"scrypt\$([0-9a-f]{32})\$([0-9a-f]{128})")
# Every user of a machine can list its processes with their command lines.
ON_COMMAND_LINE: Final = (
    f"{KEY} is refused here, because every user of this machine can read the command line: "
    f"set the environment variable {ENVIRONMENT_NAME}, or set {FILE_KEY} to a file that contains only the password"
)


class PasswordError(Exception):
    """The password cannot be read. The message says why."""


class Password(NamedTuple):
    """A password ("" for none), where it came from, and a warning if other users can read it."""

    text: str
    origin: str
    warning: str = ""


def is_secret(key: str, *, is_known: bool) -> bool:
    """Whether the value of a key must be hidden. An unknown key counts too if it may be a misspelt `panel.password`."""
    if is_known:
        return key == KEY
    name = key.lower()
    section, _, last = name.rpartition(".")
    return section == "panel" or "pass" in last or bool(get_close_matches(last, ["password"], 1, 0.6))


def password_of(
    environ: Mapping[str, str], file: Path | None, file_origin: str, configured: str, origin: str
) -> Password:
    """Return the password from the environment, else from `file`, else from the configuration.

    Raises PasswordError if it cannot be read, or if both the file and the configuration set it.
    """
    if given := environ.get(ENVIRONMENT_NAME):
        return Password(_encodable(given, f"the environment: {ENVIRONMENT_NAME}"), ENVIRONMENT_NAME)
    if file is not None and configured:
        raise PasswordError(f"{origin}: {KEY} and {FILE_KEY} are both set; leave one of them out")
    if file is not None:
        return Password(_read(file, file_origin), f"{file}", _warning(file, ""))
    if not configured:
        return Password("", origin)
    return Password(configured, origin, _warning(Path(origin), f" holds {KEY} and"))


def hash_of(text: str) -> str:
    """Return a salted scrypt hash of a password, which may stand in its place."""
    salt = secrets.token_bytes(16)
    return f"{_HASH}{salt.hex()}${_scrypt(text, salt).hex()}"


def is_hash(text: str) -> bool:
    """Whether a password is given as its hash."""
    return bool(_HASHED.fullmatch(text))


def matches(guess: str, password: str) -> bool:
    """Whether `guess` is the password, or has this hash. A hash takes some hundredths of a second."""
    if (found := _HASHED.fullmatch(password)) is None:
        return hmac.compare_digest(guess.encode(), password.encode())
    salt, digest = (bytes.fromhex(part) for part in found.groups())
    return hmac.compare_digest(_scrypt(guess, salt), digest)


def _scrypt(text: str, salt: bytes) -> bytes:
    return hashlib.scrypt(text.encode(), salt=salt, n=2**14, r=8, p=1)


def weakness(text: str) -> str:
    """Return why a password is too weak for a panel that other machines can reach, or "" if it is strong enough."""
    if not text:
        return f"it needs a {KEY}"
    if is_hash(text):  # its length was checked when it was made
        return ""
    return "" if len(text) >= SHORTEST else f"its {KEY} needs at least {SHORTEST} characters"


def _read(file: Path, origin: str) -> str:
    where = f"{origin}: {FILE_KEY} = {file}"
    try:
        content = read_plain(file, _LARGEST_FILE_BYTES)
    except RefusedError as refusal:
        raise PasswordError(f"{where}: it {refusal}; the file must contain only the password") from None
    try:
        text = content.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise PasswordError(f"{where}: it is not UTF-8") from None
    if not text:
        raise PasswordError(f"{where}: it is empty")
    if "\n" in text:
        raise PasswordError(f"{where}: it has several lines; the file must contain only the password")
    return text


def _encodable(text: str, where: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PasswordError(f"{where}: it is not UTF-8") from None
    return text


def _warning(file: Path, what: str) -> str:
    """Return a sentence if other users can read the file, else ""."""
    try:
        is_open = os.name != "nt" and bool(stat.S_IMODE(file.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return ""
    return f"{file}{what} can be read by others; chmod 600 {file}" if is_open else ""
