"""What the README shows: `python -m tests.showing` takes pictures of the real panel, and renders twenty seconds of sound."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from daemon.client import Client
from tests.imports import ROOT
from tests.panel.browser.conftest import staged

PICTURES: Final = ROOT / "docs" / "pictures"
_WIDTH, _HEIGHT = 1440, 900
# So long it plays before a picture is taken: the roll is full, and the drop has come.
_SECONDS: Final = 18.0
_SEED: Final = 9
# The last three bars of a break of this seed, and eight bars of the drop.
_FIRST_BAR, _BARS = 45, 11


def take_pictures() -> None:
    """Write the panel in a light and in a dark browser."""
    with (
        tempfile.TemporaryDirectory() as folder,
        staged(Path(folder)) as stage,
        sync_playwright() as browsers,
    ):
        Client(stage.control).set(
            {"director": True, "section": "drop", "energy": 0.8, "classical_mix": 0.3}, at="bar"
        )
        browser = browsers.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme=scheme)
            page.goto(stage.url)
            page.wait_for_timeout(_SECONDS * 1e3)
            page.screenshot(path=PICTURES / f"panel-{scheme}.png")
        browser.close()


def render_sound() -> None:
    """Write the sound of a drop."""
    out, bars = PICTURES / "edmd.mp3", _FIRST_BAR + _BARS
    words = [
        "render",
        "--seed",
        str(_SEED),
        "--bars",
        str(bars),
        "--from-bar",
        str(_FIRST_BAR),
        "--loop",
        str(_BARS),
    ]
    subprocess.run([sys.executable, "-m", "daemon", *words, "--force", "--out", str(out)], check=True)


if __name__ == "__main__":
    render_sound()
    take_pictures()
