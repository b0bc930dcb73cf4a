"""The key that signs sessions. It is stored, so that open pages stay logged in when the panel restarts."""

import hmac
import logging
import os
import secrets
import stat
from pathlib import Path
from typing import Final

import platformdirs

from daemon.panel.settings import PanelSettings
from exporters.writing import replace_bytes

FILE_NAME: Final = "panel.key"
_BYTES: Final = 32
_log: Final = logging.getLogger(__name__)


def session_key(settings: PanelSettings, folder: Path | None = None) -> bytes:
    """Return the key of this panel. It depends on the password, so that a new password ends all sessions."""
    path = (folder or platformdirs.user_state_path("edmd")) / FILE_NAME
    secret = secrets.token_bytes(_BYTES)
    try:
        secret = _read(path) or _write(secret, path)
    except OSError as error:
        _log.warning(
            "cannot store %s: %s; after a restart of the panel, pages must log in again",
            path,
            error.strerror or error,
        )
    return hmac.digest(secret, f"{settings.port}\n{settings.password}".encode(), "sha256")


def _read(path: Path) -> bytes | None:
    """Return the stored secret, or None if there is none or other users could read it."""
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        return None
    is_private = os.name == "nt" or not stat.S_IMODE(path.stat().st_mode) & 0o077
    return secret if is_private and len(secret) == _BYTES else None


def _write(secret: bytes, path: Path) -> bytes:
    """Write the secret atomically, readable only by this user."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(path, secret, is_durable=True, mode=0o600)
    return secret
