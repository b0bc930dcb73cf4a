"""The messages of telemetry, and percentiles of a window."""

import json
import math
import statistics

from hypothesis import given
from hypothesis import strategies as st

from daemon.control.telemetry import (
    Window,
    health_message,
    note_message,
    percentiles,
    rss_bytes,
    state_message,
    tick_message,
)


def test_messages_have_the_shape_of_the_contract() -> None:
    assert note_message((720, "lead", True, 60, 100, 1, 12.34)) == {
        "beat": 1.5, "voice": "lead", "type": "on", "pitch": 60, "velocity": 100,
        "channel": 1, "lateness_us": 12.3,
    }  # fmt: skip
    assert tick_message(18, 128.0, "drop", 900.0) == {
        "tick": 18, "bar": 1, "beat": 4.5, "tempo": 128.0, "section": "drop", "compose_us": 900.0,
    }  # fmt: skip
    state = state_message({"tempo": 128.0}, {"state": "playing"}, {"seed": 7})
    assert state == {"params": {"tempo": 128.0}, "transport": {"state": "playing"}, "seed": 7}
    health = health_message(
        percentiles([1.0]),
        percentiles([]),
        underruns=0,
        ticks=3,
        provider="CPU",
        ports={},
        inputs={"edmd control": "open"},
        midi_server="runs",
        disk={"recording": "no room"},
        uptime_seconds=2.0,
    )
    assert set(health) == {
        "lateness_us", "step_us", "underruns", "ticks", "rss_bytes", "provider", "ports", "inputs",
        "midi_server", "disk", "uptime_seconds",
    }  # fmt: skip
    json.dumps(health, allow_nan=False)


def test_percentiles_of_known_figures() -> None:
    assert percentiles(range(1, 101)) == {"p50": 50, "p99": 99, "max": 100}
    assert percentiles([5.0]) == {"p50": 5.0, "p99": 5.0, "max": 5.0}
    assert percentiles([]) == {"p50": None, "p99": None, "max": None}


@given(st.lists(st.integers(-1000, 1000), min_size=1))
def test_percentiles_are_nearest_ranks(figures: list[int]) -> None:
    found = percentiles(figures)
    ranked = sorted(figures)
    assert found["p50"] == statistics.median_low(figures)
    assert found["p99"] == ranked[math.ceil(len(ranked) * 0.99) - 1]
    assert found["max"] == ranked[-1]


def test_a_window_forgets() -> None:
    window = Window(seconds=10.0)
    window.add(0.0, [1000.0])
    window.add(5.0, [10.0, 20.0])
    assert window.summary(10.0)["max"] == 1000.0
    assert window.summary(10.5)["max"] == 20.0
    assert window.summary(99.0)["max"] is None


def test_memory_is_told() -> None:
    held = rss_bytes()
    assert held is None or held > 5_000_000
