"""Messages and behaviour without a MIDI system; tests with a MIDI system are in tests/midi."""

import os
import subprocess
import sys

import pytest

from daemon.player.ports.ports import APIS, PortLister, examine, find_driver, open_outputs
from tests import needs

NO_SERVER = "edmd-no-such-server"


@pytest.fixture
def _without_jack(monkeypatch: pytest.MonkeyPatch) -> None:
    needs.library("rtmidi")
    monkeypatch.setenv("JACK_DEFAULT_SERVER", NO_SERVER)


@pytest.mark.skipif(sys.platform == "win32", reason="programs find the JACK server in another way on Windows")
@pytest.mark.usefixtures("_without_jack")
def test_a_missing_system_is_one_sentence_with_its_mend_and_nothing_on_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    name, driver, sentence = find_driver("jack")
    assert (name, driver) == ("", None)
    assert sentence.startswith("No MIDI: ")
    assert "no JACK server runs" in sentence
    assert "\n" not in sentence
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("_without_jack")
def test_a_program_without_standard_error_finds_drivers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert find_driver("jack")[2].startswith("No MIDI: ")


@pytest.mark.usefixtures("_without_jack")
def test_playing_goes_on_without_ports() -> None:
    outputs = open_outputs("jack", {"lead": "synth"})
    outputs.send(outputs.port_of("lead"), b"\xf8")
    status = outputs.status()
    outputs.close()
    assert (status["edmd melody"], status["synth"]) == ("absent", "absent")
    assert "No MIDI" in status["midi"]


@pytest.mark.usefixtures("_without_jack")
def test_a_lister_without_a_system_lists_nothing_and_says_why() -> None:
    lister = PortLister("jack")
    assert lister.names() == ()
    assert "no JACK server runs" in lister.notice
    lister.close()


@pytest.mark.usefixtures("_without_jack")
def test_a_system_that_is_not_in_this_build_is_told_as_missing() -> None:
    other = "winmm" if sys.platform != "win32" else "alsa"
    _, driver, sentence = find_driver(other)
    assert driver is None
    assert sentence.startswith("No MIDI: ")


@pytest.mark.usefixtures("_without_jack")
def test_every_system_of_this_build_is_examined() -> None:
    for finding in examine():
        assert finding.api in APIS
        assert finding.works or finding.mend


_WITHOUT_ALSA = """
import tests.bare
from daemon.commands import checks
from daemon.player.ports.ports import PortLister, open_outputs
outputs = open_outputs("auto", {"lead": "synth"})
outputs.send(outputs.port_of("lead"), b"\\xf8")
print(outputs.status()["midi"])
print(PortLister().names(), checks.midi()[0].mend)
"""


def test_without_alsas_library_it_plays_on_and_says_what_to_install() -> None:
    """This is the case on a fresh Debian, where the binding cannot be loaded."""
    words = [sys.executable, "-c", _WITHOUT_ALSA]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    assert told.stderr == ""
    status, doctor = told.stdout.splitlines()
    assert status.startswith("No MIDI: the MIDI driver cannot be loaded (libasound.so.2: ")
    assert status.endswith(": apt install libasound2")
    assert doctor == "() apt install libasound2"


def test_the_player_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'onnxruntime', 'zmq', 'music21', 'torch'}"
    code = f"import sys, daemon.player.player; print(sorted({heavy} & set(sys.modules)))"
    words = [sys.executable, "-c", code]
    told = subprocess.run(words, capture_output=True, text=True, check=True, env=dict(os.environ))
    assert told.stdout.strip() == "[]"
