"""Tests in a network of their own: its multicast reaches only them, so other Link peers are not disturbed."""

import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Final

import pytest

from tests import needs
from tests.imports import ROOT
from tests.midi.conftest import SERVER

_INSIDE: Final = "EDMD_TEST_IN_NAMESPACE"
_PREPARE: Final = 'ip link set lo up && ip route add 224.0.0.0/4 dev lo && exec "$@"'


def in_own_network(test: Callable[[], None]) -> Callable[[], None]:
    """Run a test, which has no fixtures, in a pytest in a namespace. Skip it where that is not allowed."""

    @functools.wraps(test)
    def outside() -> None:
        if _INSIDE in os.environ:
            test()
            return
        # Root needs no other user, who might not have real-time priority.
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        begin = [needs.program("unshare"), *user, "--net", "sh", "-c", _PREPARE, "sh"]
        needs.program("ip")
        probe = subprocess.run([*begin, "true"], capture_output=True, text=True, check=False)
        if probe.returncode:
            pytest.skip(f"this machine allows no network namespaces: {probe.stderr.strip()}")
        node = f"{test.__code__.co_filename}::{test.__name__}"
        words = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", node]
        environ = {**os.environ, _INSIDE: "1", "EDMD_TEST_SERVER": f"{SERVER}-inside"}
        told = subprocess.run(
            [*begin, *words], capture_output=True, text=True, cwd=ROOT, env=environ, check=False
        )
        if told.returncode:
            pytest.fail(told.stdout + told.stderr, pytrace=False)
        if skipped := re.search(r"^SKIPPED \[1\] [^:]+:\d+: (.*)", told.stdout, re.MULTILINE):
            pytest.skip(skipped[1])

    return outside
