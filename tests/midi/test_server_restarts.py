"""JACK is killed and started again, or stands still, while `edmd` plays."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.midi.conftest import Recorder, until
from tests.midi.playing import Edmd, playing
from tests.midi.sending import Sender
from tests.midi.test_play_survives import start_jack
from tests.training import tiny

pytestmark = pytest.mark.midi

MELODY = "edmd melody"
BACK_WITHIN_SECONDS = 3.0
MAP = "control.map={tempo = {cc = 20, range = [100.0, 150.0], pickup = false}}"
OPTIONS = ("-o", MAP, "-o", "parameters.gate=1", "-o", "parameters.humanize=0", "--seed", "3")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


class Server:
    """A JACK server that may be killed and started again under its name."""

    def __init__(self, name: str) -> None:
        needs.program("jackd")
        self.name = name
        self.start()

    def start(self) -> None:
        self.process: subprocess.Popen[bytes] = start_jack(self.name)
        until(self._answers, "the JACK server answers")

    def _answers(self) -> bool:
        jack = needs.library("jack")
        with contextlib.suppress(jack.JackOpenError):
            jack.Client("probe", no_start_server=True, servername=self.name).close()
            return True
        return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def server(jack_server: str) -> Iterator[Server]:
    running = Server(f"{jack_server}-restarts")
    yield running
    running.process.send_signal(signal.SIGCONT)
    running.process.terminate()
    running.process.wait(10)


def midi_server(edmd: Edmd) -> str:
    edmd.listen()
    told = edmd.of("health")
    return str(told[-1]["midi_server"]) if told else ""


def inputs(edmd: Edmd) -> dict[str, str]:
    edmd.listen()
    told: dict[str, str] = edmd.of("health")[-1]["inputs"]
    return told


def test_jack_killed_mid_note_and_started_again_finds_all_as_it_was(server: Server, bundle: Path) -> None:
    with playing(bundle, *OPTIONS, environ={"JACK_DEFAULT_SERVER": server.name}) as edmd:
        with Recorder(MELODY, server=server.name) as before, Sender(server=server.name) as knob:
            before.connect()
            knob.connect("edmd control")
            until(lambda: len(before.notes(MELODY)) > 20, "notes arrive")
            edmd.until(lambda: midi_server(edmd) == "runs", "health says that the server runs")
            time.sleep(0.5)  # until the standby has seen the connections
            until(lambda: bool(before.sounding(MELODY)), "a note sounds")
            server.kill()
            first = len(edmd.of("tick"))
        edmd.wait_for_ticks(16)
        server.start()
        back = time.monotonic()
        with Recorder(MELODY, server=server.name) as after, Sender(server=server.name) as knob:
            until(lambda: len(after.notes(MELODY)) > 0, "notes arrive again, without anybody connecting")
            assert time.monotonic() - back < BACK_WITHIN_SECONDS
            until(lambda: bool(knob.receivers()), "the knob is connected again")
            assert time.monotonic() - back < BACK_WITHIN_SECONDS + 1.0  # and the input role was opened anew
            knob.send("b0 14 7f")
            until(lambda: edmd.client.get("tempo")["tempo"] == 150.0, "the knob sets the tempo")
            edmd.listen(0.2)
            ticks = [each["tick"] for each in edmd.of("tick")[first:]]
            assert ticks == sorted(set(ticks)), "the music has gone on"
            edmd.client.transport("stop")
            until(lambda: not after.sounding(MELODY), "nothing hangs")
        assert edmd.end() == 0


def test_a_daemon_that_is_started_again_is_connected_as_before(
    server: Server, bundle: Path, tmp_path: Path
) -> None:
    environ = {"JACK_DEFAULT_SERVER": server.name, "XDG_STATE_HOME": str(tmp_path)}
    with Recorder(MELODY, server=server.name) as recorder:
        for is_again in (False, True):
            heard = len(recorder.notes(MELODY))
            with playing(bundle, *OPTIONS, environ=environ) as edmd:
                if not is_again:
                    recorder.connect()
                until(lambda: len(recorder.notes(MELODY)) > heard + 5, "notes arrive")  # noqa: B023
                time.sleep(1.5)  # until the standby has written it down
                assert edmd.end() == 0


def test_health_tells_that_the_server_stands_still(server: Server, bundle: Path) -> None:
    with playing(bundle, *OPTIONS, environ={"JACK_DEFAULT_SERVER": server.name}) as edmd:
        edmd.until(lambda: midi_server(edmd) == "runs", "it runs")
        server.process.send_signal(signal.SIGSTOP)
        edmd.until(
            lambda: midi_server(edmd) == "stands still",
            "it stands still",
        )
        server.process.send_signal(signal.SIGCONT)
        edmd.until(lambda: midi_server(edmd) == "runs", "it runs again")
        assert edmd.end() == 0


def has_all(clients: list[str]) -> bool:
    """Return whether the player's port, and the input's with its way back, are there and no others."""
    return sum(name.startswith("edmd guest") for name in clients) == 3


@pytest.mark.timeout(400)
def test_a_receiver_comes_and_goes_fifty_times_and_nothing_leaks(server: Server, bundle: Path) -> None:
    words = (*OPTIONS, "-o", 'midi.lead.port="guest"', "-o", 'midi.inputs=["guest"]')
    with playing(bundle, *words, environ={"JACK_DEFAULT_SERVER": server.name}) as edmd:
        edmd.until(lambda: midi_server(edmd) == "runs", "the standby watches")
        roles = [edmd.role(name) for name in ("player", "standby", "input")]
        sizes = []
        for number in range(51):
            with Recorder("guest", server=server.name) as guest, Sender("guest keys", server.name):
                until(lambda: bool(guest.notes("guest")), "notes arrive")
                until(lambda: "open" in inputs(edmd)["guest"], "the input is open")
                until(lambda: has_all(guest.clients()), "edmd has its three clients for it")
                clients = guest.clients()
            until(lambda: edmd.client.state()["ports"]["guest"] == "absent", "it is missed")
            if number in (0, 50):
                sizes.append(
                    (
                        clients,
                        [role.num_fds() for role in roles],
                        [role.num_threads() for role in roles],
                    )
                )
        assert sizes[0] == sizes[1]
        assert all(each.is_running() for each in roles)
        assert edmd.end() == 0
