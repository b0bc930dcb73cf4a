"""Scale names and what they allow."""

import pytest

from models.scales import FREE, MODES, SCALES, TONICS, scale_pitch_classes, spelled_out


def test_free_allows_everything_by_saying_nothing() -> None:
    assert scale_pitch_classes(FREE) is None


@pytest.mark.parametrize(
    ("scale", "classes"),
    [
        ("C major", {0, 2, 4, 5, 7, 9, 11}),
        ("A minor", {0, 2, 4, 5, 7, 9, 11}),
        ("F# major", {6, 8, 10, 11, 1, 3, 5}),
        ("D dorian", {0, 2, 4, 5, 7, 9, 11}),
        ("A harmonic-minor", {9, 11, 0, 2, 4, 5, 8}),
    ],
)
def test_known_scales(scale: str, classes: set[int]) -> None:
    assert scale_pitch_classes(scale) == frozenset(classes)


def test_every_name_can_be_looked_up_and_holds_its_tonic() -> None:
    for scale in SCALES[1:]:
        classes = scale_pitch_classes(scale)
        assert classes is not None
        assert TONICS[scale.split()[0]] in classes
    assert len(SCALES) == 1 + len(TONICS) * len(MODES)


def test_sharps_and_flats_cover_all_twelve_tonics() -> None:
    assert set(TONICS.values()) == set(range(12))
    assert scale_pitch_classes("C# minor") == scale_pitch_classes("Db minor")


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        scale_pitch_classes("H major")


@pytest.mark.parametrize(
    ("short", "names"),
    [
        ("Am", ("A minor",)),
        ("C#m", ("C# minor", "Db minor")),
        ("Bb", ("Bb major", "A# major")),
        ("B\N{MUSIC FLAT SIGN}m", ("Bb minor", "A# minor")),
        ("bm", ("B minor", "Cb minor")),
        ("gb Major", ("Gb major", "F# major")),
        ("e phrygian", ("E phrygian",)),
        ("Hm", ()),
        ("BM", ()),
        ("Amoll", ()),
        ("drop", ()),
        ("", ()),
    ],
)
def test_short_names_are_spelled_out(short: str, names: tuple[str, ...]) -> None:
    assert spelled_out(short) == names
    assert set(names) <= set(SCALES)
