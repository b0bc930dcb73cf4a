"""A controller on a real MIDI system: its knobs change parameters, are learned, and are shown the values."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from daemon.link.inputs import CONTROL_PORT
from tests import needs
from tests.midi.conftest import until
from tests.midi.playing import Edmd, playing
from tests.training import tiny

pytestmark = [pytest.mark.midi, pytest.mark.timeout(120)]
MAP = "control.map={energy = {cc = 20, pickup = false}, lead.mute = {note = 36}, tap = {note = 37}}"


class Box:
    """A controller with an output for its knobs and an input for its lights, connected to edmd."""

    def __init__(self) -> None:
        self._shown: list[list[int]] = []
        rtmidi = needs.library("rtmidi")
        self.out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="box out")
        self.lights = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="box in")
        self.connect()

    def connect(self) -> None:
        """Open both ports, anew if they are open: rtmidi does not tell if JACK has refused the connection."""
        for port in (self.out, self.lights):
            port.close_port()
            until(partial(self._open, port), f"there is a port {CONTROL_PORT}")

    def send(self, *message: int) -> None:
        self.out.send_message(list(message))
        time.sleep(0.005)

    def shown(self) -> list[list[int]]:
        """Return all that has arrived for the lights."""
        while found := self.lights.get_message():
            self._shown.append(list(found[0]))
        return self._shown

    def close(self) -> None:
        for port in (self.out, self.lights):
            port.close_port()
            port.delete()

    def _open(self, port: Any) -> bool:
        for index, name in enumerate(port.get_ports()):
            if CONTROL_PORT in name:
                port.open_port(index)
                return True
        return False


@contextmanager
def box() -> Iterator[Box]:
    made = Box()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def edmd(jack_server: str, tmp_path: Path) -> Iterator[Edmd]:
    options = ("-o", "midi.api=jack", "-o", MAP, "-o", f"control.learned={tmp_path / 'controls.toml'}")
    with playing(tiny.write(tmp_path / "bundle"), *options) as running:
        until(lambda: _ports(running).get(CONTROL_PORT) == "open", "the input is open")
        yield running


def _ports(edmd: Edmd) -> dict[str, str]:
    ports: dict[str, str] = edmd.client.request("learn", action="list")["ports"]
    return ports


def is_heard(edmd: Edmd, desk: Box) -> bool:
    """Turn the knob, and return whether edmd has followed: a busy machine connects new JACK clients late."""
    for step in range(128):
        desk.send(0xB0, 20, step)
    if edmd.client.get("energy")["energy"] == 1.0:
        return True
    time.sleep(0.5)
    is_there = edmd.client.get("energy")["energy"] == 1.0
    if not is_there:
        desk.connect()
    return is_there


def becomes(edmd: Edmd, name: str, value: Any) -> None:
    until(lambda: edmd.client.get(name)[name] == value, f"{name} is {value}")


def test_knobs_and_keys_change_parameters_and_are_shown_them(edmd: Edmd) -> None:
    with box() as desk:
        until(lambda: is_heard(edmd, desk), "the knob is heard")
        desk.send(0x90, 36, 100)
        desk.send(0x80, 36, 0)
        becomes(edmd, "lead.mute", True)
        until(lambda: [0x90, 36, 127] in desk.shown(), "the key is lit")
        edmd.client.set({"energy": 0.0})
        until(lambda: [0xB0, 20, 0] in desk.shown(), "the knob is shown its value")
        before = edmd.client.get("tempo")["tempo"]
        for _ in range(4):
            desk.send(0x90, 37, 100)
            desk.send(0x80, 37, 0)
            time.sleep(0.3)
        until(lambda: edmd.client.get("tempo")["tempo"] != before, "four taps set the tempo")


def test_a_knob_is_learned_kept_and_used(edmd: Edmd, tmp_path: Path) -> None:
    with box() as desk:
        started = edmd.client.request("learn", action="start", param="swing")
        assert CONTROL_PORT in started["ports"]
        for step in range(20):
            desk.send(0xB2, 70, step)
        edmd.until(
            lambda: edmd.of("learn")[-1:] != [] and edmd.of("learn")[-1]["state"] == "bound", "it is bound"
        )
        assert edmd.of("learn")[-1]["param"] == "swing"
        kept = tmp_path / "controls.toml"
        until(lambda: kept.exists() and "swing" in kept.read_text(), "it is kept")
        for step in range(128):
            desk.send(0xB2, 70, step)
        becomes(edmd, "swing", 0.75)


def test_all_notes_off_is_a_panic(edmd: Edmd) -> None:
    with box() as desk:
        edmd.until(lambda: any(each["type"] == "on" for each in edmd.of("note")), "music plays")
        for channel in range(16):
            desk.send(0xB0 | channel, 123, 0)
        edmd.wait_for_ticks(8)
        assert edmd.client.state()["transport"]["state"] == "playing", "the music goes on"
