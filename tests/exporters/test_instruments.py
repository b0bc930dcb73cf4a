"""The choice of the synthesiser, by what is installed."""

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

from exporters.formats import MissingError, Settings, check
from exporters.instruments import NoSynthesiserError, choose
from exporters.soundfont import NoSoundFontError
from tests import needs


@pytest.fixture
def no_fluidsynth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate that the system's library is missing, so that the binding cannot be imported."""
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    monkeypatch.delitem(sys.modules, "exporters.fluid", raising=False)


@pytest.fixture
def no_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate that libsonare is not installed."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "libsonare" else real(name))


def test_a_sound_font_that_is_found_is_played_by_fluidsynth(font: Path) -> None:
    assert choose(None, {}, [font.parent]) == font
    assert choose(font, {}, []) == font


def test_without_a_sound_font_the_built_in_synthesiser_plays(tmp_path: Path) -> None:
    needs.library("libsonare")
    assert choose(None, {}, [tmp_path]) is None


def test_without_fluidsynth_the_built_in_synthesiser_plays(font: Path, no_fluidsynth: None) -> None:
    needs.library("libsonare")
    assert choose(None, {}, [font.parent]) is None


def test_a_sound_font_that_is_named_is_not_passed_over(
    font: Path, no_fluidsynth: None, tmp_path: Path
) -> None:
    with pytest.raises(
        NoSynthesiserError, match=r"TimGM6mb\.sf2 needs the FluidSynth library; install it: on Debian `apt"
    ):
        choose(font, {}, [])
    with pytest.raises(MissingError, match="needs the FluidSynth library"):
        check(tmp_path / "x.wav", "audio", Settings(soundfont=font))


def test_where_there_is_nothing_it_says_how_to_get_something(tmp_path: Path, no_built_in: None) -> None:
    with pytest.raises(NoSoundFontError, match=r"apt install fluid-soundfont-gm libfluidsynth3"):
        choose(None, {}, [tmp_path])
