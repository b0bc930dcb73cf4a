"""What the whole suite shares: promises of what a machine has, interrupts, and no time limit for examples."""

import signal
from collections.abc import Generator

import hypothesis
import pytest

from tests import needs


class MidiPromise:
    """Turns skips of MIDI tests into failures, whatever they lack."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge a test."""
        report = yield
        if report.skipped and item.get_closest_marker("midi"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            report.outcome = "failed"
            report.longrepr = f"{needs.promised('midi')} is set, and this was skipped: {reason}"
        return report


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes says nothing on a machine that others use.
    hypothesis.settings.register_profile("edmd", deadline=None)
    hypothesis.settings.load_profile("edmd")
    # Programs that are to be interrupted inherit this; a suite started in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if needs.promised("midi"):
        config.pluginmanager.register(MidiPromise())
