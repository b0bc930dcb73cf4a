import pytest

from daemon.player.ports.memory_ports import MemoryDriver, MemoryPort
from daemon.player.ports.outputs import Outputs, PortError, find_port
from daemon.player.timing.clock import VirtualClock

ALSA_NAMES = (
    "Midi Through:Midi Through Port-0 14:0",
    "FLUID Synth (812):Synth in 128:0",
    "synth 129:0",
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("synth", "synth 129:0"),  # the whole name, without ALSA's numbers
        ("fluid", "FLUID Synth (812):Synth in 128:0"),  # the beginning
        ("Through Port", "Midi Through:Midi Through Port-0 14:0"),  # a part
        ("nothing", ""),
    ],
)
def test_ports_are_found_by_name_beginning_or_part(wanted: str, found: str) -> None:
    assert find_port(ALSA_NAMES, wanted) == found


def test_a_part_found_first_does_not_win_over_an_exact_name() -> None:
    assert find_port(("My synth", "synth 2", "synth"), "synth") == "synth"


def outputs(*visible: str, **routes: str) -> tuple[Outputs, MemoryDriver]:
    driver = MemoryDriver(VirtualClock(), visible)
    return Outputs(driver, {"lead": "synth", **routes}), driver  # type: ignore[dict-item]


def test_without_a_route_voices_go_to_the_virtual_ports() -> None:
    bank = Outputs(MemoryDriver(VirtualClock()), {"lead": ""})
    assert [bank.port_of(voice) for voice in ("lead", "bass", "chords")] == ["edmd melody"] * 3
    assert bank.port_of("drums") == "edmd percussion"
    assert bank.status() == {"edmd melody": "open", "edmd percussion": "open"}


def test_a_named_port_may_be_absent_come_vanish_and_return() -> None:
    bank, driver = outputs()
    bank.send("synth", b"\x90\x01\x01")
    assert bank.status()["synth"] == "absent"
    for names, state in [(("synth 20:0",), "open to synth 20:0"), ((), "absent")] * 2:
        bank.refresh(names)
        assert bank.status()["synth"] == state
    bank.refresh(("synth 21:0",))
    bank.send("synth", b"\x90\x02\x02")
    assert [message for _, message in driver.ports["synth"].sent] == [b"\x90\x02\x02"]


def test_a_port_that_stays_is_kept_when_a_better_name_comes() -> None:
    bank, _ = outputs("my synth")
    bank.refresh(("synth", "my synth"))
    assert bank.status()["synth"] == "open to my synth"
    assert bank.would_turn(("synth",)) == ("synth",)


def test_two_names_of_one_port_are_one_open_port() -> None:
    bank, _ = outputs("Big synth", bass="Big")
    assert len(bank.open_ports()) == 3


def test_a_port_that_fails_becomes_absent() -> None:
    bank, driver = outputs("synth")
    driver.ports["synth"].close()
    bank.send("synth", b"\xf8")
    assert bank.status()["synth"] == "absent"


class BusyPort(MemoryPort):
    """A port that another program uses until `is_busy` is false."""

    is_busy = True

    def open(self, target: str) -> None:
        """Open unless busy."""
        if self.is_busy:
            raise PortError(f"MIDI port '{target}' is busy")
        super().open(target)


def test_a_port_that_failed_is_told_until_it_opens() -> None:
    driver = MemoryDriver(VirtualClock(), ("synth", "box"))
    busy = {name: BusyPort(name, VirtualClock()) for name in ("synth", "box")}
    driver.ports.update(busy)
    bank = Outputs(driver, {"lead": "synth", "bass": "box"})
    sentences = {"MIDI port 'synth' is busy", "MIDI port 'box' is busy"}
    assert set(bank.status()["midi"].split("; ")) == sentences
    busy["synth"].is_busy = False
    bank.refresh(("synth", "box"))
    assert bank.status()["midi"] == "MIDI port 'box' is busy"
    busy["box"].is_busy = False
    bank.refresh(("synth", "box"))
    assert "midi" not in bank.status()


def test_without_a_driver_all_is_absent_and_nothing_fails() -> None:
    bank = Outputs(None, {"lead": "synth"}, "No MIDI: plug something in")
    bank.send(bank.port_of("lead"), b"\xf8")
    assert bank.open_ports() == ()
    bank.refresh(("synth",))
    assert bank.status() == {
        "edmd melody": "absent",
        "edmd percussion": "absent",
        "synth": "absent",
        "midi": "No MIDI: plug something in",
    }


def test_without_virtual_ports_only_named_ones_open() -> None:
    driver = MemoryDriver(VirtualClock(), ("loopMIDI Port 1",))
    driver.has_virtual = False
    bank = Outputs(driver, {"lead": "loopMIDI"}, "no virtual ports")
    assert bank.status()["edmd melody"] == "absent"
    assert bank.status()["loopMIDI"] == "open to loopMIDI Port 1"


def test_closing_closes_every_port() -> None:
    bank, driver = outputs("synth")
    bank.close()
    assert [port.target for port in driver.ports.values()] == ["", "", ""]


def test_a_closed_memory_port_refuses() -> None:
    with pytest.raises(PortError, match="'synth' is closed"):
        MemoryPort("synth", VirtualClock()).send(b"\xf8")
