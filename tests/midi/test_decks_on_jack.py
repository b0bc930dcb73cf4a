"""Two decks of one player process on a real JACK server: ports, notes, removal, and a killed player."""

import os
import signal
import statistics
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from daemon.link.channel import socket_pair
from daemon.link.player import AddDeck, Began, Ports, RemoveDeck, Transport
from daemon.link.supervision import Attach, Promote, Ready
from daemon.player.link import PlayerSettings
from models.notes import MAIN, PULSES_PER_TICK
from tests.daemon.roles import RoleProcess
from tests.midi.composing import LONG, TEMPO, Composer, Music
from tests.midi.conftest import Recorder, is_seen, until

pytestmark = pytest.mark.midi

MAIN_PORTS = ("edmd melody", "edmd percussion")
PORTS = ("edmd b melody", "edmd b percussion")
TEMPO_B = 97.0


@pytest.fixture
def recorder(jack_server: str) -> Iterator[Recorder]:
    with Recorder(*MAIN_PORTS, *PORTS) as recording:
        yield recording


@pytest.fixture
def composers() -> Iterator[list[Composer]]:
    started: list[Composer] = []
    yield started
    for composer in started:
        composer.role.kill()
        composer.link.close()


def begin(composers: list[Composer], note_length: int = 60) -> Composer:
    composers.append(Composer(note_length))
    attached = composers[-1].add("b", TEMPO_B)
    assert [attached.ports[name] for name in (*MAIN_PORTS, *PORTS)] == ["open"] * 4
    return composers[-1]


def gap_seconds(recorder: Recorder, port: str) -> float:
    """Return the median time between note-ons."""
    ons = [each.seconds for each in recorder.notes(port) if each.message[0] & 0xF0 == 0x90]
    return statistics.median(after - before for before, after in pairwise(ons))


def test_each_decks_notes_and_clock_arrive_at_its_own_ports(
    recorder: Recorder, composers: list[Composer]
) -> None:
    composer = begin(composers)
    composer.play(recorder, 3.0)
    composer.quit()
    for ports, tempo in ((MAIN_PORTS, TEMPO), (PORTS, TEMPO_B)):
        assert gap_seconds(recorder, ports[0]) == pytest.approx(15 / tempo, abs=0.02)
        ons = [each.message for each in recorder.notes(ports[0]) if each.message[0] & 0xF0 == 0x90]
        assert [message[1] for message in ons] == list(range(40, 40 + len(ons)))
        assert {each.message[0] & 0x0F for each in recorder.notes(ports[1])} == {9}
        clocks = [each.seconds for each in recorder.heard[ports[0]] if each.message == b"\xf8"]
        gaps = [after - before for before, after in pairwise(clocks)]
        assert statistics.median(gaps) == pytest.approx(60 / tempo / 24, abs=0.008)
        assert recorder.sounding(ports[0]) == recorder.sounding(ports[1]) == set()


def test_a_deck_is_removed_while_it_plays_and_added_again(
    recorder: Recorder, composers: list[Composer]
) -> None:
    composer = begin(composers, LONG)
    composer.play(recorder, 1.0)
    until(lambda: len(recorder.sounding(PORTS[0])) > 2, "notes of the deck sound")
    composer.link.send(RemoveDeck("b"))
    composer.listen(1.0)
    assert recorder.sounding(PORTS[0]) == recorder.sounding(PORTS[1]) == set()
    assert len(recorder.sounding(MAIN_PORTS[0])) > 2
    assert not is_seen(PORTS[0])
    composer.listen(0.2)
    assert PORTS[0] not in composer.of(Ports)[-1].ports
    composer.told.clear()
    attached = composer.add("b", TEMPO_B)
    assert attached.ports[PORTS[0]] == "open"
    assert is_seen(PORTS[0])
    composer.quit()


def test_a_panic_silences_one_deck(recorder: Recorder, composers: list[Composer]) -> None:
    composer = begin(composers, LONG)
    composer.play(recorder, 1.0)
    until(lambda: len(recorder.sounding(PORTS[0])) > 2, "notes of the deck sound")
    composer.link.send(Transport("panic", deck="b"))
    composer.listen(0.1)
    assert b"\xb0\x7b\x00" in [each.message for each in recorder.heard[PORTS[0]]]
    assert b"\xb0\x7b\x00" not in [each.message for each in recorder.heard[MAIN_PORTS[0]]]
    assert len(recorder.sounding(PORTS[0])) < len(recorder.sounding(MAIN_PORTS[0]))
    composer.quit()


def test_the_end_silences_both_decks_within_100_ms(recorder: Recorder, composers: list[Composer]) -> None:
    seconds = []
    for _ in range(3):  # the best counts, because other programs may keep the machine busy
        composer = begin(composers, LONG)
        composer.play(recorder, 1.0)
        until(lambda: len(recorder.sounding(PORTS[0])) > 2, "notes of the deck sound")
        began = time.perf_counter()
        os.kill(composer.process.pid, signal.SIGTERM)
        assert composer.process.wait() == 0
        last = max(recorder.heard[port][-1].seconds for port in (*MAIN_PORTS, *PORTS))
        seconds.append(last - began)
        for port in (*MAIN_PORTS, *PORTS):
            assert recorder.sounding(port) == set()
            recorder.heard[port].clear()
        if seconds[-1] < 0.1:
            return
    pytest.fail(f"the last message came {min(seconds):.3f} s after the signal")


@pytest.fixture
def standby(jack_server: str) -> Iterator[RoleProcess]:
    process = RoleProcess("standby", "daemon.player.role", PlayerSettings(api="jack"), forks=False)
    yield process
    process.kill()


def link(player: RoleProcess, standby: RoleProcess) -> None:
    ours, theirs = socket_pair()
    player.channel.send(Attach("standby"), ours)
    standby.channel.send(Attach("player"), theirs)


def test_a_killed_players_standby_connects_both_decks_and_goes_on_in_phase(
    recorder: Recorder, composers: list[Composer], standby: RoleProcess
) -> None:
    killed = begin(composers, LONG)
    link(killed.role, standby)
    killed.play(recorder, 2.0)  # until the standby has seen the connections
    until(lambda: len(recorder.sounding(PORTS[0])) > 2, "notes of the deck sound")
    killed.process.kill()
    killed.process.wait()
    killed.hear()
    began = {deck: killed.of(Began, deck)[-1] for deck in (MAIN, "b")}
    time.sleep(0.05)
    before = {port: len(recorder.notes(port)) for port in (MAIN_PORTS[0], PORTS[0])}
    standby.channel.send(Promote(succeeds=True))
    standby.until(lambda: any(isinstance(each, Ready) and each.role == "player" for each in standby.said))
    for ports in (MAIN_PORTS, PORTS):
        until(lambda ports=ports: silenced(recorder, ports[0]), "the successor ends all sound")  # type: ignore[misc]
    successor = Composer(60, standby)
    composers.append(successor)
    successor.take_over(began[MAIN], ())
    left = (*((1, 40 + tick % 40) for tick in range(began["b"].tick + 2)), (10, 36))
    successor.decks["b"] = Music("b", successor.link.send, 60, TEMPO_B)
    successor.link.send(AddDeck("b", True, TEMPO_B))
    successor.take_over(began["b"], left)
    successor.listen(2.5)
    for deck, port in ((MAIN, MAIN_PORTS[0]), ("b", PORTS[0])):
        said = recorder.notes(port)[before[port] :]
        ons = [each.seconds for each in said if each.message[0] & 0xF0 == 0x90]
        assert len(ons) > 8, f"deck {deck} plays"
        assert successor.of(Began, deck)[0].tick > began[deck].tick
        pulses = [began[deck].timeline.pulse_at(seconds) % PULSES_PER_TICK for seconds in ons]
        assert statistics.median(pulses) < 30
        assert b"\xfa" not in [each.message for each in recorder.heard[port] if each.seconds > ons[0]]
    successor.quit()
    assert all(recorder.sounding(port) == set() for port in PORTS)


def silenced(recorder: Recorder, port: str) -> bool:
    return b"\xb0\x7b\x00" in [each.message for each in list(recorder.heard[port])]


def test_a_deck_that_comes_back_is_connected_as_before(
    recorder: Recorder, composers: list[Composer], standby: RoleProcess
) -> None:
    composer = begin(composers)
    link(composer.role, standby)
    composer.play(recorder, 2.0)  # until the standby has seen the connections
    composer.link.send(RemoveDeck("b"))
    composer.listen(1.5)
    composer.told.clear()
    composer.add("b", TEMPO_B)
    composer.listen(1.0)
    before = len(recorder.notes(PORTS[0]))
    composer.decks["b"].start()
    composer.listen(2.0)
    assert len(recorder.notes(PORTS[0])) > before + 10
    composer.quit()
