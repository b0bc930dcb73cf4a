"""What the whole suite shares: promises of what a machine has, interrupts, a state folder, a browser."""

import os
import signal
import tempfile
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser


class MidiPromise:
    """Turns skips of MIDI tests into failures, whatever they lack; but not what the machine itself does not allow."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge a test."""
        report = yield
        if report.skipped and item.get_closest_marker("midi"):
            reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
            if needs.MACHINE in reason:
                return report
            report.outcome = "failed"
            report.longrepr = f"{needs.promised('midi')} is set, and this was skipped: {reason}"
        return report


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes says nothing on a machine that others use.
    hypothesis.settings.register_profile("edmd", deadline=None)
    hypothesis.settings.load_profile("edmd")
    # Programs that are to be interrupted inherit this; a suite started in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Daemons keep their savepoints there: neither a user's own nor those of a suite that runs beside this one.
    folder = tempfile.TemporaryDirectory(prefix="edmd-state-", ignore_cleanup_errors=True)
    os.environ["XDG_STATE_HOME"] = folder.name
    config.add_cleanup(folder.cleanup)
    if needs.promised("midi"):
        config.pluginmanager.register(MidiPromise())


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Return the browser of the whole suite: Playwright can be started only once."""
    playwright = needs.library("playwright.sync_api")
    program = needs.program("chromium")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
