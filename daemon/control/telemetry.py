"""The messages of telemetry, and the figures in them."""

import contextlib
import os
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from models.effects import Effects
from models.notes import PULSES_PER_BEAT, TICKS_PER_BAR, TICKS_PER_BEAT
from models.take import SentRow

TOPICS: Final = ("note", "tick", "state", "gauge", "health", "learn", "played")
WINDOW_SECONDS: Final = 10.0
_MOST_SAMPLES: Final = 20_000


def note_message(row: SentRow) -> dict[str, Any]:
    """Build a `note` message from one row of the player."""
    pulse, voice, is_on, pitch, velocity, channel, lateness_us = row
    return {
        "beat": pulse / PULSES_PER_BEAT,
        "voice": voice,
        "type": "on" if is_on else "off",
        "pitch": pitch,
        "velocity": velocity,
        "channel": channel,
        "lateness_us": round(lateness_us, 1),
    }


def tick_message(tick: int, tempo: float, section: str, compose_us: float) -> dict[str, Any]:
    """Build a `tick` message. `tempo` is in BPM, `compose_us` is the time it took to compose the tick."""
    return {
        "tick": tick,
        "bar": tick // TICKS_PER_BAR,
        "beat": tick / TICKS_PER_BEAT,
        "tempo": tempo,
        "section": section,
        "compose_us": round(compose_us, 1),
    }


def effects_message(effects: Effects) -> dict[str, Any]:
    """Build the field `effects` of a `tick` message."""
    return {"filters": dict(effects.filters), "riser": effects.riser, "impact": effects.impact}


def state_message(
    params: Mapping[str, Any], transport: Mapping[str, Any], standing: Mapping[str, Any]
) -> dict[str, Any]:
    """Build a `state` message: parameters, transport, and `standing` (seed, model, recording, pending, presets)."""
    return {"params": params, "transport": transport, **standing}


def gauge_message(
    bar: int, edm: float, classical: float, songs: Iterable[tuple[str, float]]
) -> dict[str, Any]:
    """Build a `gauge` message about the last bars up to `bar`. All values are shares; `songs` are (title, share)."""
    return {
        "bar": bar,
        "edm": round(edm, 4),
        "classical": round(classical, 4),
        "songs": [{"title": title, "share": round(share, 4)} for title, share in songs],
    }


def health_message(
    lateness_us: Mapping[str, float | None],
    step_us: Mapping[str, float | None],
    *,
    underruns: int,
    ticks: int,
    provider: str,
    ports: Mapping[str, str],
    inputs: Mapping[str, str],
    midi_server: str,
    disk: Mapping[str, str],
    uptime_seconds: float,
) -> dict[str, Any]:
    """Build a `health` message. `lateness_us` and `step_us` are summaries of a Window."""
    return {
        "lateness_us": lateness_us,
        "step_us": step_us,
        "underruns": underruns,
        "ticks": ticks,
        "rss_bytes": rss_bytes(),
        "provider": provider,
        "ports": ports,
        "inputs": inputs,
        "midi_server": midi_server,
        "disk": disk,
        "uptime_seconds": round(uptime_seconds, 3),
    }


class Window:
    """The figures of the last `seconds`, for percentiles. All times must come from the same clock."""

    def __init__(self, seconds: float = WINDOW_SECONDS) -> None:
        self._seconds = seconds
        self._samples: deque[tuple[float, float]] = deque(maxlen=_MOST_SAMPLES)

    def add(self, now_seconds: float, figures: Iterable[float]) -> None:
        """Add `figures` that were measured at `now_seconds`. This time must never decrease."""
        self._samples.extend((now_seconds, figure) for figure in figures)

    def summary(self, now_seconds: float) -> dict[str, float | None]:
        """Return p50, p99 and max of the window that ends at `now_seconds`. All are None if it is empty."""
        samples = self._samples
        while samples and samples[0][0] < now_seconds - self._seconds:
            samples.popleft()
        return percentiles([figure for _, figure in samples])


def percentiles(figures: Iterable[float]) -> dict[str, float | None]:
    """Return p50, p99 (nearest rank) and max of `figures`, rounded to a tenth. All are None without figures."""
    ranked = sorted(figures)
    if not ranked:
        return {"p50": None, "p99": None, "max": None}
    last = len(ranked) - 1
    # Nearest rank: the smallest figure for which at least this part of all figures is not larger.
    ranks = {"p50": -(-len(ranked) * 50 // 100) - 1, "p99": -(-len(ranked) * 99 // 100) - 1, "max": last}
    return {name: round(ranked[rank], 1) for name, rank in ranks.items()}


def rss_bytes() -> int | None:
    """Return the memory of this process in bytes. On macOS this is its peak; None if the system does not report it."""
    with contextlib.suppress(OSError):  # too many open files, or no such file
        statm = Path("/proc/self/statm").read_text(encoding="ascii")
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "darwin":
        import resource  # noqa: PLC0415 - Windows has no such module

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None
