"""Opening the panel's page in the browser of the person who started edmd."""

import contextlib
import sys
import threading
import webbrowser
from collections.abc import Mapping


def is_wanted(asked: bool | None, environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Return whether to open a page: as `asked`, or where a person with a desktop sits at this terminal."""
    if asked is not None:
        return asked
    if not sys.stdout.isatty() or "SSH_CONNECTION" in environ:
        return False
    return platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def open_page(url: str) -> None:
    """Open a page without waiting; where there is no browser, do nothing: the address is printed anyway."""

    def look() -> None:
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(url)

    threading.Thread(target=look, name="edmd browser", daemon=True).start()
