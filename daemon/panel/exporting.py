"""What a song can be taken home as: which exporters work here, and why another does not."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from daemon.panel.settings import PanelSettings
from exporters.formats import MissingError, Settings, check, kind_of
from exporters.soundfont import NoSoundFontError
from exporters.writing import WriteError

SUFFIXES: Final = (".musicxml", ".wav")


def reasons(song: Path, settings: PanelSettings) -> dict[str, str | None]:
    """For each suffix None, or in words why `song` cannot be written so."""
    return {suffix.lstrip("."): _reason(song.with_suffix(suffix), settings) for suffix in SUFFIXES}


def command(song: Path, suffix: str, settings: PanelSettings) -> list[str]:
    """The words that make a file of another suffix beside `song`."""
    config = [] if settings.config is None else ["-c", settings.config]
    overrides = [word for override in settings.overrides for word in ("-o", override)]
    out = str(song.with_suffix(suffix))
    return [sys.executable, "-m", "daemon", "export", *config, *overrides, str(song), "--out", out]


def _reason(path: Path, settings: PanelSettings) -> str | None:
    try:
        check(path, kind_of(path), Settings(soundfont=_font(settings, os.environ)))
    except (MissingError, NoSoundFontError, WriteError) as error:
        return str(error)
    return None


def _font(settings: PanelSettings, environ: Mapping[str, str]) -> Path | None:
    return None if environ.get("EDMD_SOUNDFONT") else settings.soundfont
