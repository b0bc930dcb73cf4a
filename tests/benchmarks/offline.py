"""The duration of the command `edmd render`, with its start, relative to the length of its music."""

import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.figure import Figure
from tests.benchmarks.stage import SEED, TEMPO, BenchError
from tests.imports import ROOT


def render(bars: int, out: Path) -> float:
    """Render a take; returns the duration in seconds."""
    began = time.perf_counter()
    words = ["render", "-c", str(ROOT / "config.toml"), "--bars", str(bars), "--seed", str(SEED)]
    ran = subprocess.run(
        [sys.executable, "-m", "daemon", *words, "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise BenchError(f"edmd render failed: {ran.stderr.strip()[-400:]}")
    return time.perf_counter() - began


def render_figures(bars: int, folder: Path) -> list[Figure]:
    """Return the figure of rendering."""
    music = bars * 4 * 60.0 / TEMPO
    took = render(bars, folder / "long.mid")
    note = f"{bars} bars, {music:.0f} s of music, in {took:.1f} s"
    return [Figure("edmd render", music / took, "times real time", 100, "at least", note)]
