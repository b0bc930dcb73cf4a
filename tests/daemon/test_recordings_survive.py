"""A recording outlives every process of the daemon that makes it. Real daemons, without a MIDI system."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

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


def check_kills(show: Callable[..., Show], folder: Path, count: int) -> None:
    """Let daemons record and die at random moments, all processes at once; check that the next one has each recording."""
    moments = random.Random(7)
    reached: list[int] = []
    for number in range(count):
        daemon = show("--record", str(folder / f"set{number}.mid"))
        daemon.wait_for_music(16)
        time.sleep(moments.uniform(0.0, 2.0))
        reached.append(daemon.client.state()["transport"]["tick"])
        daemon.kill_all()
        daemon.close()
        (left,) = [path for path in spool.left_in(folder / "takes") if f"set{number}.mid" in path.read_text()]
        assert left.stat().st_mode & 0o077 == 0
    last = show()
    until(lambda: not last.client.state()["recording"]["saving"], 60.0 + count)
    last.close()
    for number, tick in enumerate(reached):
        found = ons(folder / f"set{number}.mid")
        assert max(found) >= (tick - 16) * 120, (number, tick)  # up to the last bar
        assert len(found) > tick
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
