"""What the standby sees of the input process, in virtual time: a MIDI system that drops one of its clients."""

from types import SimpleNamespace
from typing import Any

import pytest

from daemon.link.inputs import InputPorts
from daemon.link.player import Ports
from daemon.link.supervision import Replace
from daemon.player.ports.wiring import Wiring
from daemon.player.standby import Standby

OURS = (
    "edmd control:edmd control",
    "edmd melody:edmd melody",
    "edmd keys-01:edmd keys",
    "edmd FP-30:edmd FP-30",
    "edmd system:midi_capture_1-02:x",
    "system:midi_playback_1",
)
OPEN = {
    "edmd control": "open",
    "keys": "open to keys 1",
    "FP-30": "open to FP-30 MIDI 1",
    "system:midi_capture_1": "open to system:midi_capture_1",
}


class Bench:
    """A standby, a MIDI system with these input ports, and a clock that the test moves."""

    def __init__(self) -> None:
        self.seconds, self.sent = 0.0, list[Any]()
        self.names: tuple[str, ...] = OURS
        self.cycle = 0
        link: Any = SimpleNamespace(
            supervisor=SimpleNamespace(send=self.sent.append), send_to=lambda *_: None
        )
        clock: Any = SimpleNamespace(now=lambda: self.seconds)
        self.standby = Standby(clock, link, "auto", ("edmd melody", "edmd percussion"), Wiring())
        self.standby.patchbay.close()
        patchbay: Any = SimpleNamespace(
            api="jack",
            has_ended=False,
            watch=lambda _: None,
            poll=lambda: (),
            names=lambda: self.names,
            has_ports=lambda: True,
            cycles=self._cycles,
        )
        self.standby.patchbay = patchbay
        self.standby._hear(Ports({"edmd melody": "open"}, "jack"))

    def _cycles(self) -> int | None:
        self.cycle += 1
        return self.cycle

    def tell(self, inputs: dict[str, str]) -> None:
        self.standby._hear(InputPorts(inputs))

    def wait(self, seconds: float) -> list[str]:
        """Let time pass; return the roles that are to be replaced."""
        end = self.seconds + seconds
        while self.seconds < end:
            self.seconds += 0.05
            self.standby._look()
        return [each.role for each in self.sent if isinstance(each, Replace)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("lost", ["edmd control", "edmd keys", "edmd FP-30", "edmd system"])
def test_an_input_whose_client_was_dropped_is_replaced_once(bench: Bench, lost: str) -> None:
    bench.tell(OPEN)
    assert bench.wait(5.0) == []
    bench.names = tuple(name for name in OURS if not name.startswith(lost))
    assert bench.wait(0.9) == []
    assert bench.wait(9.0) == ["input"]
    bench.names = OURS
    bench.tell(OPEN)
    assert bench.wait(5.0) == ["input"]


def test_a_port_that_is_not_open_need_not_be_there(bench: Bench) -> None:
    bench.tell(OPEN)
    bench.names = tuple(name for name in OURS if "keys" not in name)
    assert bench.wait(0.5) == []
    bench.tell(OPEN | {"keys": "absent"})
    assert bench.wait(5.0) == []


def test_a_new_standby_learns_the_inputs_with_the_other_ports(bench: Bench) -> None:
    bench.standby._inputs = None
    bench.standby._hear(Ports({"edmd melody": "open"}, "jack", inputs={"edmd control": "open"}))
    assert bench.wait(1.0) == []
    bench.names = ()
    assert bench.wait(3.0) == ["input"]


def test_a_new_input_process_has_time_to_open_its_ports(bench: Bench) -> None:
    bench.tell(OPEN)
    assert bench.wait(1.0) == []
    bench.tell({})  # the player tells that another process is there
    bench.names = ("edmd melody:edmd melody",)
    assert bench.wait(10.0) == []
    bench.tell(OPEN)  # its ports are not listed yet
    assert bench.wait(5.0) == []
    bench.names = OURS
    assert bench.wait(2.0) == []
