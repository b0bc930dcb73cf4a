"""Choose the synthesiser for audio: FluidSynth if it and a sound font are found, else the built-in one."""

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from exporters.soundfont import NoSoundFontError, find, named


class NoSynthesiserError(Exception):
    """No synthesiser is installed; the text says how to install one."""


_HOW_TO_GET_FLUIDSYNTH: Final = "on Debian `apt install libfluidsynth3`, on macOS `brew install fluid-synth`"


def choose(
    asked: Path | None,
    environ: Mapping[str, str],
    places: Iterable[Path] | None = None,
    *,
    configured: Path | None = None,
) -> Path | None:
    """Return the sound font for FluidSynth, or None for the built-in synthesiser.

    A named sound font (see `soundfont.named`) must be playable. A sound font found in `places` is used only if FluidSynth
    is installed. Raises NoSoundFontError or NoSynthesiserError if something is missing.
    """
    font = named(asked, environ, configured)
    if font is not None:
        return _with_fluidsynth(find(font, {}))
    built_in = importlib.util.find_spec("libsonare") is not None
    try:
        return _with_fluidsynth(find(None, {}, places))
    except (NoSoundFontError, NoSynthesiserError):
        if not built_in:
            raise
        return None


def _with_fluidsynth(font: Path) -> Path:
    try:
        importlib.import_module("exporters.fluid")
    except (ImportError, OSError) as error:  # the Python binding or the library is missing
        raise NoSynthesiserError(
            f"playing the sound font {font} needs the FluidSynth library; install it: {_HOW_TO_GET_FLUIDSYNTH}"
        ) from error
    return font
