"""How long a newcomer waits: `python -m tests.panel.browser.first` clones, runs `make play`, and listens with one click."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

from tests import needs
from tests.imports import ROOT
from tests.panel.process import free_port

_PATIENCE_SECONDS = 600.0
_HEARD = (
    "Math.max(...['lead', 'chords', 'bass', 'drums'].map((voice) => edmd.ears.desk?.peak(voice) ?? 0)) > 0.01"
)


@click.command()
def main() -> None:
    """Print the seconds from `git clone` to the panel, to the click, and to the first sound."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        clone = Path(folder) / "edmd"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        cloned = time.monotonic() - began
        with _Playing(clone) as (process, url):
            try:
                _wait_for(process, url)
                opened = time.monotonic() - began
                clicked, heard = (moment - began for moment in _listen(url))
            finally:
                os.killpg(process.pid, signal.SIGTERM)
    sys.stdout.write(
        f"cloned after {cloned:.1f} s, the panel answers after {opened:.1f} s, clicked after {clicked:.1f} s, "
        f"first sound after {heard:.1f} s, with 1 click\n"
    )


class _Playing:
    """`make play` in a clone, on free ports."""

    def __init__(self, clone: Path) -> None:
        self._clone, self._port = clone, free_port()

    def __enter__(self) -> tuple["subprocess.Popen[bytes]", str]:
        words = (
            f"--no-open -o panel.port={self._port} -o control.bind=tcp://127.0.0.1:{free_port()} "
            f"-o telemetry.bind=tcp://127.0.0.1:{free_port()} -o recording.folder={self._clone / 'takes'}"
        )
        environment = {**os.environ, "XDG_STATE_HOME": str(self._clone / "state")}
        self._process = subprocess.Popen(
            ["make", "--silent", "play", f"ARGS={words}"],
            cwd=self._clone,
            env=environment,
            start_new_session=True,
        )
        return self._process, f"http://127.0.0.1:{self._port}/"

    def __exit__(self, *_: object) -> None:
        self._process.wait(20)


def _wait_for(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise click.ClickException("make play has ended; see its messages above")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise click.ClickException(f"no panel answers at {url}")


def _listen(url: str) -> tuple[float, float]:
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=needs.program("chromium"),
            args=["--no-sandbox", "--autoplay-policy=user-gesture-required"],
        )
        page = browser.new_page()
        page.goto(url)
        page.click("#listen")
        clicked = time.monotonic()
        page.wait_for_function(_HEARD, timeout=60_000)
        heard = time.monotonic()
        browser.close()
    return clicked, heard


if __name__ == "__main__":
    main()
