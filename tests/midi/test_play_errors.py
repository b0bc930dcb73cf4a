"""`edmd play` with errors: one sentence, the right exit code, and the rest still plays."""

import subprocess
from pathlib import Path

import mido
import pytest

from tests import needs
from tests.midi.playing import playing, words
from tests.training import tiny

NO_MIDI = {"JACK_DEFAULT_SERVER": "edmd-nothing", "JACK_NO_START_SERVER": "1"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


def refused(bundle: Path, *more: str) -> tuple[int, str]:
    """Return the exit code and output of a daemon that does not start."""
    ran = subprocess.run(words(bundle, *more), capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stderr


def test_without_midi_it_says_what_is_missing_and_plays_into_the_recording(
    bundle: Path, tmp_path: Path
) -> None:
    needs.library("rtmidi")
    take = tmp_path / "take.mid"
    take.write_bytes(b"an earlier take")
    options = ("-o", "midi.api=jack", "--bars", "2", "--record", str(take), "-o", "parameters.tempo=300")
    with playing(bundle, *options, environ=NO_MIDI) as edmd:
        assert "no JACK server runs" in edmd.greeting
        assert edmd.greeting.count("\n") == 1
        edmd.until(lambda: bool(edmd.of("note")), "it plays")
        assert set(edmd.client.state()["ports"].values()) >= {"absent"}
        assert edmd.process.wait(30) == 0
        edmd.listen(0.2)
        assert edmd.of("tick")[-1]["tick"] == 31
    assert take.read_bytes() == b"an earlier take"
    file = mido.MidiFile(tmp_path / "take-2.mid")
    assert file.length == pytest.approx(2 * 4 * 60 / 300, abs=0.15)
    assert sum(message.type == "note_on" for message in file) > 10


def test_two_at_one_address(bundle: Path, tmp_path: Path) -> None:
    address = f"ipc://{tmp_path}/control"
    with playing(bundle, "-o", f"control.bind={address}", environ=NO_MIDI) as first:
        code, said = refused(bundle, "-o", f"control.bind={address}")
        assert code == 1
        assert said.count("\n") == 1
        assert address in said
        assert "another edmd" in said
        assert first.client.ping()["pong"]
        assert first.end() == 0


@pytest.mark.parametrize(
    ("option", "said", "code"),
    [
        ("play.model=nothing", "no model is named nothing", 1),
        ("play.horizon_seconds=11", "0.2 to 10 seconds", 2),
        ("midi.virtual=true", "there is no such key", 2),
        ("midi.lead.channel=17", "1 to 16", 2),
        ("parameters.tempo=9000", "20 to 300 BPM", 2),
        ("control.bind=tcp://0.0.0.0:5570", "control.bind", 2),
        ("control.bind=ipc:///nowhere/at/all", "no folder", 1),
    ],
)
def test_a_wrong_configuration_is_told_in_a_sentence(bundle: Path, option: str, said: str, code: int) -> None:
    found, words_said = refused(bundle, "-o", option)
    assert (found, words_said.count("\n")) == (code, 1)
    assert said in words_said


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("file/take.mid", "cannot record", 1),
        ("folder.mid", "folder.mid", 2),
        ("take.wav", "must end in .mid", 2),
    ],
)
def test_a_recording_that_cannot_be_is_refused_at_once(
    bundle: Path, tmp_path: Path, name: str, said: str, code: int
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.mid").mkdir()
    found, words_said = refused(bundle, "--record", str(tmp_path / name))
    assert found == code
    assert said in words_said


def test_a_recording_whose_place_vanishes_is_kept_elsewhere(bundle: Path, tmp_path: Path) -> None:
    place = tmp_path / "stick"
    refuge = tmp_path / "refuge"
    refuge.mkdir()
    words = ("--record", str(place / "take.mid"), "-o", f"recording.folder={refuge}")
    with playing(bundle, *words, environ=NO_MIDI) as edmd:
        edmd.wait_for_ticks(8)
        place.rmdir()
        assert edmd.end() == 1
        assert edmd.process.stderr is not None
        said = edmd.process.stderr.read()
    kept = list(refuge.glob("take*.mid"))
    assert not list((refuge / ".unfinished").glob("*.take"))
    assert str(kept[0]) in said
    assert sum(message.type == "note_on" for message in mido.MidiFile(kept[0])) > 3


def test_with_every_standard_stream_closed_it_plays(bundle: Path, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    command = words(bundle, "--bars", "1", "-o", "parameters.tempo=300", "--record", str(take))
    shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command]
    assert subprocess.run(shell, timeout=60, check=False).returncode == 0
    assert sum(message.type == "note_on" for message in mido.MidiFile(take)) > 3


def test_into_a_pipe_that_nobody_reads_it_plays(bundle: Path, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    command = words(bundle, "--bars", "1", "-o", "parameters.tempo=300", "--record", str(take))
    shell = ["bash", "-c", '"$@" | true; exit "${PIPESTATUS[0]}"', "bash", *command]
    ran = subprocess.run(shell, timeout=60, check=False, capture_output=True, text=True)
    assert ran.returncode == 0
    assert "Traceback" not in ran.stderr
    assert "BrokenPipe" not in ran.stderr
    assert take.exists()
