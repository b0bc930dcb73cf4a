"""The exports of a song: which exporters work on this machine, and why others do not."""

from pathlib import Path
from typing import Final

from daemon.interpreter import module_words
from daemon.panel.settings import PanelSettings
from exporters.formats import MissingError, check_installed, instrument, kind_of
from exporters.soundfont import NoSoundFontError

SUFFIXES: Final = (".musicxml", ".wav")


def reasons(song: Path, settings: PanelSettings) -> dict[str, str | None]:
    """Return for each suffix None, or the reason why `song` cannot be exported to it."""
    return {suffix.lstrip("."): reason(song.with_suffix(suffix), settings) for suffix in SUFFIXES}


def command(song: Path, suffix: str, settings: PanelSettings) -> list[str]:
    """Return the command line that exports `song` to a file with another suffix beside it."""
    config = [] if settings.config is None else ["-c", settings.config]
    overrides = [word for override in settings.overrides for word in ("-o", override)]
    out = str(song.with_suffix(suffix))
    return [
        *module_words("daemon.panel.parent_watch"),
        "daemon",
        "export",
        *config,
        *overrides,
        str(song),
        "--out",
        out,
        "--force",
    ]


def reason(path: Path, settings: PanelSettings) -> str | None:
    """Return why `path` cannot be written, or None. The file is not opened, because another process may be writing it."""
    kind = kind_of(path)
    try:
        check_installed(kind, path.suffix)
        if kind == "audio":
            instrument(None, configured=settings.soundfont)
    except (MissingError, NoSoundFontError) as error:
        return str(error)
    return None
