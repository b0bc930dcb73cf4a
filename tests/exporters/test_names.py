"""Names of stems, and the checks of all files before the first is written."""

import os
from pathlib import Path

import pytest

from exporters.names import check_outputs, stem_paths
from exporters.writing import WriteError


def _names(path: Path, *parts: str) -> list[str]:
    return [each.name for each in stem_paths(path, parts)]


def test_stems_lie_beside_the_whole_and_are_named_by_their_parts() -> None:
    assert stem_paths(Path("a/set.wav"), ["lead", "Bass / 1"]) == [
        Path("a/set-lead.wav"),
        Path("a/set-bass-1.wav"),
    ]


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        (("lead", "Lead", "LEAD"), ["s-lead.mid", "s-lead-2.mid", "s-lead-3.mid"]),
        (("lead", "lead-2", "lead"), ["s-lead.mid", "s-lead-2.mid", "s-lead-3.mid"]),
        (("", "///", "part"), ["s-part.mid", "s-part-2.mid", "s-part-3.mid"]),
        (("../../../etc/passwd", 'lead<&>"|?*:'), ["s-etc-passwd.mid", "s-lead.mid"]),
        (("cafe\u0301", "café"), ["s-café.mid", "s-café-2.mid"]),
        (("ベース", "\ud800x"), ["s-ベース.mid", "s-x.mid"]),
    ],
)
def test_names_that_collide_or_cannot_be_are_made_to_differ(parts: tuple[str, ...], names: list[str]) -> None:
    assert _names(Path("s.mid"), *parts) == names


@pytest.mark.parametrize("letter", ["n", "é", "ベ"])
@pytest.mark.parametrize("stem", ["s", "s" * 200, "é" * 110])
def test_long_names_are_cut_to_what_a_file_system_takes(letter: str, stem: str, tmp_path: Path) -> None:
    paths = stem_paths(tmp_path / f"{stem}.musicxml", [letter * 400] * 12)
    assert len(set(paths)) == 12
    for path in paths:
        path.touch()
    assert max(len(os.fsencode(path.name)) for path in paths) <= 255


def test_a_name_that_leaves_no_room_is_told() -> None:
    with pytest.raises(WriteError, match="its name is too long for theirs; choose a shorter name"):
        stem_paths(Path("s" * 244 + ".wav"), ["lead"])
    assert stem_paths(Path("s" * 244 + ".wav"), []) == []


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.mid" for name in "abcde"]
    check_outputs(paths, replace=False)
    paths[1].touch()
    with pytest.raises(WriteError, match=r"^\S*b\.mid already exists; --force replaces it$"):
        check_outputs(paths, replace=False)
    for path in paths:
        path.touch()
    with pytest.raises(WriteError, match=r"c\.mid and 2 more already exist; --force replaces them$"):
        check_outputs(paths, replace=False)
    check_outputs(paths, replace=True)


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    (tmp_path / "a.mid").symlink_to(tmp_path / "nowhere")
    with pytest.raises(WriteError, match="already exists"):
        check_outputs([tmp_path / "a.mid"], replace=False)


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    check_outputs([tmp_path / f"{'n' * 251}.mid"], replace=False)
    with pytest.raises(WriteError, match="File name too long"):
        check_outputs([tmp_path / f"{'n' * 252}.mid"], replace=False)
