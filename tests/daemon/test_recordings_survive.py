"""A recording outlives every process of the daemon that makes it. Real daemons, without a MIDI system."""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import zmq

from daemon import spool
from tests.daemon.shows import Show, ons, until


def test_a_recording_goes_on_when_its_composer_is_killed(show: Callable[..., Show], tmp_path: Path) -> None:
    daemon = show("--record", str(tmp_path / "set.mid"))
    daemon.wait_for_music(32)
    composer = daemon.role("composer")
    composer.kill()
    psutil.wait_procs([composer], 5)
    until(lambda: daemon.client.state()["recording"]["path"] == str(tmp_path / "set.mid"))
    daemon.wait_for_music(32)
    told, _ = _ended(daemon)
    assert f"recorded {tmp_path / 'set.mid'}" in told
    assert max(ons(tmp_path / "set.mid")) > 48 * 120
    assert spool.left_in(tmp_path / "takes") == []
    assert [path.name for path in tmp_path.glob("*.mid")] == ["set.mid"]


def test_the_recordings_of_a_daemon_that_was_killed_are_finished_at_the_next_start(
    show: Callable[..., Show], tmp_path: Path
) -> None:
    dead = show("--record", str(tmp_path / "set.mid"))
    dead.wait_for_music(32)
    dead.kill_all()
    assert not (tmp_path / "set.mid").exists()
    (left,) = spool.left_in(tmp_path / "takes")
    sent = sum(line.startswith(b'["Rows"') for line in left.read_bytes().splitlines())
    next_one = show()
    until((tmp_path / "set.mid").exists)
    until(lambda: not next_one.client.state()["recording"]["saving"])
    assert sent > 8
    assert max(ons(tmp_path / "set.mid")) > 24 * 120
    assert spool.left_in(tmp_path / "takes") == []


def _ended(daemon: Show) -> tuple[str, str]:
    daemon.process.send_signal(signal.SIGTERM)
    return daemon.process.communicate(timeout=30)


def heard_until_death(daemon: Show, seconds: float) -> list[int]:
    """Listen for so long, and until some notes were sent; kill the daemon. Return the pulses of the notes that were sent."""
    heard: list[int] = []
    endpoint = daemon.client.state()["telemetry"]
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.connect(endpoint)
        socket.subscribe(b"note")
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(heard) < 50:
            assert time.monotonic() < end + 60.0
            if socket.poll(50):
                message = json.loads(socket.recv_multipart()[1])
                heard += [round(480 * message["beat"])] if message["type"] == "on" else []
    daemon.kill_all()
    daemon.close()
    return heard


def check_kills(show: Callable[..., Show], folder: Path, count: int) -> None:
    """Let daemons record and die at random moments, all processes at once; check that the next one has each recording."""
    moments = random.Random(7)
    heard = []
    for number in range(count):
        daemon = show("--record", str(folder / f"set{number}.mid"))
        heard.append(heard_until_death(daemon, moments.uniform(0.0, 2.0)))
    last = show()
    until(lambda: not last.client.state()["recording"]["saving"], 60.0 + count)
    last.close()
    for number, pulses in enumerate(heard):
        found = Counter(ons(folder / f"set{number}.mid"))
        lost = Counter(pulse for pulse in pulses if pulse < pulses[-1] - 1920) - found
        assert not lost, (number, pulses[-1], sorted(lost))  # all of it up to the last bar is there
    assert spool.left_in(folder / "takes") == []


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_recordings_of_daemons_that_die_at_random_moments(show: Callable[..., Show], tmp_path: Path) -> None:
    check_kills(show, tmp_path, 20)


@pytest.mark.soak
@pytest.mark.timeout(6000)
def test_many_recordings_of_daemons_that_die_at_random_moments(
    show: Callable[..., Show], tmp_path: Path
) -> None:
    check_kills(show, tmp_path, 200)
