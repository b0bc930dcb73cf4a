"""The input role on JACK: `edmd control` works, and its death changes nothing that is heard."""

import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.midi.conftest import Recorder, until
from tests.midi.playing import Edmd, playing
from tests.midi.sending import Sender
from tests.training import tiny

pytestmark = pytest.mark.midi
MAP = "control.map={tempo = {cc = 20, range = [100.0, 150.0], pickup = false}}"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


def tempo_of(edmd: Edmd) -> float:
    return float(edmd.client.get("tempo")["tempo"])


def test_a_knob_at_edmd_control_sets_a_parameter_also_after_the_role_was_killed(
    recorder: Recorder, bundle: Path
) -> None:
    with playing(bundle, "-o", MAP) as edmd, Sender() as sender:
        recorder.connect()
        sender.connect("edmd control")
        sender.send("b0 14 00", "fe", "b0 14 7f")
        until(lambda: tempo_of(edmd) == 150.0, "the knob has set the tempo")

        edmd.listen(1.0)
        before, first = edmd.role("input"), len(edmd.of("tick"))
        before.send_signal(signal.SIGKILL)
        until(lambda: edmd.role("input").pid != before.pid, "another input role is there")

        def works() -> bool:
            sender.send("b0 14 00")
            time.sleep(0.05)
            return tempo_of(edmd) == 100.0

        until(works, "the knob works again: edmd has connected it", 3.0)
        edmd.listen(0.5)
        ticks = [each["tick"] for each in edmd.of("tick")[first:]]
        assert all(later == earlier + 1 for earlier, later in pairwise(ticks))


def test_a_named_input_is_found_when_it_appears_and_again_when_it_returns(
    recorder: Recorder, bundle: Path
) -> None:
    words = ("-o", MAP, "-o", 'midi.inputs=["knobs"]')
    with playing(bundle, *words) as edmd:
        edmd.role("input")
        for value, tempo in (("00", 100.0), ("7f", 150.0)):
            with Sender("knobs") as sender:
                deadline = time.monotonic() + 8.0  # within 2 s on a quiet machine
                while tempo_of(edmd) != tempo and time.monotonic() < deadline:
                    sender.send(f"b0 14 {value}")
                    time.sleep(0.05)
                assert tempo_of(edmd) == tempo
            time.sleep(1.2)  # the ports are looked at once a second
