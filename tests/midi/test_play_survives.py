"""`edmd play` on JACK when its processes end, are killed or hang: notes end, and the music continues in phase."""

import logging
import signal
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from daemon.client import Client
from models.notes import TICKS_PER_BEAT
from tests.midi.conftest import ArrivedMessage, Recorder, until
from tests.midi.playing import Edmd, has_gone, playing
from tests.training import tiny

pytestmark = pytest.mark.midi

PORTS = ("edmd melody", "edmd percussion")
SILENT_WITHIN_SECONDS = 0.1
BACK_WITHIN_SECONDS = 1.0
GATEWAY_BACK_WITHIN_SECONDS = 2.0
TRIES = 3
GONE_WITHIN_SECONDS = 1.0
TICK_SECONDS = 60 / 128 / TICKS_PER_BEAT
_log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@contextmanager
def sounding(recorder: Recorder, bundle: Path) -> Iterator[Edmd]:
    """A daemon whose notes arrive at the recorder."""
    with playing(bundle, "-o", "parameters.humanize=0", "-o", "parameters.gate=1", "--seed", "3") as started:
        recorder.connect()
        before = len(recorder.notes(PORTS[0]))
        until(lambda: len(recorder.notes(PORTS[0])) > before + 20, "notes arrive")
        time.sleep(1.2)  # until the patchbay has seen the connections
        yield started


@pytest.fixture
def edmd(recorder: Recorder, bundle: Path) -> Iterator[Edmd]:
    with sounding(recorder, bundle) as started:
        yield started


def sound(recorder: Recorder) -> None:
    until(lambda: bool(recorder.sounding(PORTS[0])), "notes sound")


def is_silent(recorder: Recorder) -> bool:
    return not recorder.sounding(PORTS[0]) and not recorder.sounding(PORTS[1])


def ons(recorder: Recorder, after_seconds: float) -> list[float]:
    """Return the times of the note-ons that arrived after `after_seconds`."""
    return [
        each.seconds
        for port in PORTS
        for each in recorder.notes(port)
        if each.message[0] & 0xF0 == 0x90 and each.seconds > after_seconds
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda each: each.name)
def test_a_signal_silences_everything_and_ends_it(
    recorder: Recorder, bundle: Path, number: signal.Signals
) -> None:
    # The best of three tries counts, because other programs may keep the machine busy.
    for _ in range(TRIES):
        with sounding(recorder, bundle) as edmd:
            silent_seconds = _silenced_seconds(edmd, recorder, number)
        if silent_seconds <= SILENT_WITHIN_SECONDS:
            return
    pytest.fail(f"the last MIDI message came {silent_seconds:.3f} s after the signal")


def _silenced_seconds(edmd: Edmd, recorder: Recorder, number: signal.Signals) -> float:
    """End the daemon with a signal; return how long after it the last MIDI message arrived."""
    sound(recorder)
    began = time.perf_counter()
    assert edmd.end(number) == 0
    _log.info("exit_seconds: %.4f", time.perf_counter() - began)
    assert is_silent(recorder)
    last = {port: [each for each in recorder.heard[port] if each.seconds > began] for port in PORTS}
    ended = {port: [each.message for each in last[port]] for port in PORTS}
    for channel, port in ((0, 0), (1, 0), (2, 0), (9, 1)):
        for controller in (64, 123, 120):
            assert bytes((0xB0 + channel, controller, 0)) in ended[PORTS[port]]
    silent_seconds = max(each.seconds for port in PORTS for each in last[port]) - began
    _log.info("silent_seconds: %.4f", silent_seconds)
    return silent_seconds


def test_a_killed_supervisor_leaves_silence_and_no_process(edmd: Edmd, recorder: Recorder) -> None:
    roles = [edmd.role(name) for name in ("composer", "player", "standby")]
    sound(recorder)
    began = time.monotonic()
    edmd.process.kill()
    until(lambda: is_silent(recorder), "all is silent")
    until(lambda: all(has_gone(role) for role in roles), "all processes have gone")
    assert time.monotonic() - began < GONE_WITHIN_SECONDS


def test_a_killed_composer_leaves_the_player_and_its_clock_and_the_music_comes_back(
    edmd: Edmd, recorder: Recorder
) -> None:
    player = edmd.player
    sound(recorder)
    fell = time.perf_counter()
    edmd.role("composer").kill()
    until(lambda: len(ons(recorder, fell + 0.3)) > 20, "notes arrive again")
    assert edmd.player == player
    clocks = [each.seconds for each in recorder.heard[PORTS[0]] if each.message == b"\xf8"]
    assert max(after - before for before, after in pairwise(clocks) if after > fell) < 0.2
    edmd.client.transport("stop")
    until(lambda: is_silent(recorder), "all is silent")
    assert edmd.end() == 0


def test_a_killed_gateway_costs_no_note_and_is_back_at_its_addresses(edmd: Edmd, recorder: Recorder) -> None:
    before, began = edmd.client.state(), time.perf_counter()
    with Client(before["control"], timeout_seconds=0.2, tries=50) as client:
        for _ in range(TRIES):
            killed = time.perf_counter()
            edmd.role("gateway").kill()
            assert client.ping()["pid"] == edmd.process.pid
            assert time.perf_counter() - killed < GATEWAY_BACK_WITHIN_SECONDS
            assert client.transport("panic")["state"] in {"playing", "stopped"}
            assert client.get("tempo")
        after = client.state()
    assert (after["control"], after["telemetry"]) == (before["control"], before["telemetry"])
    assert after["health"]["underruns"] - before["health"]["underruns"] <= 1  # on a machine that may be busy
    played = sorted(ons(recorder, began))
    assert max(b - a for a, b in pairwise(played)) < 8 * TICK_SECONDS, "the music goes on"
    edmd.wait_for_ticks(4)


def test_a_gateway_whose_address_is_taken_meanwhile_waits_for_it(edmd: Edmd) -> None:
    control = edmd.client.state()["control"]
    edmd.process.send_signal(signal.SIGSTOP)  # the supervisor
    gateway = edmd.role("gateway")
    gateway.kill()
    until(lambda: gateway.status() == psutil.STATUS_ZOMBIE, "the gateway has gone")
    time.sleep(0.3)  # until its other threads have gone too
    with socket.create_server(("127.0.0.1", int(control.rpartition(":")[2]))):
        edmd.process.send_signal(signal.SIGCONT)
        time.sleep(2.0)
        assert edmd.process.poll() is None, "the music goes on without clients"
    with Client(control, timeout_seconds=0.2, tries=50) as client:
        assert client.ping()["pid"] == edmd.process.pid
    edmd.wait_for_ticks(4)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hanging"])
def test_another_player_takes_over_in_phase(edmd: Edmd, recorder: Recorder, number: int) -> None:
    grid = ons(recorder, 0)[-40:]
    back_seconds = [_fall_and_rise(edmd, recorder, number, grid)]
    # A hanging player is noticed only after some time, so only a killed one must be back soon.
    while number == signal.SIGKILL and back_seconds[-1] >= BACK_WITHIN_SECONDS and len(back_seconds) < TRIES:
        time.sleep(1.2)
        back_seconds.append(_fall_and_rise(edmd, recorder, number, grid))
    assert number != signal.SIGKILL or min(back_seconds) < BACK_WITHIN_SECONDS
    edmd.client.set({f"{voice}.mute": True for voice in ("lead", "chords", "bass", "drums")})
    until(lambda: is_silent(recorder), "nothing sounds")
    edmd.listen(0.3)
    ticks = [each["tick"] for each in edmd.of("tick")]
    assert ticks == sorted(set(ticks))
    assert edmd.end() == 0


def _fall_and_rise(edmd: Edmd, recorder: Recorder, number: int, grid: list[float]) -> float:
    """Send a signal to the player and return after how long notes arrive again.

    Checks that they are in phase, and that the first player's notes have ended.
    """
    player = edmd.player
    sound(recorder)
    fell = time.perf_counter()
    player.send_signal(number)
    until(lambda: has_gone(player), "it is cleared away")
    heard = {port: recorder.notes(port) for port in PORTS}
    left = {(port, *key) for port in PORTS for key in _held(heard[port], fell + 0.05)}
    until(lambda: len(ons(recorder, fell + 0.05)) > 20, "notes arrive again")
    back = ons(recorder, fell + 0.05)
    _log.info("back_seconds: %.4f", min(back) - fell)
    # Nothing is muted or stopped yet, so only the second player can end these notes.
    until(lambda: left <= _ended(recorder, fell + 0.05), "what the first one left sounding has ended", 2.0)
    offsets = [_off_grid_seconds(each, grid[0]) for each in back]
    _log.info("phase_ms: %.4f", statistics.median(offsets) * 1e3 - _median(grid) * 1e3)
    assert abs(statistics.median(offsets) - _median(grid)) < 0.03
    return min(back) - fell


def _held(notes: list[ArrivedMessage], until_seconds: float) -> set[tuple[int, int]]:
    """Return the (channel, pitch) of the notes that sound at `until_seconds`."""
    last = {
        (each.message[0] & 0x0F, each.message[1]): each.message[0] & 0xF0 == 0x90
        for each in notes
        if each.seconds < until_seconds
    }
    return {key for key, is_on in last.items() if is_on}


def _ended(recorder: Recorder, after_seconds: float) -> set[tuple[str, int, int]]:
    """Return the (port, channel, pitch) of the note-offs that arrived after `after_seconds`."""
    return {
        (port, each.message[0] & 0x0F, each.message[1])
        for port in PORTS
        for each in recorder.notes(port)
        if each.message[0] & 0xF0 == 0x80 and each.seconds > after_seconds
    }


def _off_grid_seconds(moment: float, origin: float) -> float:
    return (moment - origin + TICK_SECONDS / 2) % TICK_SECONDS - TICK_SECONDS / 2


def _median(grid: list[float]) -> float:
    return statistics.median(_off_grid_seconds(each, grid[0]) for each in grid)


def test_a_player_killed_while_stopped_comes_back_stopped(edmd: Edmd, recorder: Recorder) -> None:
    edmd.client.transport("stop")
    until(lambda: is_silent(recorder), "it stops")
    tick = edmd.client.state()["transport"]["tick"]
    edmd.player.kill()
    fell = time.perf_counter()
    until(lambda: any(h.seconds > fell + 0.1 for h in list(recorder.heard[PORTS[0]])), "the clock is back")
    assert ons(recorder, fell) == []
    edmd.client.transport("continue")
    until(lambda: len(ons(recorder, fell)) > 5, "it plays")
    edmd.listen()
    assert edmd.client.state()["transport"]["tick"] >= tick
    said = [each.message for each in recorder.heard[PORTS[0]] if each.seconds > fell]
    assert b"\xfa" not in said
    assert b"\xfb" in said


def test_a_hanging_player_leaves_nothing_sounding_at_the_end(edmd: Edmd, recorder: Recorder) -> None:
    sound(recorder)
    edmd.player.suspend()
    assert edmd.end() == 0
    until(lambda: is_silent(recorder), "all is silent")


def test_many_commands_to_a_hanging_player_hold_nobody_up(edmd: Edmd, recorder: Recorder) -> None:
    edmd.client.transport("stop")
    until(lambda: is_silent(recorder), "it stops")
    edmd.player.suspend()
    for _ in range(2500):
        edmd.client.transport("panic")
    fell = time.perf_counter()
    edmd.client.transport("play")
    until(lambda: len(ons(recorder, fell)) > 5, "it plays")


def start_jack(name: str) -> "subprocess.Popen[bytes]":
    words = ["jackd", "-n", name, "-r", "-S", "-t", "20", "-d", "dummy", "-r", "48000", "-p", "64"]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_jack_server_may_come_go_and_return(jack_server: str, bundle: Path) -> None:
    name = f"{jack_server}-mortal"
    with playing(bundle, environ={"JACK_DEFAULT_SERVER": name}) as edmd:
        assert "No MIDI" in edmd.greeting
        # Kill it first: a machine has eight server names, and a killed server's name stays taken until it starts again.
        for end in (signal.SIGKILL, signal.SIGTERM):
            edmd.wait_for_ticks(3)
            server = start_jack(name)
            try:
                edmd.until(lambda: "open" in _ports(edmd), "its ports open")
                edmd.wait_for_ticks(3)
            finally:
                server.send_signal(end)
                server.wait(10)
            edmd.until(lambda: "absent" in _ports(edmd), "it notices that JACK has gone")
        edmd.wait_for_ticks(3)
        ticks = [each["tick"] for each in edmd.of("tick")]
        assert ticks == sorted(set(ticks))
        assert edmd.end() == 0


def _ports(edmd: Edmd) -> set[str]:
    return set(edmd.client.state()["ports"].values())
