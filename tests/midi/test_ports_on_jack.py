"""Ports on a real JACK server."""

import pytest

from daemon.player.ports.outputs import PortError
from daemon.player.ports.ports import PortLister, examine, find_driver, open_outputs
from tests.midi.conftest import Recorder, until

pytestmark = pytest.mark.midi


def test_the_virtual_ports_bear_our_words_twice(recorder: Recorder) -> None:
    outputs = open_outputs("jack", {})
    assert outputs.status() == {"edmd melody": "open", "edmd percussion": "open"}
    assert recorder.sources("edmd melody") == ["edmd melody:edmd melody"]
    assert recorder.sources("edmd percussion") == ["edmd percussion:edmd percussion"]
    outputs.close()
    until(lambda: not recorder.sources("edmd"), "the ports are gone")


def test_a_second_program_gets_other_names_and_says_so(jack_server: str) -> None:
    first, second = open_outputs("jack", {}), open_outputs("jack", {})
    assert second.status()["edmd melody"] == "open as edmd melody-01:edmd melody"
    second.close()
    first.close()


def test_a_voice_reaches_a_named_port_that_comes_goes_and_returns(recorder: Recorder) -> None:
    outputs = open_outputs("jack", {"lead": "edmd_melody"})  # a part of the recorder's input's name
    lister = PortLister("jack")
    assert outputs.status()["edmd_melody"] == "open to recorder:edmd_melody"
    for present in (False, True):
        outputs.refresh(lister.names() if present else ())
        assert outputs.status()["edmd_melody"] == ("open to recorder:edmd_melody" if present else "absent")
    outputs.send(outputs.port_of("lead"), b"\x90\x3c\x64")
    until(lambda: bool(recorder.notes("edmd melody")), "the note arrives")
    lister.close()
    outputs.close()


def test_a_lister_serves_for_ever_with_one_client(recorder: Recorder) -> None:
    lister = PortLister("jack")
    assert all("recorder:edmd_melody" in lister.names() for _ in range(200))
    lister.close()


def test_the_doctor_sees_jack_and_its_ports(recorder: Recorder) -> None:
    found = next(finding for finding in examine() if finding.api == "jack")
    assert found.works
    assert "recorder:edmd_melody" in found.ports


def test_auto_finds_a_system_that_works(jack_server: str) -> None:
    name, driver, notice = find_driver("auto")
    assert name in {"alsa", "jack"}
    assert notice == ""
    assert driver is not None
    driver.close()


def test_a_port_that_has_gone_is_refused_by_name(jack_server: str) -> None:
    _, driver, _ = find_driver("jack")
    assert driver is not None
    port = driver.port("edmd lead")
    with pytest.raises(PortError, match="'synth:in' has gone"):
        port.open("synth:in")
    port.delete()
    driver.close()
