"""Processes of roles: forked and spawned alike they work, fail in a sentence, and end with their supervisor."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from daemon.link.supervision import Alive, Failed
from daemon.supervision.launch import CAN_FORK
from tests.daemon.roles import RoleProcess

WAYS = [pytest.param(True, marks=pytest.mark.skipif(not CAN_FORK, reason="no safe fork here")), False]
MODULE = "tests.daemon.supervision.some_role"


@pytest.fixture(params=WAYS, ids=["forked", "spawned"])
def forks(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_it_gives_signs_of_life_and_ends_when_it_is_asked_to(forks: bool) -> None:
    role = RoleProcess("gateway", MODULE, "live", forks=forks)
    role.until(lambda: sum(isinstance(each, Alive) for each in role.said) > 3)
    if CAN_FORK:
        assert psutil.Process(role.process.pid).name() == "edmd gateway"
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(role.process.pid, number)
    time.sleep(0.3)
    assert role.process.poll() is None, "the supervisor decides"
    assert role.end() == 0


def test_what_nobody_can_mend_by_another_process_is_said_in_a_sentence(forks: bool) -> None:
    role = RoleProcess("gateway", MODULE, "fail", forks=forks)
    role.until(lambda: Failed("there is no such thing") in role.said)
    assert role.process.wait() == 1
    role.channel.close()


def test_an_error_ends_the_process_alone(forks: bool, capfd: pytest.CaptureFixture[str]) -> None:
    role = RoleProcess("gateway", MODULE, "crash", forks=forks)
    assert role.process.wait() == 1
    role.channel.close()
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_it_ends_with_the_link_to_its_supervisor(forks: bool) -> None:
    role = RoleProcess("gateway", MODULE, "live", forks=forks)
    role.until(lambda: role.said != [])
    role.channel.close()
    assert role.process.wait() == 0


@pytest.mark.skipif(not CAN_FORK, reason="only Linux tells a process that its parent has ended")
def test_one_that_hangs_ends_with_its_supervisor_as_well(tmp_path: Path) -> None:
    program = (
        "import time\nfrom tests.daemon.roles import RoleProcess\n"
        f"role = RoleProcess('gateway', '{MODULE}', 'hang')\nrole.until(role.is_ready)\n"
        "print(role.process.pid, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        role = psutil.Process(int(supervisor.stdout.readline()))
        supervisor.kill()
    assert role.wait(5) is None or not role.is_running()
