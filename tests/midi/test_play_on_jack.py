"""`edmd play` on a real JACK server: the sent notes equal telemetry and recording while a client changes the music."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import mido
import pytest

from daemon.parameters import Value
from models.notes import PULSES_PER_BEAT, PULSES_PER_CLOCK, TICKS_PER_BEAT
from tests.daemon.playback import rendered, take_of
from tests.midi.conftest import Recorder, until
from tests.midi.playing import Edmd, playing, rows_of
from tests.training import tiny

pytestmark = pytest.mark.midi

PORTS = ("edmd melody", "edmd percussion")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def edmd(recorder: Recorder, bundle: Path, tmp_path: Path) -> Iterator[Edmd]:
    """A stopped daemon, connected to the recorder, with everything received so far deleted."""
    options = ("-o", f"recording.folder={tmp_path}", "-o", "parameters.humanize=0", "--seed", "3")
    with playing(bundle, *options) as started:
        recorder.connect()
        stop(started, recorder)
        started.told.clear()
        for port in PORTS:
            recorder.heard[port].clear()
        yield started


def stop(edmd: Edmd, recorder: Recorder) -> None:
    edmd.client.transport("stop")
    until(lambda: bool(edmd.client.state()["transport"]["state"] == "stopped"), "it stops")
    until(lambda: recorder.heard[PORTS[0]][-3:] != [], "the end arrives")
    time.sleep(0.1)  # messages on their way arrive
    edmd.listen(0.1)


def heard(recorder: Recorder, port: str) -> list[bytes]:
    return [each.message for each in list(recorder.heard[port])]


def test_what_is_heard_is_what_was_told_and_recorded(edmd: Edmd, recorder: Recorder, tmp_path: Path) -> None:
    edmd.client.record("start", "take")
    edmd.client.transport("play")
    steps: tuple[dict[str, Value], ...] = (
        {"transpose": 5},
        {"tempo": 171.0, "gate": 1.0},
        {"bass.mute": True},
        {"bass.mute": False, "chords.octave": 1},
        {"drums.mute": True, "scale": "C minor"},
        {"drums.mute": False},
    )
    for changes in steps:
        edmd.wait_for_ticks(6)
        edmd.client.set(changes)
    edmd.client.transport("panic")
    edmd.wait_for_ticks(6)
    stop(edmd, recorder)
    edmd.client.record("stop")
    until(lambda: not edmd.client.state()["recording"]["saving"], "the take is written")

    melody, drums = (rows_of(heard(recorder, port)) for port in PORTS)
    assert melody == [row for row in edmd.rows() if row[1] != 10]
    assert drums == [row for row in edmd.rows() if row[1] == 10]
    assert {row[1] for row in melody} == {1, 2, 3}
    assert recorder.sounding(PORTS[0]) == recorder.sounding(PORTS[1]) == set()
    written = mido.MidiFile(tmp_path / "take.mid")
    assert _ons(written) == Counter(row[1:] for row in melody + drums if row[0] == "on")
    assert _onsets(written) == sorted(
        round(each["beat"] * PULSES_PER_BEAT) for each in edmd.of("note") if each["type"] == "on"
    )
    assert edmd.end() == 0


def _ons(file: mido.MidiFile) -> Counter[tuple[int, int, int]]:
    return Counter(
        (message.channel + 1, message.note, message.velocity)
        for track in file.tracks
        for message in track
        if message.type == "note_on" and message.velocity
    )


def _onsets(file: mido.MidiFile) -> list[int]:
    found = []
    for track in file.tracks:
        pulse = 0
        for message in track:
            pulse += message.time
            if message.type == "note_on" and message.velocity:
                found.append(pulse)
    return sorted(found)


def test_the_clock_counts_the_pulses_of_the_notes(edmd: Edmd, recorder: Recorder) -> None:
    edmd.client.transport("play")
    edmd.wait_for_ticks(8)
    edmd.client.set({"tempo": 200.0})
    edmd.wait_for_ticks(12)
    stop(edmd, recorder)
    pulses = [each["beat"] * PULSES_PER_BEAT for each in edmd.of("note") if _is_melodic_on(each)]
    assert len(pulses) > 8
    assert _clocks_before_ons(heard(recorder, PORTS[0]), b"\xfa") == [
        int(pulse // PULSES_PER_CLOCK) + 1 for pulse in pulses
    ]


def test_continue_goes_on_where_stop_left_it(edmd: Edmd, recorder: Recorder) -> None:
    edmd.client.transport("play")
    edmd.wait_for_ticks(7)
    stop(edmd, recorder)
    state = edmd.client.state()["transport"]
    said = heard(recorder, PORTS[0])
    assert said.index(b"\xfa") < len(said)
    assert b"\xfc" in said[said.index(b"\xfa") :]
    clocks = said.count(b"\xf8")
    time.sleep(0.3)
    assert heard(recorder, PORTS[0]).count(b"\xf8") > clocks, "the clock goes on while stopped"
    edmd.told.clear()
    recorder.heard[PORTS[0]].clear()

    edmd.client.transport("continue")
    edmd.wait_for_ticks(8)
    stop(edmd, recorder)
    said = heard(recorder, PORTS[0])
    place = next(message for message in said if message[0] == 0xF2)
    tick = place[1] + 128 * place[2]
    assert tick == state["tick"]
    assert said[said.index(place) + 1] == b"\xfb"
    assert [each["tick"] for each in edmd.of("tick")] == list(range(tick, tick + len(edmd.of("tick"))))
    pulses = [
        each["beat"] * PULSES_PER_BEAT - tick * PULSES_PER_BEAT // TICKS_PER_BEAT
        for each in edmd.of("note")
        if _is_melodic_on(each)
    ]
    assert _clocks_before_ons(said, b"\xfb") == [int(p // PULSES_PER_CLOCK) + 1 for p in pulses]


def _is_melodic_on(note: dict[str, object]) -> bool:
    return note["type"] == "on" and note["channel"] != 10


def _clocks_before_ons(messages: list[bytes], cue: bytes) -> list[int]:
    """Return for every note-on after the cue how many MIDI clocks came before it."""
    clocks, counts = 0, []
    for message in messages[messages.index(cue) :]:
        clocks += message == b"\xf8"
        if message[0] & 0xF0 == 0x90:
            counts.append(clocks)
    return counts


def test_a_mute_ends_what_sounds(edmd: Edmd, recorder: Recorder) -> None:
    edmd.client.set({"gate": 1.0})
    edmd.client.transport("play")
    until(lambda: _channels(recorder) >= {1, 3}, "lead and bass sound")
    edmd.client.set({"bass.mute": True})
    edmd.wait_for_ticks(3)
    assert 3 not in _channels(recorder)
    edmd.client.set({"bass.mute": False})
    until(lambda: 3 in _channels(recorder), "the bass returns")


def _channels(recorder: Recorder) -> set[int]:
    return {channel + 1 for channel, _ in recorder.sounding(PORTS[0])}


def test_a_change_is_heard_within_two_ticks(edmd: Edmd) -> None:
    edmd.client.transport("play")
    edmd.wait_for_ticks(6)
    now = edmd.client.state()["transport"]["tick"]
    assert edmd.client.set({"classical_mix": 0.8}).effective_beat * TICKS_PER_BEAT <= now + 3
    effect = edmd.client.set({"lead.octave": 3, "bass.octave": 3, "chords.octave": 3}).effective_beat
    edmd.wait_for_ticks(8)
    notes = [each for each in edmd.of("note") if _is_melodic_on(each)]
    before = [each["pitch"] for each in notes if each["beat"] < effect]
    after = [each["pitch"] for each in notes if each["beat"] >= effect]
    assert max(before) - 36 < min(after) + 24
    assert min(after) > min(before) + 24


def test_a_tempo_set_while_stopped_moves_the_clock(edmd: Edmd, recorder: Recorder) -> None:
    edmd.client.set({"tempo": 20.0})
    time.sleep(0.5)
    recorder.heard[PORTS[0]].clear()
    edmd.client.set({"tempo": 300.0})
    time.sleep(1.0)
    assert heard(recorder, PORTS[0]).count(b"\xf8") > 40  # 300 BPM sends 120 a second, 20 BPM only 8


def test_the_same_take_as_rendered(recorder: Recorder, bundle: Path, tmp_path: Path) -> None:
    options = ("--seed", "11", "--bars", "3", "-o", "play.horizon_seconds=0.75", "-o", "parameters.tempo=160")
    live = tmp_path / "live.mid"
    with playing(bundle, *options, "--record", str(live)) as edmd:
        edmd.wait_for_ticks(10)
        effect = edmd.client.set({"transpose": 7, "swing": 0.5}).effective_beat
        assert edmd.process.wait(30) == 0
    tick = round(effect * TICKS_PER_BEAT)
    offline = rendered(bundle, 11, 3, tempo=160.0, changes={tick: {"transpose": 7, "swing": 0.5}})
    assert take_of(live) == offline
    assert len(offline) > 40
