"""The key that signs sessions: kept, so that a panel that starts again knows the pages that are open."""

import hmac
import logging
import os
import secrets
import stat
from pathlib import Path
from typing import Final

import platformdirs

from daemon.panel.settings import PanelSettings
from exporters.writing import replacing

FILE_NAME: Final = "panel.key"
_BYTES: Final = 32
_log: Final = logging.getLogger(__name__)


def session_key(settings: PanelSettings, folder: Path | None = None) -> bytes:
    """The key of this panel: another one for another password, so that a new one logs everybody out."""
    path = (folder or platformdirs.user_state_path("edmd")) / FILE_NAME
    secret = secrets.token_bytes(_BYTES)
    try:
        secret = _kept(path) or _keep(secret, path)
    except OSError as error:
        _log.warning(
            "cannot keep %s: %s; pages log in again when the panel restarts", path, error.strerror or error
        )
    return hmac.digest(secret, f"{settings.port}\n{settings.password}".encode(), "sha256")


def _kept(path: Path) -> bytes | None:
    """The secret that was kept; None where there is none, or one that others could have read."""
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        return None
    is_private = os.name == "nt" or not stat.S_IMODE(path.stat().st_mode) & 0o077
    return secret if is_private and len(secret) == _BYTES else None


def _keep(secret: bytes, path: Path) -> bytes:
    """Write the secret for this user alone, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        replacing(path) as partial,
        os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
    ):
        file.write(secret)
    return secret
