"""A real synthesiser plays what `edmd play` sends: FluidSynth on both ports of edmd, recorded from its JACK outputs."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from daemon.parameters import Value
from tests import needs
from tests.midi import fluid
from tests.midi.conftest import SERVER, Recorder, running_server, until
from tests.midi.playing import Edmd, playing
from tests.training import tiny

pytestmark = pytest.mark.midi

MELODY, PERCUSSION = "edmd melody", "edmd percussion"
SOUNDING = f"{SERVER}-sound"
RATE = 48000
# The recorder copies every period in Python.
PERIOD = 512
SECONDS = 4.0
LOUD, SILENT = 0.02, 1e-4
"""Root mean square of full scale: what a listener hears as music, and as nothing."""
ONLY_DRUMS: dict[str, Value] = {f"{voice}.mute": True for voice in ("lead", "chords", "bass")}


class SoundRecorder(Recorder):
    """A recorder of the messages on our ports and of the sound of FluidSynth."""

    def __init__(self) -> None:
        super().__init__(MELODY, PERCUSSION, server=SOUNDING)
        self._sides = [self._client.inports.register(name) for name in ("left", "right")]
        self._periods: list[list[bytes]] = []

    def connect_synthesiser(self) -> None:
        """Connect our ports to FluidSynth, and FluidSynth to this recorder."""
        for port in (MELODY, PERCUSSION):
            self._client.connect(self.sources(port)[0], fluid.INPUT)
        self.connect_sound()

    def connect_sound(self) -> None:
        """Connect FluidSynth to this recorder."""
        for output, side in zip(fluid.OUTPUTS, self._sides, strict=True):
            self._client.connect(output, side)

    def feeders(self) -> list[str]:
        """Return the ports that are connected to FluidSynth's input; none while it is not there."""
        if not self._client.get_ports(fluid.INPUT):
            return []
        return sorted(each.shortname for each in self._client.get_all_connections(fluid.INPUT))

    def record(self, path: Path, seconds: float = SECONDS) -> float:
        """Write so many seconds of sound from now on to a WAV file, and return the RMS of what is in it."""
        first, count = len(self._periods), round(seconds * RATE / PERIOD)
        until(lambda: len(self._periods) >= first + count, "the server has played", 10 * seconds)
        sides = zip(*self._periods[first : first + count], strict=True)
        samples = np.stack([np.frombuffer(b"".join(side), np.float32) for side in sides], axis=1)
        soundfile = needs.library("soundfile")
        soundfile.write(path, samples, RATE)
        written, rate = soundfile.read(path)
        assert (len(written), rate) == (count * PERIOD, RATE)
        return float(np.sqrt(np.mean(written**2)))

    def _process(self, frames: int) -> None:
        super()._process(frames)
        self._periods.append([bytes(side.get_buffer()) for side in self._sides])


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def recorder() -> Iterator[SoundRecorder]:
    for name in ("jack", "fluidsynth", "soundfile"):
        needs.library(name)
    with running_server(SOUNDING, PERIOD), SoundRecorder() as recording:
        yield recording
        time.sleep(1.0)  # the server must let the clients of the daemon go, or it dies as it ends


@pytest.fixture
def edmd(recorder: SoundRecorder, bundle: Path) -> Iterator[Edmd]:
    """A stopped daemon; nobody has heard a note of it."""
    with playing(bundle, "--seed", "3") as started:
        started.client.transport("stop")
        until(lambda: bool(started.client.state()["transport"]["state"] == "stopped"), "it stops")
        recorder.connect()
        time.sleep(0.2)  # messages on their way arrive
        yield started


def channels(recorder: Recorder, port: str) -> set[int]:
    """Return the channels, counted from 1, of the notes that began."""
    return {1 + each.message[0] % 16 for each in recorder.notes(port) if each.message[0] & 0xF0 == 0x90}


def fades(recorder: SoundRecorder, path: Path) -> None:
    """Wait for silence: releases, cymbals and reverb take some seconds."""
    until(lambda: recorder.record(path, 0.5) < SILENT, "nothing sounds")


def begin_again(recorder: Recorder) -> None:
    for heard in recorder.heard.values():
        heard.clear()


def test_it_is_heard_while_edmd_plays_with_the_drums_on_channel_10(
    recorder: SoundRecorder, edmd: Edmd, tmp_path: Path
) -> None:
    with fluid.running(SOUNDING) as synthesiser:
        recorder.connect_synthesiser()
        until(lambda: synthesiser.presets()[1].program == 81, "the lead's program arrives")
        presets = synthesiser.presets()
        assert [presets[channel].program for channel in (2, 3)] == [89, 38]
        assert (presets[10].bank, presets[10].program) == (fluid.DRUM_BANK, 0)
        assert recorder.record(tmp_path / "before.wav", 1.0) < SILENT

        begin_again(recorder)
        edmd.client.transport("play")
        assert recorder.record(tmp_path / "all.wav") > LOUD
        assert channels(recorder, MELODY) == {1, 2, 3}
        assert channels(recorder, PERCUSSION) == {10}

        edmd.client.transport("stop")
        fades(recorder, tmp_path / "stopped.wav")


def test_the_drums_alone_are_heard_and_nothing_else_sounds(
    recorder: SoundRecorder, edmd: Edmd, tmp_path: Path
) -> None:
    with fluid.running(SOUNDING):
        recorder.connect_synthesiser()
        edmd.client.set(ONLY_DRUMS)
        begin_again(recorder)
        edmd.client.transport("play")
        assert recorder.record(tmp_path / "drums.wav") > LOUD
        assert channels(recorder, PERCUSSION) == {10}
        assert channels(recorder, MELODY) == set()

        edmd.client.set({"drums.mute": True})
        fades(recorder, tmp_path / "nothing.wav")


def test_one_that_is_started_anew_is_heard_again(recorder: SoundRecorder, edmd: Edmd, tmp_path: Path) -> None:
    ours = ["edmd melody", "edmd percussion"]
    edmd.client.transport("play")
    with fluid.running(SOUNDING):
        recorder.connect_synthesiser()
        assert recorder.record(tmp_path / "first.wav", 2.0) > LOUD
        assert recorder.feeders() == ours
    assert recorder.feeders() == []
    with fluid.running(SOUNDING) as second:
        until(lambda: recorder.feeders() == ours, "edmd has connected it again")
        until(lambda: second.presets()[1].program == 81, "the lead's program arrives")
        recorder.connect_sound()
        assert recorder.record(tmp_path / "second.wav", 2.0) > LOUD
