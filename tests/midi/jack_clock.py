"""jack_midi_clock as the leader of a clock, and what a recorder hears of it and of edmd, in frames of the JACK server."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import needs
from tests.midi.conftest import SERVER, Recorder, until

RATE = 48000
# The dummy driver loses time with short periods on a busy machine, and so would every tempo here.
PERIOD = 256
CALM = f"{SERVER}-calm"
OURS = ("edmd melody", "edmd percussion")
TEMPO = 124.0


@contextmanager
def midi_clock(recorder: Recorder) -> Iterator[None]:
    """Run jack_midi_clock, connected to `edmd control` and to the recorder, as the other ports are."""
    command = [needs.program("jack_midi_clock"), "-d", "0.2", *sinks("edmd control")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: bool(recorder.sources("jack_midi_clock")), "jack_midi_clock is there")
        recorder.patch(recorder.sources("jack_midi_clock")[0], "jack_midi_clock")
        time.sleep(0.5)
        yield
    finally:
        process.terminate()
        process.wait(10)


def connect_ours(recorder: Recorder) -> None:
    for port in OURS:
        until(lambda port=port: bool(recorder.sources(port)), f"{port} appears")  # type: ignore[misc]
        recorder.patch(recorder.sources(port)[0], port)


def sinks(name: str, *, is_input: bool = True) -> list[str]:
    client = needs.library("jack").Client("look", no_start_server=True, servername=CALM)
    with client:
        ports = client.get_ports(name, is_midi=True, is_input=is_input, is_output=not is_input)
        return [port.name for port in ports]


def clocks(recorder: Recorder) -> list[int]:
    """Return the frames of the clocks that edmd sent."""
    return [heard.frame for heard in list(recorder.heard["edmd melody"]) if heard.message == b"\xf8"]


def phase_errors(frames: list[int], start: float, per_sixteenth: float) -> list[float]:
    """Return by how many ms each note is away from the sixteenths of the song, which began at frame `start`."""
    places = [(frame - start) / per_sixteenth for frame in frames]
    return [(place - round(place)) * per_sixteenth / RATE * 1e3 for place in places]


def recorder_frame(recorder: Recorder) -> int:
    """Return the server's frame time now."""
    return int(recorder._client.frame_time)


def begin_of_song(recorder: Recorder, frames_per_beat: float) -> float:
    """Return the frame of song position 0: after a start or continue, the next clock is at the position told last."""
    position, begins, began = 0, 0.0, False
    for frame, _, message in list(recorder.heard["jack_midi_clock"]):
        if message[0] == 0xF2:
            position = message[1] + 128 * message[2]
        elif message[0] in (0xFA, 0xFB):
            began, position = True, position if message[0] == 0xFB else 0
        elif message[0] == 0xF8 and began:
            begins, began = frame - position * frames_per_beat / 4, False
    return begins


@contextmanager
def steady(recorder: Recorder) -> Iterator[None]:
    """Skip the test if the server loses time meanwhile: then every clock of it pauses, and no figure means anything."""
    began, first = time.perf_counter(), recorder_frame(recorder)
    yield
    rate = (recorder_frame(recorder) - first) / (time.perf_counter() - began)
    if abs(rate - RATE) > RATE / 1000:
        pytest.skip(
            f"this machine is too busy: JACK's dummy driver does {rate:.0f} frames a second, not {RATE}"
        )
