"""`edmd play` without MIDI while its roles are killed and stopped: time goes on, and each role comes back."""

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.midi.playing import Edmd, has_gone, playing
from tests.midi.test_play_errors import NO_MIDI
from tests.training import tiny

ROLES = ("composer", "player", "standby")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def edmd(bundle: Path) -> Iterator[Edmd]:
    with playing(bundle, "-o", "parameters.tempo=240", environ=NO_MIDI) as started:
        started.wait_for_ticks(4)
        started.role("standby")
        yield started


def until_gone(edmd: Edmd, process: psutil.Process) -> None:
    edmd.until(lambda: has_gone(process), "it is gone")


def test_a_player_that_is_killed_is_replaced_by_the_standby_and_no_tick_is_played_twice(edmd: Edmd) -> None:
    for _ in range(3):
        player, standby = edmd.player, edmd.role("standby")
        player.kill()
        until_gone(edmd, player)
        assert edmd.player == standby
        edmd.wait_for_ticks(8)
        assert edmd.role("standby") not in {player, standby}
    ticks = [each["tick"] for each in edmd.of("tick")]
    assert ticks == sorted(set(ticks))
    assert edmd.end() == 0


def test_a_composer_that_is_killed_comes_back_at_the_same_address_and_the_player_stays(edmd: Edmd) -> None:
    player, composer, address = edmd.player, edmd.role("composer"), edmd.client.state()["control"]
    composer.kill()
    edmd.until(lambda: has_gone(composer), "it is gone")
    edmd.wait_for_ticks(8)
    assert edmd.role("composer") != composer
    assert edmd.player == player
    assert edmd.client.state()["control"] == address
    assert edmd.end() == 0


def test_composer_and_player_killed_at_once_come_back(edmd: Edmd) -> None:
    player, composer = edmd.player, edmd.role("composer")
    composer.kill()
    player.kill()
    edmd.until(lambda: has_gone(composer) and has_gone(player), "they are gone")
    edmd.wait_for_ticks(8)
    assert edmd.end() == 0


def test_a_standby_that_is_killed_is_not_missed(edmd: Edmd) -> None:
    player, standby = edmd.player, edmd.role("standby")
    standby.kill()
    edmd.until(lambda: has_gone(standby), "it is gone")
    edmd.until(lambda: edmd.role("standby") != standby, "there is another one")
    assert edmd.player == player
    assert edmd.end() == 0


def test_a_composer_that_stands_still_for_a_moment_is_left_alone(edmd: Edmd) -> None:
    composer = edmd.role("composer")
    composer.suspend()
    time.sleep(1.5)
    composer.resume()
    edmd.wait_for_ticks(8)
    assert edmd.role("composer") == composer
    assert edmd.end() == 0


@pytest.mark.parametrize("role", ["composer", "player"])
def test_a_role_that_hangs_is_replaced(edmd: Edmd, role: str) -> None:
    hanging = edmd.role(role)
    hanging.suspend()
    edmd.until(lambda: has_gone(hanging), "it is gone")
    edmd.wait_for_ticks(8)
    assert edmd.end() == 0


def test_the_daemon_ends_soon_though_a_composer_hangs(edmd: Edmd) -> None:
    edmd.role("composer").suspend()
    began = time.monotonic()
    assert edmd.end() == 0
    assert time.monotonic() - began < 3.0


def test_all_roles_end_with_the_supervisor(edmd: Edmd) -> None:
    roles = [edmd.role(name) for name in ROLES]
    edmd.process.kill()
    began = time.monotonic()
    edmd.until(lambda: all(has_gone(role) for role in roles), "all are gone")
    assert time.monotonic() - began < 1.0
