"""What listening costs: `python -m tests.panel.browser.cost --seconds 60` prints a table for docs/sound.md."""

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import psutil
from playwright.sync_api import CDPSession, Page, sync_playwright

from daemon.client import Client
from tests import needs
from tests.panel.browser.conftest import staged, until


@click.command()
@click.option("--seconds", type=float, default=60.0, help="How long each measurement takes.")
@click.option("--genre", default="auto", help="The genre whose instruments play.")
def main(seconds: float, genre: str) -> None:
    """Print the processor share of the page with and without sound, its heap, and how exactly notes are scheduled."""
    with _page(genre) as page:
        silent = _shares(seconds)
        page.click("#listen")
        until(lambda: page.evaluate("edmd.ears.isLive && edmd.stats.scheduled.length > 30"), "it plays", 60)
        heap = page.context.new_cdp_session(page)
        time.sleep(10)
        before, began = _heap_bytes(heap), time.monotonic()
        loud = _shares(seconds)
        grown = _heap_bytes(heap) - before
        minutes = (time.monotonic() - began) / 60
        rows = page.evaluate("edmd.stats.scheduled")
        tempo = page.evaluate("edmd.store.params.tempo")
    _say(f"| processor share of all of the browser, not listening | {silent['all']:.1f} % of a core |")
    _say(f"| the same, listening | {loud['all']:.1f} % |")
    for name in loud.keys() - {"all"}:
        _say(f"| of it, {name} | {loud[name]:.1f} % ({silent.get(name, 0):.1f} % not listening) |")
    _say(
        f"| heap after garbage collection | {before / 1e6:.1f} MB, {grown / 1e6:+.2f} MB in {minutes:.1f} min |"
    )
    errors = _errors([(row["at"], row["beat"]) for row in rows], tempo)
    _say(
        f"| notes against beat time, p95 of {len(errors)} | {1000 * errors[int(0.95 * len(errors))]:.1f} ms |"
    )


@contextmanager
def _page(genre: str) -> Iterator[Page]:
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as stage, sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=needs.program("chromium"),
            args=["--no-sandbox", "--autoplay-policy=user-gesture-required"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(stage.url)
        page.wait_for_selector(".dial", state="attached")
        with Client(stage.control, timeout_seconds=10.0) as client:
            client.set({"genre": genre})
        time.sleep(3)
        yield page
        browser.close()


def _shares(seconds: float) -> Mapping[str, float]:
    """Return the processor share of each kind of process of the browser in per cent of a core, and of all together."""
    before, began = _times(), time.monotonic()
    time.sleep(seconds)
    after, took = _times(), time.monotonic() - began
    shares = {name: 100 * (after[name] - before.get(name, 0)) / took for name in after}
    return {"all": sum(shares.values()), **shares}


def _times() -> dict[str, float]:
    times: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        try:
            words, used = process.cmdline(), process.cpu_times()
        except psutil.Error:
            continue
        if not words or "chrom" not in words[0]:
            continue
        kind = next((word.removeprefix("--type=") for word in words if word.startswith("--type=")), "browser")
        kind = "audio service" if any("AudioService" in word for word in words) else kind
        times[kind] = times.get(kind, 0.0) + used.user + used.system
    return times


def _heap_bytes(session: CDPSession) -> int:
    session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])


def _errors(notes: list[tuple[float, float]], tempo: float) -> list[float]:
    """Return how far each note is from a straight line through beat time, sorted."""
    offsets = sorted(at - beat * 60 / tempo for at, beat in notes)
    middle = offsets[len(offsets) // 2]
    return sorted(abs(offset - middle) for offset in offsets)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
