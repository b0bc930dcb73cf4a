"""Limits of open files and memory, tested in separate processes because the changes last."""

import subprocess
import sys

import pytest

from tests import needs
from tests.daemon.handlers import serving

needs.library("resource")


def said_by(program: str) -> list[int]:
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return [int(word) for word in ran.stdout.split()]


def test_the_soft_limit_of_open_files_is_raised_to_the_hard_one() -> None:
    soft, hard = said_by(
        "import resource as r; from daemon.allowance import allow_many_files\n"
        "r.setrlimit(r.RLIMIT_NOFILE, (256, 1000)); allow_many_files(); print(*r.getrlimit(r.RLIMIT_NOFILE))"
    )
    assert (soft, hard) == (1000, 1000)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps large freed blocks")
def test_large_blocks_go_back_to_the_system_though_larger_ones_were_freed_before() -> None:
    before, after = said_by(
        "import ctypes; from daemon.allowance import give_memory_back\n"
        "from daemon.control.telemetry import rss_bytes\n"
        "give_memory_back(); before = rss_bytes()\n"
        "for _ in range(3): bytearray(30_000_000)\n"
        "held = [(bytearray(8_000_000), bytearray(600_000)) for _ in range(20)]\n"
        "kept = [small for _, small in held]; del held\n"
        "print(before, rss_bytes())"
    )
    assert after - before < 60e6


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the data of a process")
def test_a_process_gets_no_more_memory_than_it_was_allowed_and_its_child_may_raise_the_limit() -> None:
    is_small, is_large, of_child = said_by(
        "import resource as r, subprocess, sys; from daemon.allowance import limit_memory\n"
        "def fits(count):\n"
        "    try: return len(bytearray(count)) == count\n"
        "    except MemoryError: return False\n"
        "limit_memory(100_000_000)\n"
        "print(int(fits(50_000_000)), int(fits(150_000_000)), flush=True)\n"
        "raised = 'import resource as r; r.setrlimit(r.RLIMIT_DATA, (10**9,) * 2); print(len(bytearray(2 * 10**8)))'\n"
        "subprocess.run([sys.executable, '-c', raised], check=True)"
    )
    assert (is_small, is_large, of_child) == (1, 0, 2 * 10**8)


def test_a_gateway_that_a_test_runs_in_a_thread_limits_no_other_test() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    with serving():
        assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
