"""What is remembered of connections while ports come and go."""

import os
from pathlib import Path

import pytest

from daemon.player.ports.wiring import Pair, Wiring

SYNTH = Pair("edmd melody:edmd melody", "synth:in")
BOTH = {SYNTH.ours, SYNTH.other}


def made(wiring: Wiring, ports: set[str], *connected: Pair) -> list[Pair]:
    return [*wiring.look(ports, connected)]


@pytest.mark.parametrize("gone", sorted(BOTH))
def test_a_port_that_returns_is_connected_again(gone: str) -> None:
    wiring = Wiring()
    assert made(wiring, BOTH, SYNTH) == []
    assert made(wiring, BOTH) == []  # a dying program loses its connections first
    for _ in range(100):
        assert made(wiring, BOTH - {gone}) == []
    assert made(wiring, BOTH) == [SYNTH]
    assert made(wiring, BOTH) == [SYNTH]  # until it is connected
    assert made(wiring, BOTH, SYNTH) == []


def test_what_is_cut_by_hand_stays_cut() -> None:
    wiring = Wiring()
    made(wiring, BOTH, SYNTH)
    assert [made(wiring, BOTH) for _ in range(9)] == [[]] * 9
    assert wiring.pairs == ()
    made(wiring, {SYNTH.ours})
    assert made(wiring, BOTH) == []


def test_a_port_of_ours_that_was_opened_anew_between_two_looks_is_connected_again() -> None:
    wiring = Wiring()
    made(wiring, BOTH, SYNTH)
    wiring.expect_again(["edmd melody"])
    assert made(wiring, BOTH) == [SYNTH]


def test_a_device_that_returns_with_another_number_is_connected_again() -> None:
    wiring = Wiring()
    before = SYNTH._replace(other="a2j:Digitakt [20] (playback): Digitakt MIDI 1")
    after = SYNTH._replace(other="a2j:Digitakt [24] (playback): Digitakt MIDI 1")
    made(wiring, {*before}, before)
    made(wiring, {SYNTH.ours})
    made(wiring, {SYNTH.ours, after.other, "synth:in"})
    assert made(wiring, {SYNTH.ours, after.other, "synth:in"}) == [after]


def test_of_two_alike_devices_none_is_guessed() -> None:
    wiring = Wiring()
    before = SYNTH._replace(other="a2j:Digitakt [20] (playback): Digitakt MIDI 1")
    alike = {before.other.replace("20", number) for number in ("24", "28")}
    made(wiring, {*before}, before)
    for _ in range(3):
        assert made(wiring, {SYNTH.ours, *alike}) == []


def test_a_twin_that_was_there_all_along_is_not_meant() -> None:
    wiring = Wiring()
    gone = SYNTH._replace(other="a2j:Volca [20] (playback): Volca MIDI 1")
    twin, back = (gone.other.replace("20", number) for number in ("24", "28"))
    made(wiring, {*gone, twin}, gone)
    for _ in range(3):
        assert made(wiring, {SYNTH.ours, twin}) == []
    assert made(wiring, {*gone, twin}) == [gone]
    assert made(wiring, {*gone, twin}, gone) == []
    made(wiring, {SYNTH.ours, twin})
    made(wiring, {SYNTH.ours, twin, back})
    assert made(wiring, {SYNTH.ours, twin, back}) == [gone._replace(other=back)]


def test_it_outlives_the_daemon(tmp_path: Path) -> None:
    path = tmp_path / "state" / "wiring.json"
    wiring = Wiring(path)
    made(wiring, BOTH, SYNTH)
    assert wiring._file.drain(20.0)
    assert made(Wiring(path), BOTH) == [SYNTH]
    path.write_text("[[1]]")
    assert Wiring(path).pairs == ()


def test_a_file_that_is_damaged_at_any_byte_is_right_or_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "wiring.json"
    wiring, other = Wiring(path), Pair(SYNTH.ours, "another:in")
    for pairs in ([SYNTH], [SYNTH, other]):
        made(wiring, {*BOTH, other.other}, *pairs)
        assert wiring._file.drain(20.0)
    content, found = path.read_bytes(), set()
    assert b"[" in content
    for place in range(len(content)):
        for damage in (content[:place], content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]):
            path.write_bytes(damage)
            found.add(Wiring(path).pairs)
    assert found <= {(SYNTH,), (SYNTH, other), (other, SYNTH)}
    assert len([*tmp_path.iterdir()]) == 2


def test_a_pipe_in_the_place_of_its_folder_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state")
    wiring = Wiring(tmp_path / "state" / "wiring.json")
    made(wiring, BOTH, SYNTH)
    assert wiring._file.drain(20.0)
    assert wiring.pairs == (SYNTH,)


def test_memory_is_limited() -> None:
    wiring = Wiring()
    for number in range(1000):
        made(wiring, {f"deck {number}:out", "synth:in"}, Pair(f"deck {number}:out", "synth:in"))
        made(wiring, {*BOTH}, SYNTH)
    assert len(wiring.pairs) == 512
    assert wiring.pairs[-2].ours == "deck 999:out"
    assert wiring.pairs[-1] == SYNTH, "one that is connected is never forgotten"
