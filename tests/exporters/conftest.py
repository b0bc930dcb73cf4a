"""Audio needs the FluidSynth library; the tests' sound font comes with pretty_midi."""

from pathlib import Path

import pytest

from tests import needs


@pytest.fixture(scope="session")
def font() -> Path:
    """A small General MIDI sound font, where FluidSynth can play it."""
    needs.library("fluidsynth")
    import pretty_midi

    return Path(pretty_midi.__file__).parent / "TimGM6mb.sf2"
