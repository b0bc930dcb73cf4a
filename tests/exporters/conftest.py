"""Audio needs the FluidSynth library; the tests' sound font comes with pretty_midi."""

import os
from pathlib import Path
from typing import Final

import pytest

REQUIRE_AUDIO: Final = "EDMD_REQUIRE_AUDIO"
_HOW: Final = "the FluidSynth library is absent (Debian: apt install libfluidsynth3)"


@pytest.fixture(scope="session")
def font() -> Path:
    """A small General MIDI sound font, where FluidSynth can play it; a machine that promises audio has to."""
    try:
        import fluidsynth  # noqa: F401
    except ImportError:
        if os.environ.get(REQUIRE_AUDIO, "") not in ("", "0"):
            pytest.fail(f"{REQUIRE_AUDIO} is set, and {_HOW}")
        pytest.skip(_HOW)
    import pretty_midi

    return Path(pretty_midi.__file__).parent / "TimGM6mb.sf2"
