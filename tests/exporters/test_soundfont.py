"""The choice of the sound font, and the message if there is none."""

from pathlib import Path

import pytest

from exporters.soundfont import NoSoundFontError, find, named, usual_places

_HEAD = b"RIFF\x00\x00\x00\x00sfbk"


def make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_HEAD)
    return path


def test_the_one_that_is_named_goes_before_the_environments_before_one_that_is_found(tmp_path: Path) -> None:
    named, environment, there = (make(tmp_path / name / "x.sf2") for name in "abc")
    environ = {"EDMD_SOUNDFONT": str(environment)}
    assert find(named, environ, [there.parent]) == named
    assert find(None, environ, [there.parent]) == environment
    assert find(None, {}, [there.parent]) == there


def test_the_environments_goes_before_the_configurations_before_one_that_is_found(tmp_path: Path) -> None:
    configured, environment, there = (make(tmp_path / name / "x.sf2") for name in "abc")
    environ = {"EDMD_SOUNDFONT": str(environment)}
    assert find(None, environ, [there.parent], configured=configured) == environment
    assert find(None, {"EDMD_SOUNDFONT": ""}, [there.parent], configured=configured) == configured
    assert named(there, environ, configured) == there
    assert named(None, {}) is None


def test_the_better_known_sound_goes_first(tmp_path: Path) -> None:
    for name in ("aaa.sf2", "TimGM6mb.sf2", "readme.txt"):
        make(tmp_path / "one" / name)
    best = make(tmp_path / "two" / "FluidR3_GM.sf2")
    assert find(None, {}, [tmp_path / "no such", tmp_path / "one", tmp_path / "two"]) == best
    assert find(None, {}, [tmp_path / "one"]).name == "TimGM6mb.sf2"


def test_where_there_is_none_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(
        NoSoundFontError, match=r"apt install fluid-soundfont-gm.*--soundfont.*EDMD_SOUNDFONT"
    ):
        find(None, {}, [tmp_path])


def test_what_is_no_sound_font_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.sf2").write_bytes(b"RIFF....WAVE")
    with pytest.raises(NoSoundFontError, match=r"x\.sf2 is not a sound font"):
        find(tmp_path / "x.sf2", {})
    with pytest.raises(NoSoundFontError, match=r"cannot read the sound font .*y\.sf2: No such file"):
        find(None, {"EDMD_SOUNDFONT": str(tmp_path / "y.sf2")})


def test_debians_folder_is_a_usual_place() -> None:
    assert Path("/usr/share/sounds/sf2") in usual_places()
