"""What the whole suite shares: on a machine that promises MIDI, a MIDI test that would skip fails."""

import os
import signal
from collections.abc import Generator
from typing import Final, TypeVar

import pytest

REQUIRE_MIDI: Final = "EDMD_REQUIRE_MIDI"

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


class MidiPromise:
    """Turns skips of MIDI tests into failures.

    A plugin of its own: the hooks of a conftest are not called while the conftest of a deeper folder loads.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge a test."""
        report = yield
        return _failed(report) if report.skipped and item.get_closest_marker("midi") else report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Judge a file or a folder: one that cannot load JACK is skipped whole, before any marker is seen."""
        report = yield
        return _failed(report) if report.skipped else report


def pytest_configure(config: pytest.Config) -> None:
    # Programs that are to be interrupted inherit this; a suite started in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get(REQUIRE_MIDI, "") not in ("", "0"):
        config.pluginmanager.register(MidiPromise())


def _failed(report: Report) -> Report:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{REQUIRE_MIDI} is set, and this was skipped: {reason}"
    return report
