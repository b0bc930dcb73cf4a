"""Audio by FluidSynth needs its library; the tests' sound font comes with pretty_midi."""

from pathlib import Path

import pytest

from tests import needs


@pytest.fixture(scope="session")
def font() -> Path:
    """Return a small General MIDI sound font; skip the test if FluidSynth is missing."""
    needs.library("fluidsynth")
    import pretty_midi

    return Path(pretty_midi.__file__).parent / "TimGM6mb.sf2"


@pytest.fixture(params=["fluidsynth", "built in"])
def instrument(request: pytest.FixtureRequest) -> Path | None:
    """Each synthesiser in turn, as `Sounding` names it: a sound font, or None for the built-in one."""
    if request.param == "fluidsynth":
        font: Path = request.getfixturevalue("font")
        return font
    needs.library("libsonare")
    return None
