"""Offline rendering: the golden take, and that only seed and parameters decide the notes."""

import subprocess
import sys
from pathlib import Path
from typing import cast

import mido
import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import helper, numpy_helper

from daemon.cli import cli
from daemon.parameters import Parameters
from models.effects import EFFECTS, FILTER, FILTER_NEUTRAL, IMPACT, RISER
from models.instruments import instruments_of
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, VOICES, Voice
from models.reading.midi import read_midi
from tests import golden
from tests.daemon.music.systems import symbol_bundles
from tests.daemon.playback import loud, performed, take_of
from tests.models import bundles
from tests.training import tiny


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


def test_the_golden_take() -> None:
    assert golden.FILE.exists(), "write it with `python -m tests.golden`"
    assert golden.text_of(golden.play()) == golden.FILE.read_text()


def rendered_in_a_process(bundle: Path, seed: int, out: Path) -> bytes:
    options = ["--bars", "4", "--model", str(bundle), "--seed", str(seed), "--out", str(out)]
    provider = ["-o", "play.provider=cpu", "-o", "parameters.director=false"]
    subprocess.run(
        [sys.executable, "-m", "daemon", "render", *options, *provider],
        check=True,
        capture_output=True,
        timeout=100,
    )
    return out.read_bytes()


def test_the_same_seed_renders_the_same_bytes_in_two_processes(bundle: Path, tmp_path: Path) -> None:
    first, again, other = (
        rendered_in_a_process(bundle, seed, tmp_path / f"{number}.mid")
        for number, seed in enumerate((4, 4, 5))
    )
    assert first == again
    assert first != other
    assert len(take_of(tmp_path / "0.mid")) > 20


def test_a_render_has_the_sounds_of_its_genre_and_the_programs_that_are_set(
    bundle: Path, tmp_path: Path
) -> None:
    out = tmp_path / "deep.mid"
    options = ["--bars", "4", "--model", str(bundle), "--seed", "4", "--out", str(out)]
    sounds = ["-o", "parameters.genre=deep house", "-o", "midi.bass.program=36"]
    result = CliRunner().invoke(cli, ["render", *options, *sounds, "-o", "parameters.director=false"])
    assert result.exit_code == 0, result.output
    programs = {
        track.name: [message.program for message in track if message.type == "program_change"]
        for track in mido.MidiFile(out).tracks[1:]
    }
    deep = instruments_of("deep house")
    assert programs.pop("bass") == [35]
    assert programs
    assert programs == {voice: [deep[cast("Voice", voice)].program] for voice in programs}


def test_a_take_ends_with_its_last_bar(bundle: Path) -> None:
    take = performed(bundle, 1, 2, loud(gate=1.0))
    assert max(note.pulse + note.length for note in take.notes) <= 2 * PULSES_PER_BAR
    assert {note.voice for note in take.notes} == set(VOICES)
    assert take.tempos == ((0, 128.0),)


def test_a_longer_take_begins_as_the_shorter_one(bundle: Path) -> None:
    short, long = (performed(bundle, 1, bars, loud()) for bars in (1, 3))
    before = PULSES_PER_BAR - PULSES_PER_TICK
    begins = [sorted(n[:1] + n[2:] for n in take.notes if n.pulse < before) for take in (short, long)]
    assert begins[0] == begins[1]


def test_a_change_begins_at_its_tick(bundle: Path) -> None:
    plain = performed(bundle, 1, 2, loud(humanize=0.0))
    moved = performed(bundle, 1, 2, loud(humanize=0.0), {16: {"transpose": 5}})
    for before, after in zip(plain.notes, moved.notes, strict=True):
        by = 5 if before.pulse >= PULSES_PER_BAR and before.voice != "drums" else 0
        assert (after.pulse, after.pitch, after.velocity) == (
            before.pulse,
            before.pitch + by,
            before.velocity,
        )


def test_a_change_of_tempo_moves_no_pulse(bundle: Path) -> None:
    plain = performed(bundle, 1, 2, loud())
    quick = performed(bundle, 1, 2, loud(), {20: {"tempo": 20.0}})
    assert [note[:1] + note[2:] for note in quick.notes] == [note[:1] + note[2:] for note in plain.notes]
    assert quick.tempos == ((0, 128.0), (20 * 120, 20.0))


def test_silence_is_a_take_too(bundle: Path) -> None:
    assert (
        performed(bundle, 1, 1, Parameters.from_names({f"{voice}.mute": True for voice in VOICES})).notes
        == ()
    )


@pytest.mark.parametrize(
    ("out", "code", "said"),
    [
        ("nowhere/take.mid", 1, "no folder"),
        ("take.txt", 2, "suffix .txt"),
        ("folder.mid", 1, "it is a folder"),
    ],
)
def test_render_refuses_where_it_cannot_write(
    bundle: Path, tmp_path: Path, out: str, code: int, said: str
) -> None:
    (tmp_path / "folder.mid").mkdir()
    words = ["render", "--bars", "1", "--model", str(bundle), "--out", str(tmp_path / out)]
    ran = CliRunner().invoke(cli, words)
    assert ran.exit_code == code
    assert said in ran.output


# Seed 0 of the director that the system `pattern` follows: a build of eight bars from bar 8 on, then a drop.
_BUILD, _DROP = 8, 16


def effects_in(path: Path) -> dict[str, list[tuple[int, bytes]]]:
    """The filter values of each part, as (pulse, message)."""
    return {
        part.name: [(at, message) for at, message in part.controls if message[1] == FILTER]
        for part in read_midi(path).parts
    }


def test_a_rendered_file_has_the_effects_of_its_builds_unless_they_are_switched_off(tmp_path: Path) -> None:
    words = [
        "render",
        "--bars",
        str(_DROP + 1),
        "--model",
        "pattern",
        "--seed",
        "0",
        "-o",
        "play.provider=cpu",
    ]
    for name, choice in (("auto", []), ("off", ["-o", "midi.effects=false"])):
        ran = CliRunner().invoke(cli, [*words, *choice, "--out", str(tmp_path / f"{name}.mid")])
        assert ran.exit_code == 0, ran.output
    swept, plain = (effects_in(tmp_path / f"{name}.mid") for name in ("auto", "off"))
    (first, closed), (last, opened) = swept["lead"][0], swept["lead"][-1]
    assert (first, last) == (_BUILD * PULSES_PER_BAR, _DROP * PULSES_PER_BAR)
    assert closed[2] < opened[2] == FILTER_NEUTRAL
    parts = {part.name: part for part in read_midi(tmp_path / "auto.mid").parts}
    assert [note[:3] for note in parts[EFFECTS].notes] == [
        (_BUILD * PULSES_PER_BAR, (_DROP - _BUILD) * PULSES_PER_BAR, RISER.pitch),
        (_DROP * PULSES_PER_BAR, PULSES_PER_BAR // 2, IMPACT.pitch),
    ]
    assert EFFECTS not in plain
    assert not any(plain.values())
    notes = (dict.fromkeys(take_of(tmp_path / f"{name}.mid")) for name in ("auto", "off"))
    assert [note for note in next(notes) if note[1] != 16] == list(next(notes))


def test_a_network_that_chooses_what_its_codec_lacks_ends_in_a_sentence(tmp_path: Path) -> None:
    folder = symbol_bundles.write(tmp_path / "odd", "folk")
    model = onnx.load(folder / "melody.onnx")
    for node in model.graph.node:
        node.output[:] = ["chosen" if name == "token" else name for name in node.output]
    model.graph.initializer.append(numpy_helper.from_array(np.array([500]), "far"))
    model.graph.node.append(helper.make_node("Add", ["chosen", "far"], ["token"]))
    bundles.replace(folder, "melody", model.SerializeToString())
    out = tmp_path / "song.mid"
    ran = CliRunner().invoke(cli, ["render", "--model", str(folder), "--bars", "4", "--out", str(out)])
    assert ran.exit_code == 1
    assert "bar 0 cannot be composed (the network chooses symbol" in ran.output
    assert "Traceback" not in ran.output
    assert not out.exists()
