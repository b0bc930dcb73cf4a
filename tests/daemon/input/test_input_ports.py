"""Input ports that come and go, on a MIDI system in memory."""

from daemon.input.ports import InputPorts
from daemon.link.inputs import CONTROL_PORT
from tests.daemon.input.system import System


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


def test_what_comes_after_a_loss_is_told_from_what_came_before() -> None:
    system = System()
    pair = InputPorts(system, ()).control
    system.waiting[CONTROL_PORT] = [(b"\xb0\x01\x40", 0.0)] * 1100
    clock = iter(1.0 + n * 1e-4 for n in range(1_000_000))
    looks = []
    while system.waiting[CONTROL_PORT]:
        pair.has_lost = False
        looks.append((len([*pair.read(lambda: 1.0)]), pair.has_lost))
    assert looks == [(256, False), (256, False), (256, False), (232, True), (0, True)]
    system.waiting[CONTROL_PORT] = [(b"\xb0\x01\x40", 0.0)] * 100
    pair.has_lost = False
    assert len([*pair.read(lambda: next(clock))]) == 0, "nothing of a look comes after what was dropped in it"
    assert pair.has_lost
