"""Preset files."""

import os
import tomllib
from pathlib import Path

import pytest

from daemon.parameters import Parameters, change
from daemon.workers.presets import PresetError, Presets

VALUES = change(Parameters(), {"tempo": 141.5, "lead.mute": True, "scale": "A dorian"}).to_names()


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    presets = Presets(tmp_path / "new" / "presets")
    path = presets.save("Dark room 2", VALUES)
    assert presets.load("Dark room 2") == VALUES
    assert presets.names() == ["Dark room 2"]
    assert [each.name for each in path.parent.iterdir()] == ["Dark room 2.toml"]


def test_a_preset_reads_like_a_configuration(tmp_path: Path) -> None:
    table = tomllib.loads(Presets(tmp_path).save("a", VALUES).read_text(encoding="utf-8"))
    assert table["parameters"]["tempo"] == 141.5
    assert table["parameters"]["lead"] == {"mute": True, "octave": 0, "level": "auto"}


def test_a_few_lines_by_hand_are_a_preset(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[parameters]\ntempo = 90\n"lead.mute" = true\n', encoding="utf-8")
    assert Presets(tmp_path).load("mine") == {"tempo": 90.0, "lead.mute": True}


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "../up", "a/b", "a\\b", "a\0b", "x" * 65, "a ", "ä\n"]
)
def test_a_name_never_leads_out(name: str, tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    for act in (lambda: presets.save(name, VALUES), lambda: presets.load(name), lambda: presets.delete(name)):
        with pytest.raises(PresetError):
            act()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("x" * 65, "can have at most 64 characters, this one has 65"),
        ("\N{MATHEMATICAL BOLD SMALL X}" * 64, "can have at most 200 bytes, this one has 256"),
        ("", "must begin with a letter or a digit"),
        ("a/b", 'can contain only letters, digits, spaces and _ - ., not "/"'),
        ("a\nb", "can contain only letters, digits, spaces and _ - ., not U+000A"),
        (".hidden", "must begin with a letter or a digit"),
        ("a ", "must not end with a space or a dot"),
    ],
)
def test_a_name_that_none_may_have_is_told_why(name: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(PresetError) as caught:
        Presets(tmp_path).save(name, VALUES)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["x" * 64, "ä" * 64, "\N{GREEK SMALL LETTER ALPHA}" * 64, "a", "1 - two_3.b"]
)
def test_names_of_sixty_four_letters_are_kept(name: str, tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    presets.save(name, VALUES)
    assert presets.names() == [name]
    assert presets.load(name) == VALUES


def test_all_that_is_wrong_with_a_preset_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[parameters]\ntempo = 9000\ngate = 7\n", encoding="utf-8")
    with pytest.raises(PresetError) as caught:
        Presets(tmp_path).load("bad")
    assert str(caught.value) == f"{path}: tempo is 20 to 300 BPM; got 9000\n{path}: gate is 0.1 to 1; got 7"


def test_what_is_absent_is_told_with_what_there_is(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    presets.save("warm", VALUES)
    with pytest.raises(PresetError, match="no preset is named cold; there is: warm"):
        presets.load("cold")
    presets.delete("warm")
    with pytest.raises(PresetError):
        presets.delete("warm")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[parameters]\ntempo = 9000\n", "tempo is 20 to 300 BPM"),
        ("[parameters]\ntmepo = 90\n", "did you mean tempo"),
        ("tempo =", "cannot be read"),
    ],
)
def test_a_damaged_preset_is_named(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PresetError, match=told) as caught:
        Presets(tmp_path).load("bad")
    assert "bad.toml" in str(caught.value)


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PresetError, match="cannot save"):
        Presets(tmp_path / "file").save("a", VALUES)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = " + b"[" * 20_000, "nested too deep"),
        (b"#" * 70_000, "larger than 65536 bytes"),
        (b"\xff", "not text in UTF-8"),
        (b"", "is empty"),
    ],
    ids=["deep", "huge", "no text", "empty"],
)
def test_a_file_that_is_no_preset_is_told_in_one_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(content)
    with pytest.raises(PresetError, match=said):
        Presets(tmp_path).load("odd")


def test_a_pipe_in_place_of_a_preset_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(PresetError, match="not a regular file"):
        Presets(tmp_path).load("pipe")


def test_a_file_without_the_table_of_parameters_is_refused_and_a_byte_order_mark_is_not(
    tmp_path: Path,
) -> None:
    presets = Presets(tmp_path)
    (tmp_path / "loud.toml").write_text("tempo = 120\n")
    with pytest.raises(PresetError, match=r"has no \[parameters\]; write that line above"):
        presets.load("loud")
    (tmp_path / "loud.toml").write_text("[parameters]\ntempo = 120\n", encoding="utf-8-sig")
    assert presets.load("loud") == {"tempo": 120}
    (tmp_path / "loud.toml").write_text("[parameters]\ntempo = 120\n", encoding="utf-16")
    with pytest.raises(PresetError, match="save it as UTF-8"):
        presets.load("loud")


def test_files_of_before_versions_are_read_and_newer_ones_refused_by_name(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    (tmp_path / "old.toml").write_text("[parameters]\ntempo = 90\n", encoding="utf-8")
    (tmp_path / "newer.toml").write_text("version = 2\n[parameters]\ntempo = 90\n", encoding="utf-8")
    assert presets.load("old") == {"tempo": 90.0}
    assert tomllib.loads(presets.save("now", VALUES).read_text(encoding="utf-8"))["version"] == 1
    with pytest.raises(PresetError, match=r"newer.toml: its version is 2; this edmd reads version 1"):
        presets.load("newer")


def test_a_slot_has_one_preset_which_keeps_it(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    presets.save("a", VALUES, 3)
    presets.save("a", {"tempo": 90.0})
    assert presets.in_slot(3) == "a"
    presets.save("b", VALUES, 3)
    assert presets.slots() == {3: "b"}
    assert presets.load("a") == {"tempo": 90.0}, "it loses the slot and nothing else"
    with pytest.raises(PresetError, match="the slot 4 is empty"):
        presets.in_slot(4)


def test_a_damaged_file_has_no_slot_and_hides_no_other(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    presets.save("b", VALUES, 1)
    (tmp_path / "a.toml").write_text("slot = [", encoding="utf-8")
    (tmp_path / "huge.toml").write_bytes(b"#" * 2**20)
    assert presets.slots() == {1: "b"}
    presets.save("c", VALUES, 1)
    assert (tmp_path / "a.toml").read_text(encoding="utf-8") == "slot = ["


def test_a_preset_gets_another_name_but_never_that_of_another(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    presets.save("a", VALUES, 2)
    presets.save("b", {"tempo": 90.0})
    presets.files.rename("a", "c")
    assert (presets.names(), presets.slots()) == (["b", "c"], {2: "c"})
    for old, new, told in (("c", "b", "there is a preset named b"), ("a", "d", "no preset is named a")):
        with pytest.raises(PresetError, match=told):
            presets.files.rename(old, new)
    with pytest.raises(PresetError):
        presets.files.rename("c", "../d")
    assert presets.load("b") == {"tempo": 90.0}
