"""A recording outlives every process of the daemon that makes it. Real daemons, without a MIDI system."""

import signal
from collections.abc import Callable
from pathlib import Path

import psutil

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
