"""`edmd play` on JACK sends program, volume and pan to each synthesiser before its notes, whenever it connects."""

import time
from pathlib import Path

import pytest

from tests.midi.conftest import Recorder, until
from tests.midi.playing import playing
from tests.training import tiny

pytestmark = pytest.mark.midi

PORTS = ("edmd melody", "edmd percussion")
LEAD = ["c051", "b00740", "b00a40"]
MELODY = [*LEAD, "c159", "b1077f", "b10a40", "c226", "b20750", "b20a40"]
DRUMS = ["c900", "b90758", "b90a40"]
NAMED = ("-o", "midi.lead.port=recorder:edmd_melody")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


def told(recorder: Recorder, port: str, since: float = 0.0) -> list[str]:
    """Return the program, volume and pan messages that arrived."""
    return [
        each.message.hex()
        for each in list(recorder.heard[port])
        if each.seconds >= since
        and (
            each.message[0] & 0xF0 == 0xC0 or (each.message[0] & 0xF0 == 0xB0 and each.message[1] in (7, 10))
        )
    ]


def before_cue(recorder: Recorder, port: str, cue: bytes) -> list[str]:
    """Return the messages that arrived before a cue, without MIDI clocks."""
    said = [each.message for each in list(recorder.heard[port])]
    return [each.hex() for each in said[: said.index(cue)] if each != b"\xf8"]


def test_who_connects_is_told_and_told_again_at_play(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, "--seed", "3") as edmd:
        recorder.connect()
        until(lambda: told(recorder, PORTS[0])[-9:] == MELODY, "the melody's synthesiser is told", 3)
        until(lambda: told(recorder, PORTS[1])[-3:] == DRUMS, "the drums' synthesiser is told", 3)
        edmd.client.transport("stop")
        until(lambda: bool(edmd.client.state()["transport"]["state"] == "stopped"), "it stops")
        time.sleep(0.1)
        for port in PORTS:
            recorder.heard[port].clear()
        edmd.client.transport("play")
        until(lambda: bool(recorder.notes(PORTS[0])), "it plays")
        assert before_cue(recorder, PORTS[0], b"\xfa") == MELODY
        assert before_cue(recorder, PORTS[1], b"\xfa") == DRUMS


def test_a_second_one_on_the_same_port_is_told(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, "--seed", "3"):
        recorder.connect()
        until(lambda: told(recorder, PORTS[1])[-3:] == DRUMS, "the drums' synthesiser is told", 3)
        at = time.perf_counter()
        recorder.patch(recorder.sources(PORTS[0])[0], PORTS[1])
        until(
            lambda: [each for each in told(recorder, PORTS[1], at) if each not in DRUMS] == MELODY,
            "what plays the melody now, too, is told",
            3,
        )


def test_a_player_that_takes_over_tells_it(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, "--seed", "3") as edmd:
        recorder.connect()
        until(lambda: told(recorder, PORTS[1])[-3:] == DRUMS, "it is told", 3)
        time.sleep(1.2)  # until the patchbay has seen the connections
        at = time.perf_counter()
        edmd.player.kill()
        until(lambda: told(recorder, PORTS[0], at)[-9:] == MELODY, "the melody's synthesiser is told")
        until(lambda: told(recorder, PORTS[1], at)[-3:] == DRUMS, "the drums' synthesiser is told")


def test_a_named_port_is_told_only_when_asked(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, "--seed", "3", *NAMED) as edmd:
        until(lambda: bool(recorder.notes(PORTS[0])), "it plays")
        assert edmd.end() == 0
        assert told(recorder, PORTS[0]) == []
    until(lambda: not recorder.sounding(PORTS[0]), "its last messages have arrived")
    time.sleep(0.1)
    recorder.heard[PORTS[0]].clear()
    with playing(bundle, "--seed", "3", *NAMED, "-o", "midi.programs=true"):
        until(lambda: bool(recorder.notes(PORTS[0])), "it plays")
        before = recorder.notes(PORTS[0])[0].seconds
        until(lambda: told(recorder, PORTS[0])[:3] == LEAD, "it is told", 3)
        said = [each for each in list(recorder.heard[PORTS[0]]) if each.seconds < before]
        assert set(LEAD) <= {each.message.hex() for each in said}


def test_a_named_port_that_returns_is_told_before_its_notes(jack_server: str, bundle: Path) -> None:
    with playing(bundle, "--seed", "3", *NAMED, "-o", "midi.programs=true") as edmd:
        for _ in range(2):
            edmd.until(lambda: _is_absent(edmd.client.state()["ports"]), "it is seen that it is not there")
            edmd.wait_for_ticks(4)
            with Recorder(*PORTS) as recorder:
                until(lambda: bool(recorder.notes(PORTS[0])), "it plays")
                said = [each.message.hex() for each in recorder.heard[PORTS[0]]]
                first_note = recorder.notes(PORTS[0])[0].message.hex()
                assert [each for each in said[: said.index(first_note)] if each != "f8"] == LEAD


def _is_absent(ports: dict[str, str]) -> bool:
    return ports.get("recorder:edmd_melody") == "absent"


def test_nobody_is_told_where_it_is_off(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, "--seed", "3", "-o", "midi.programs=false"):
        recorder.connect()
        until(lambda: bool(recorder.notes(PORTS[0])), "it plays")
        time.sleep(1.5)
        assert told(recorder, PORTS[0]) == told(recorder, PORTS[1]) == []
