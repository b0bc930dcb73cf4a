"""The player's lateness with open panels: event streams of twenty pages, and a page in a browser if there is one."""

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.benchmarks.figure import Figure
from tests.benchmarks.playing import Performance, settle, watch
from tests.benchmarks.stage import BenchError, Daemon, daemon, free_ports, listening
from tests.imports import ROOT

PAGES: Final = 20
REACH: Final = 1.5
_HOST: Final = "127.0.0.1"
_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
_STOP_SECONDS: Final = 10.0


def watched(seconds: float) -> tuple[Performance, Performance, dict[str, Any]]:
    """Measure one daemon for `seconds` alone and `seconds` with open panels; also returns what the panels received."""
    with daemon() as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        alone = watch(listener, playing.processes(), seconds, seconds)
        with _panel(playing) as port, _streams(port) as streams, _page(port) as browser:
            settle(listener)
            beside = watch(listener, playing.processes(), seconds, seconds)
            output, _ = streams.communicate("")
    if not output.strip():
        raise BenchError("the client that reads event streams failed")
    return alone, beside, {**json.loads(output), "browser": browser}


def figures(alone: Performance, beside: Performance, streams: Mapping[str, Any]) -> list[Figure]:
    """Return the ratio of the player's lateness with panels to that without them, within one run."""
    if streams["answered"] < PAGES or not streams["fewest_notes"]:
        raise BenchError(
            f"{streams['answered']} of {PAGES} event streams were answered, the slowest with "
            f"{streams['fewest_notes']} notes"
        )
    page = f"a page in {streams['browser']}" if streams["browser"] else "without a browser"
    was, now = alone.lateness_us, beside.lateness_us
    note = (
        f"p99 {was['p99']:.0f} µs alone, {now['p99']:.0f} µs with them ({page}); "
        f"{beside.messages:,} note messages, each stream at least {streams['fewest_notes']:,}; "
        f"{alone.underruns} underruns alone, {beside.underruns} with them"
    )
    ratio = now["p99"] / was["p99"]
    return [Figure("lateness p99, twenty panels open against none", ratio, "times", REACH, note=note)]


@contextlib.contextmanager
def _panel(playing: Daemon) -> Iterator[int]:
    """Run `edmd panel` as a separate process; yields its port."""
    (port,) = free_ports(1)
    options = {"panel.port": port, "panel.host": _HOST}
    words = [sys.executable, "-m", "daemon", "panel", "-c", str(ROOT / "config.toml")]
    words += ["--endpoint", playing.control, "--telemetry", playing.telemetry]
    words += [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    with _running(words) as process:
        if process.stdout is None or "edmd panel at" not in process.stdout.readline():
            raise BenchError("the panel does not start")
        yield port


@contextlib.contextmanager
def _streams(port: int) -> Iterator["subprocess.Popen[str]"]:
    words = [sys.executable, "-m", "tests.benchmarks.streams", _HOST, str(port), str(PAGES)]
    with _running(words) as process:
        yield process


@contextlib.contextmanager
def _running(words: list[str]) -> Iterator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


@contextlib.contextmanager
def _page(port: int) -> Iterator[str]:
    """Open the panel in a real browser; yields the browser's name and version, empty if there is none."""
    program = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if program is None:
        yield ""
        return
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        yield ""
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        browser.new_page().goto(f"http://{_HOST}:{port}/")
        yield f"chromium {browser.version.partition('.')[0]}"
        browser.close()
