"""Small files with a checksum and with the one before, damaged at every byte."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.mapping.mapfile import Learned, read_learned, text_of
from daemon.parameters import Parameters, change
from daemon.workers.jobs import SceneFile
from daemon.workers.named import NamedError
from daemon.workers.presets import Presets
from daemon.workers.scenes import Scenes
from exporters.kept import before, read_kept, write_kept
from models.reading.limits import RefusedError

FIRST = change(Parameters(), {"tempo": 100.0}).to_names()
SECOND = change(Parameters(), {"tempo": 141.5, "lead.mute": True, "scale": "A dorian"}).to_names()


def damages(content: bytes, step: int = 1) -> Iterator[bytes]:
    """Yield the content cut short at each byte (of `step`), and with each byte changed in two ways."""
    for place in range(0, len(content), step):
        yield content[:place]
        for bits in (0x01, 0x80):
            yield content[:place] + bytes([content[place] ^ bits]) + content[place + 1 :]


def test_a_preset_that_is_damaged_at_any_byte_is_right_or_the_one_before(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    presets.save("peak", FIRST)
    path = presets.save("peak", SECOND)
    told = 0
    for damage in damages(path.read_bytes(), 3):
        path.write_bytes(damage)
        presets.files.notes.clear()
        found = presets.load("peak")
        assert found in (FIRST, SECOND)
        assert (found == FIRST) == bool(presets.files.notes)
        told += bool(presets.files.notes)
    assert told > 300


def refusal(presets: Presets) -> str:
    try:
        assert presets.load("peak") == SECOND
    except NamedError as error:
        return error.message
    return ""


def test_a_preset_without_one_before_is_refused_if_it_is_damaged(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    path = presets.save("peak", SECOND)
    refused = 0
    for damage in damages(path.read_bytes()):
        path.write_bytes(damage)
        if said := refusal(presets):
            assert said.startswith(str(path))
            refused += 1
    assert refused > 1000


def test_a_scene_and_the_setlist_are_right_or_those_before(tmp_path: Path) -> None:
    scenes = Scenes(tmp_path)
    for number, values in ((1, FIRST), (2, SECOND)):
        scenes.save("a", SceneFile(values, number, "drop", 8, {}, None))
    path = scenes.save("b", SceneFile(SECOND, 3, "intro", None, {}, None)).with_name("a.toml")
    for damage in damages(path.read_bytes(), 5):
        path.write_bytes(damage)
        scene = scenes.load("a")
        assert (scene.seed, scene.values) in ((1, FIRST), (2, SECOND))
    setlist = tmp_path / "_setlist.toml"
    for damage in damages(setlist.read_bytes()):
        setlist.write_bytes(damage)
        assert scenes.order() == ["a", "b"]


def test_what_was_learned_is_right_or_as_before(tmp_path: Path) -> None:
    path = tmp_path / "controls.toml"
    write_kept(path, text_of(Learned()))
    write_kept(path, text_of(Learned()))
    for damage in damages(path.read_bytes()):
        path.write_bytes(damage)
        assert read_learned(path) == Learned()


@pytest.mark.parametrize("edit", [lambda text: text, lambda text: text.replace("100.0", "90.0")])
def test_who_edits_a_file_removes_its_first_line(edit: Callable[[str], str], tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    path = presets.save("mine", FIRST)
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    assert "If you edit this file, remove this line" in head
    path.write_text(edit(rest), encoding="utf-8")
    assert presets.load("mine")["tempo"] == (90.0 if "90.0" in edit(rest) else 100.0)
    assert not presets.files.notes


def test_a_file_that_was_damaged_is_never_kept_as_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    for text in ("x = 1\n", "x = 2\n"):
        write_kept(path, text)
    path.write_bytes(path.read_bytes()[:-2])
    write_kept(path, "x = 3\n")
    path.write_bytes(b"# sha256 nothing")
    assert read_kept(path, 1000).text == b"x = 1\n"
    assert "is used" in read_kept(path, 1000).note
    before(path).unlink()
    with pytest.raises(RefusedError, match="is damaged, or was edited"):
        read_kept(path, 1000)


def test_what_is_deleted_or_renamed_takes_the_one_before_with_it(tmp_path: Path) -> None:
    presets = Presets(tmp_path)
    for values in (FIRST, SECOND):
        path = presets.save("a", values)
    presets.files.rename("a", "b")
    path.with_name("b.toml").write_bytes(b"# sha256")
    assert presets.load("b") == FIRST
    presets.delete("b")
    assert [*tmp_path.iterdir()] == []


SAVING = """
import sys
from pathlib import Path
from daemon.parameters import Parameters, change
from daemon.workers.presets import Presets
presets = Presets(Path(sys.argv[1]))
for number in range(100):
    presets.save("peak", change(Parameters(), {"tempo": 100.0 + number % 50}).to_names(), 7)
    assert presets.load("peak")["tempo"] >= 100.0
assert not presets.files.notes, presets.files.notes
"""


def test_two_processes_that_save_one_preset_are_told_of_no_error(tmp_path: Path) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", SAVING, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [(each.communicate()[1], each.returncode) for each in both] == [(b"", 0)] * 2
    assert {each.name for each in tmp_path.iterdir()} == {"peak.toml", ".peak.toml.before"}
