"""Which synthesiser plays audio: FluidSynth where it and a sound font are found, else the one that is a Python package."""

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from exporters.soundfont import NoSoundFontError, find, named


class NoSynthesiserError(Exception):
    """Nothing is here that could play; the text says how to get it."""


_HOW_TO_GET_FLUIDSYNTH: Final = "on Debian `apt install libfluidsynth3`, on macOS `brew install fluid-synth`"


def choose(
    asked: Path | None,
    environ: Mapping[str, str],
    places: Iterable[Path] | None = None,
    *,
    configured: Path | None = None,
) -> Path | None:
    """Return the sound font that FluidSynth is to play, or None for the built-in synthesiser.

    A sound font that is `named` is played or refused; one that is found in `places` gives way to the built-in
    synthesiser where there is no FluidSynth. NoSoundFontError and NoSynthesiserError say what is missing.
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
    except (ImportError, OSError) as error:  # the binding is there or not, what it binds is not
        raise NoSynthesiserError(
            f"playing the sound font {font} needs the FluidSynth library: {_HOW_TO_GET_FLUIDSYNTH}"
        ) from error
    return font
