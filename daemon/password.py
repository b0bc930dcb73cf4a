"""The panel's password: from the environment, a file or the configuration, never from the command line."""

import os
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
# Whoever lists the processes of a machine reads their command lines.
ON_COMMAND_LINE: Final = (
    f"{KEY} is refused here, where everybody on this machine can read it: "
    f"set the environment variable {ENVIRONMENT_NAME}, or name a file that holds the password alone in {FILE_KEY}"
)


class PasswordError(Exception):
    """The password cannot be had; the text says why."""


class Password(NamedTuple):
    """The password, empty for none, and in words where it came from and who else can read it, if anybody."""

    text: str
    origin: str
    warning: str = ""


def is_secret(key: str, *, is_known: bool) -> bool:
    """Whether the value of a key is nobody's business, be the key one that was meant to be another."""
    if is_known:
        return key == KEY
    name = key.lower()
    section, _, last = name.rpartition(".")
    return section == "panel" or "pass" in last or bool(get_close_matches(last, ["password"], 1, 0.6))


def password_of(
    environ: Mapping[str, str], file: Path | None, file_origin: str, configured: str, origin: str
) -> Password:
    """The password: the environment goes before a file, and that before the configuration itself. PasswordError."""
    if given := environ.get(ENVIRONMENT_NAME):
        return Password(_encodable(given, f"the environment: {ENVIRONMENT_NAME}"), ENVIRONMENT_NAME)
    if file is not None and configured:
        raise PasswordError(f"{origin}: {KEY} and {FILE_KEY} are both set; leave one of them out")
    if file is not None:
        return Password(_read(file, file_origin), f"{file}", _warning(file, ""))
    if not configured:
        return Password("", origin)
    return Password(configured, origin, _warning(Path(origin), f" holds {KEY} and"))


def weakness(text: str) -> str:
    """What is wrong with a password where others than this machine come to the door; "" where nothing is."""
    if not text:
        return f"it needs a {KEY}"
    return "" if len(text) >= SHORTEST else f"its {KEY} needs at least {SHORTEST} characters"


def _read(file: Path, origin: str) -> str:
    where = f"{origin}: {FILE_KEY} = {file}"
    try:
        content = read_plain(file, _LARGEST_FILE_BYTES)
    except RefusedError as refusal:
        raise PasswordError(f"{where}: it {refusal}; it holds the password alone") from None
    try:
        text = content.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise PasswordError(f"{where}: it is not UTF-8") from None
    if not text:
        raise PasswordError(f"{where}: it is empty")
    if "\n" in text:
        raise PasswordError(f"{where}: it has several lines, and holds the password alone")
    return text


def _encodable(text: str, where: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PasswordError(f"{where}: it is not UTF-8") from None
    return text


def _warning(file: Path, what: str) -> str:
    """A sentence where others can read a file."""
    try:
        is_open = os.name != "nt" and bool(stat.S_IMODE(file.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return ""
    return f"{file}{what} can be read by others; chmod 600 {file}" if is_open else ""
