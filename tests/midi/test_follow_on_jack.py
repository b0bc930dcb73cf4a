"""Clocks between edmd and programs that were not written here: jack_midi_clock and jack_mclk_dump, on a JACK server."""

import re
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.midi.conftest import Recorder, running_server, until
from tests.midi.jack_clock import (
    CALM,
    OURS,
    PERIOD,
    RATE,
    TEMPO,
    begin_of_song,
    clocks,
    connect_ours,
    midi_clock,
    phase_errors,
    recorder_frame,
    sinks,
    steady,
)
from tests.midi.playing import Edmd, playing
from tests.midi.timebase import Timebase
from tests.training import tiny

pytestmark = pytest.mark.midi

PLAIN = ("-o", "parameters.humanize=0", "-o", "parameters.swing=0", "--seed", "3")
MIDI = ("-o", "time.source=midi", *PLAIN)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    needs.library("jack")
    with (
        running_server(CALM, PERIOD, "-R"),
        Recorder(*OURS, "jack_midi_clock", server=CALM) as recording,
    ):
        yield recording
        time.sleep(
            1.0
        )  # the server must let the killed clients of the daemon go, or it dies as it ends and leaves its memory


def ons(recorder: Recorder) -> list[int]:
    return [h.frame for h in recorder.notes("edmd percussion") if h.message[0] & 0xF0 == 0x90]


def is_playing(edmd: Edmd) -> bool:
    return bool(edmd.client.state()["transport"]["state"] == "playing")


def test_jack_mclk_dump_reads_our_tempo(recorder: Recorder, bundle: Path) -> None:
    with playing(bundle, *PLAIN, "-o", "parameters.tempo=127") as edmd:
        edmd.wait_for_ticks(4)
        source = recorder.sources("edmd melody")[0]
        dump = subprocess.Popen(
            ["stdbuf", "-oL", needs.program("jack_mclk_dump"), "-n", "-b", "1.0", source],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            with steady(recorder):
                time.sleep(12)
        finally:
            dump.terminate()
            said, _ = dump.communicate(timeout=10)
    tempos = [float(each) for each in re.findall(r"flt:\s*([\d.]+)\[BPM\]", said)]
    assert len(tempos) > 200, said[:500]
    assert statistics.median(tempos[len(tempos) // 2 :]) == pytest.approx(127.0, abs=0.1)


def test_we_follow_jack_midi_clock_from_start_stop_continue_and_relocation(
    recorder: Recorder, bundle: Path
) -> None:
    needs.program("jack_midi_clock")
    with playing(bundle, *MIDI) as edmd, Timebase(TEMPO, CALM) as transport:
        connect_ours(recorder)
        until(lambda: bool(sinks("edmd control")), "edmd control appears")
        sixteenth = transport.frames_per_beat / 4
        with midi_clock(recorder):
            assert not ons(recorder), "nothing plays before the clock starts"

            transport.start()
            until(lambda: is_playing(edmd), "it starts with the clock")
            with steady(recorder):
                time.sleep(10)
            state = edmd.client.state()
            start = begin_of_song(recorder, transport.frames_per_beat)
            assert state["clock"]["locked"]
            assert state["transport"]["clock_source"] == "midi"
            assert state["transport"]["tempo"] == pytest.approx(
                TEMPO, abs=0.5
            )  # of a moment; the mean is below
            assert state["params"]["tempo"] == state["transport"]["tempo"]
            assert state["transport"]["beat"] == pytest.approx(
                transport.frame / transport.frames_per_beat, abs=0.3
            )
            two_beats = [f for f in ons(recorder) if f - start > 2 * transport.frames_per_beat]
            errors = phase_errors(two_beats, start, sixteenth)
            assert len(errors) > 20
            assert sorted(map(abs, errors))[int(0.95 * len(errors))] <= 5.0
            sent = [frame for frame in clocks(recorder) if frame - start > 2 * transport.frames_per_beat]
            assert 60 * RATE * (len(sent) - 1) / 24 / (sent[-1] - sent[0]) == pytest.approx(TEMPO, abs=0.1)

            transport.stop()
            until(lambda: not is_playing(edmd), "it stops with the clock")
            time.sleep(0.2)
            assert not recorder.sounding("edmd percussion")

            transport.locate(4 * 16 + 4)
            time.sleep(0.5)
            before = len(ons(recorder))
            transport.start()
            until(lambda: is_playing(edmd), "it goes on with the clock")
            with steady(recorder):
                time.sleep(4)
            start = begin_of_song(recorder, transport.frames_per_beat)
            late = [f for f in ons(recorder)[before:] if f > recorder_frame(recorder) - 2 * RATE]
            errors = phase_errors(late, start, sixteenth)
            assert sorted(map(abs, errors))[int(0.95 * len(errors))] <= 5.0
            beats = transport.frame / transport.frames_per_beat
            assert edmd.client.state()["transport"]["beat"] == pytest.approx(beats, abs=0.3)


def test_a_player_that_dies_while_the_foreign_transport_is_stopped_starts_nothing(
    recorder: Recorder, bundle: Path
) -> None:
    needs.program("jack_midi_clock")
    with playing(bundle, *MIDI) as edmd, Timebase(TEMPO, CALM) as transport:
        connect_ours(recorder)
        until(lambda: bool(sinks("edmd control")), "edmd control appears")
        with midi_clock(recorder):
            for _ in range(2):  # before the first start, and after a stop
                time.sleep(2.0)  # the standby knows the connections
                replace_player(edmd)
                assert_silent(edmd, recorder, 2.5)
                transport.start()
                until(lambda: is_playing(edmd), "it plays with the clock")
                assert_heard(recorder)
                transport.stop()
                until(lambda: not is_playing(edmd), "it stops with the clock")


def replace_player(edmd: Edmd) -> None:
    dead = edmd.player
    dead.kill()
    until(lambda: not dead.is_running() and edmd.player.pid != dead.pid, "another player is there")


def assert_silent(edmd: Edmd, recorder: Recorder, seconds: float) -> None:
    before = len(ons(recorder))
    time.sleep(seconds)
    assert not is_playing(edmd)
    assert len(ons(recorder)) == before


def assert_heard(recorder: Recorder) -> None:
    before = len(ons(recorder))
    until(lambda: len(ons(recorder)) > before, "it is heard")


def test_a_clock_that_vanishes_leaves_the_internal_one(recorder: Recorder, bundle: Path) -> None:
    needs.program("jack_midi_clock")
    with playing(bundle, *MIDI) as edmd, Timebase(TEMPO, CALM) as transport:
        connect_ours(recorder)
        until(lambda: bool(sinks("edmd control")), "edmd control appears")
        with midi_clock(recorder):
            transport.start()
            until(lambda: is_playing(edmd), "it plays")
            with steady(recorder):
                time.sleep(3.0)
        edmd.until(lambda: edmd.client.state()["clock"]["leader"] == "internal", "the internal clock leads")
        state = edmd.client.state()
        assert state["clock"]["source"] == "midi"
        assert not state["clock"]["locked"]
        assert state["params"]["tempo"] == pytest.approx(TEMPO, abs=1.0)
        edmd.wait_for_ticks(8)
