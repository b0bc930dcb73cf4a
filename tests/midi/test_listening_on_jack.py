"""Somebody plays on a keyboard that is connected to `edmd control`, and hears the chord in the harmony."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.link.inputs import CONTROL_PORT
from tests.midi.conftest import Recorder, until
from tests.midi.playing import Edmd, playing
from tests.midi.sending import Sender

pytestmark = [pytest.mark.midi, pytest.mark.timeout(120)]
F_MINOR = (53, 56, 60)
CLASSES = {pitch % 12 for pitch in F_MINOR}


@pytest.fixture
def edmd(jack_server: str, tmp_path: Path) -> Iterator[Edmd]:
    options = ("midi.api=jack", f"control.learned={tmp_path / 'controls.toml'}", "parameters.tempo=140")
    words = [word for option in options for word in ("-o", option)]
    with playing(Path("edm"), *words) as running:
        yield running


def play(keys: Sender, status: str, *pitches: int) -> None:
    for pitch in pitches:
        keys.send(f"{status} {pitch:02x} 5a")


def hold(edmd: Edmd, keys: Sender) -> None:
    """Hold the chord until edmd hears it: a busy machine connects new JACK clients late."""

    def is_heard() -> bool:
        play(keys, "80", *F_MINOR)
        play(keys, "90", *F_MINOR)
        edmd.listen(0.2)
        return any(each["chord"] == "Fm" for each in edmd.of("played"))

    until(is_heard, "the chord is heard")


def test_a_chord_that_is_played_in_is_heard_in_bass_and_chords_and_stays_when_released(edmd: Edmd) -> None:
    with Sender("keyboard") as keys, Recorder("edmd melody") as synth:
        synth.connect()
        keys.connect(CONTROL_PORT)
        edmd.wait_for_ticks(16)
        edmd.client.request("listen", action="harmony")
        hold(edmd, keys)
        bar = edmd.of("tick")[-1]["bar"] + 2
        edmd.until(lambda: edmd.of("tick")[-1]["bar"] >= bar, "the bars after the chord begin")
        play(keys, "80", *F_MINOR)
        edmd.until(lambda: edmd.of("tick")[-1]["bar"] >= bar + 3, "the chord goes round")
        edmd.listen(0.2)
        assert edmd.of("played")[-1]["held"] == []
        notes = [each for each in edmd.of("note") if each["type"] == "on"]
        led = [each for each in notes if 4 * bar <= each["beat"] < 4 * bar + 12]
        found = {
            voice: {each["pitch"] % 12 for each in led if each["voice"] == voice}
            for voice in ("bass", "chords")
        }
        assert found["chords"] == CLASSES
        assert 5 in found["bass"] <= CLASSES
        sent = {message.message[1] for message in synth.notes("edmd melody")}
        assert {each["pitch"] for each in led if each["voice"] != "drums"} <= sent


def test_a_call_that_is_played_in_is_answered(edmd: Edmd) -> None:
    with Sender("keyboard") as keys:
        keys.connect(CONTROL_PORT)
        edmd.wait_for_ticks(8)
        hold(edmd, keys)
        play(keys, "80", *F_MINOR)
        first = edmd.client.request("listen", action="call", bars=1)["effective_bar"]
        edmd.until(lambda: edmd.of("tick")[-1]["tick"] >= 16 * first, "the call begins")
        for pitch in (72, 75, 77):
            play(keys, "90", pitch)
            edmd.wait_for_ticks(3)
            play(keys, "80", pitch)
        edmd.until(lambda: edmd.of("tick")[-1]["bar"] >= first + 2, "it was answered")
        edmd.listen(0.2)
        notes = [each for each in edmd.of("note") if each["type"] == "on"]
        bars = [{each["voice"] for each in notes if each["beat"] // 4 == bar} for bar in (first, first + 1)]
        assert bars[0] <= {"drums"}
        assert "lead" in bars[1]
        assert edmd.of("state")[-1]["listening"]["mode"] == "call"
        edmd.client.request("listen", action="off")
