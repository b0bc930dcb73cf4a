"""Input ports that come and go, on a MIDI system in memory."""

from daemon.input.ports import InputPorts
from daemon.link.inputs import CONTROL_PORT
from daemon.player.ports.outputs import PortError


class System:
    """A MIDI system: the ports that other programs have, the messages that wait at each, and what was sent to each."""

    has_virtual = True

    def __init__(self, *names: str) -> None:
        self.there = list(names)
        self.waiting: dict[str, list[tuple[bytes, float]]] = {}
        self.sent: list[tuple[str, bytes]] = []
        self.clients = 0

    def input(self, name: str) -> "Port":
        self.clients += 1
        return Port(self, name)

    def output(self, name: str) -> "Port":
        self.clients += 1
        return Port(self, name)


class Port:
    def __init__(self, system: System, name: str) -> None:
        self._system, self._name, self._target = system, name, ""

    def open_virtual(self) -> str:
        self._target = self._name
        return self._name

    def open(self, target: str) -> None:
        if target not in self._system.there:
            raise PortError(f"{target} has gone")
        self._target = target

    def names(self) -> tuple[str, ...]:
        return tuple(self._system.there)

    def read(self) -> tuple[bytes, float] | None:
        waiting = self._system.waiting.get(self._target, [])
        return waiting.pop(0) if waiting else None

    def send(self, message: bytes) -> None:
        self._system.sent.append((self._target, message))

    def close(self) -> None:
        self._target = ""

    delete = close


def test_a_controller_is_found_by_a_part_of_its_name_read_and_answered() -> None:
    system = System("edmd melody", "Korg nanoKONTROL2:nanoKONTROL2 CTRL 24:0")
    ports = InputPorts(system, ("nanoKONTROL2",))
    ports.look()
    assert ports.states()["nanoKONTROL2"] == "absent"  # it may not be ready yet
    ports.look()
    assert ports.states() == {
        CONTROL_PORT: "open",
        "nanoKONTROL2": "open to Korg nanoKONTROL2:nanoKONTROL2 CTRL 24:0",
    }
    system.waiting[system.there[1]] = [(b"\xb0\x07\x40", 0.5)]
    pair = ports.pairs["nanoKONTROL2"]
    assert [message for _, message in pair.read(lambda: 1.0)] == [b"\xb0\x07\x40"]
    pair.send(b"\xb0\x29\x7f")
    assert system.sent == [(system.there[1], b"\xb0\x29\x7f")]


def test_a_controller_that_returns_under_another_number_is_found_without_a_new_client() -> None:
    system = System()
    ports = InputPorts(system, ("PADS",))
    clients = system.clients
    for number in range(50):
        system.there = [f"PADS {number}:0"]
        ports.look()
        ports.look()
        assert ports.states()["PADS"] == f"open to PADS {number}:0"
        system.there = []
        ports.look()
        assert ports.states()["PADS"] == "absent"
        ports.pairs["PADS"].send(b"\xb0\x01\x01")
    assert system.clients == clients
    assert system.sent == []


def test_our_own_ports_are_never_inputs() -> None:
    ports = InputPorts(System("edmd melody", "edmd percussion"), ("melody",))
    ports.look()
    assert ports.states()["melody"] == "absent"


def test_a_flood_at_one_port_leaves_the_loop() -> None:
    system = System()
    ports = InputPorts(system, ())
    system.waiting[CONTROL_PORT] = [(b"\xf8", 0.0)] * 10_000
    assert len([*ports.control.read(lambda: 1.0)]) < 1000
