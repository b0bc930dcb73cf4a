"""Measure the daemon playing on JACK: lateness, memory and processor time, with and without a flood of requests."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import psutil

from daemon.control.telemetry import percentiles
from tests.benchmarks.figure import Figure
from tests.benchmarks.stage import (
    BenchError,
    await_first,
    daemon,
    free_ports,
    heard,
    listening,
    measured_apart,
)
from tests.imports import ROOT

FLOOD_RATE: Final = 10_000
OSC_RATE: Final = 500
CC_RATE: Final = 2000
_KNOBS: Final = ("energy", "density", "swing", "humanize")
_SETTLING_SECONDS: Final = 3.0
_SAMPLE_SECONDS: Final = 5.0
_MB: Final = 1e6


class Footprint(NamedTuple):
    """Memory of all processes at one time, in bytes."""

    seconds: float
    rss: int
    pss: int


class Performance(NamedTuple):
    """Measurements over a period of playing."""

    lateness_us: dict[str, float]
    messages: int
    underruns: int
    compose_us: dict[str, float]
    processor_shares: tuple[float, float, float]
    footprints: list[Footprint]


def idle(lateness_seconds: float, memory_seconds: float) -> Performance:
    """Measure without requests: memory for the whole time, lateness and processor share for the first part."""
    with daemon() as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        processes = playing.processes()
        return watch(listener, processes, lateness_seconds, memory_seconds)


def flooded(seconds: float) -> tuple[Performance, dict[str, Any]]:
    """Measure while a client sends FLOOD_RATE requests a second; also returns the client's counts."""
    with daemon() as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        client = [sys.executable, "-m", "tests.benchmarks.flood", playing.control, str(FLOOD_RATE)]
        pipe = subprocess.PIPE
        with subprocess.Popen([*client, str(seconds + 2)], cwd=ROOT, stdout=pipe, text=True) as flood:
            time.sleep(1.0)
            seen = watch(listener, playing.processes(), seconds, seconds)
            output, _ = flood.communicate()
    return seen, _parsed(output)


def controlled(seconds: float, osc_rate: float, cc_rate: float) -> tuple[Performance, dict[str, Any]]:
    """Measure while knobs are turned by OSC and MIDI; also returns the rates."""
    (port,) = free_ports(1)
    options = {"osc.enabled": "true", "osc.bind": f"127.0.0.1:{port}", "control.map": _map()}
    with daemon(options) as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        words = [str(port), str(osc_rate), str(cc_rate), str(seconds + 2)]
        desk = [sys.executable, "-m", "tests.benchmarks.knobs", *words]
        with subprocess.Popen(desk, cwd=ROOT, stdout=subprocess.PIPE, text=True) as knobs:
            time.sleep(1.0)
            seen = watch(listener, playing.processes(), seconds, seconds)
            output, _ = knobs.communicate()
    return seen, _parsed(output)


def _map() -> str:
    """Return the map of the knobs, which are the controllers from 20 on."""
    knobs = (f"{name} = {{cc = {number}, pickup = false}}" for number, name in enumerate(_KNOBS, 20))
    return f"{{{', '.join(knobs)}}}"


def controlled_figures(name: str, seen: Performance, rates: dict[str, Any], idle_p99: float) -> list[Figure]:
    """Return the figures while knobs are turned."""
    late, reach = seen.lateness_us, max(2 * idle_p99, 250.0)
    note = f"{rates['osc']:,.0f} OSC/s, {rates['cc']:,.0f} CC/s, {seen.underruns} underruns, {seen.messages:,} notes"
    share = sum(seen.processor_shares) * 100
    return [
        Figure(f"lateness p99 under {name}", late["p99"], "µs", reach, note=note),
        Figure(f"processor share under {name}", share, "% of a core"),
    ]


def first_note_seconds(starts: int) -> float:
    """Return the time from the program's start to the message about its first note; the median of several starts."""
    spans = []
    for _ in range(starts):
        with daemon() as playing, listening(playing.telemetry, "note") as listener:
            await_first(listener, "note")
            spans.append(time.perf_counter() - playing.began_seconds)
    return sorted(spans)[len(spans) // 2]


def lateness_figures(seen: Performance, take: str) -> list[Figure]:
    """Return the figures of lateness, beside isobar and mido in separate processes with the same notes."""
    isobar, mido = measured_apart("isobar_timeline", take), measured_apart("mido_loop", take)
    late = seen.lateness_us
    counts = f"{seen.messages:,} note messages, {seen.underruns} underruns"
    return [
        Figure("lateness p50", late["p50"], "µs", 20, note=counts),
        Figure("lateness p99", late["p99"], "µs", isobar["p99"] / 10, note="reach: a tenth of isobar's"),
        Figure("lateness max", late["max"], "µs"),
        *_compared("isobar Timeline, no-op device", isobar),
        *_compared("mido sleep loop, no-op device", mido),
    ]


def flood_figures(seen: Performance, flood: dict[str, Any], idle_p99: float) -> list[Figure]:
    """Return the figures under a flood of requests."""
    rate = f"{flood['rate']:,.0f} requests/s answered, {flood['refused']} refused, {seen.underruns} underruns"
    late = seen.lateness_us
    return [
        Figure("requests answered", flood["rate"], "/s", FLOOD_RATE * 0.99, "at least"),
        Figure("lateness p50 under requests", late["p50"], "µs", note=rate),
        Figure(
            "lateness p99 under requests", late["p99"], "µs", 2 * idle_p99, note="reach: twice the idle one"
        ),
        Figure("lateness max under requests", late["max"], "µs"),
    ]


def cost_figures(seen: Performance) -> list[Figure]:
    """Return the figures of memory and processor time."""
    last, growth = seen.footprints[-1], growth_mb(seen.footprints)
    minutes = (last.seconds - seen.footprints[0].seconds) / 60
    composer, player, others = (share * 100 for share in seen.processor_shares)
    both = f"composer {composer:.1f} %, player {player:.1f} %, others {others:.1f} %"
    return [
        Figure(f"memory after {minutes:.1f} min (RSS, both)", last.rss / _MB, "MB", 400),
        Figure("the same, shared pages counted once (PSS)", last.pss / _MB, "MB"),
        Figure("growth over the second half (RSS)", growth, "MB", 2, note="reach: not growing"),
        Figure("processor share at 128 BPM", composer + player + others, "% of a core", 15, note=both),
        Figure("composing a tick, live, p50", seen.compose_us["p50"] / 1e3, "ms"),
        Figure("composing a tick, live, p99", seen.compose_us["p99"] / 1e3, "ms"),
    ]


def growth_mb(footprints: Sequence[Footprint]) -> float:
    """Return the mean memory of the last quarter of the time minus that of the quarter before it."""
    quarter = max(len(footprints) // 4, 1)
    last, before = footprints[-quarter:], footprints[-2 * quarter : -quarter] or footprints[:1]
    return (sum(f.rss for f in last) / len(last) - sum(f.rss for f in before) / len(before)) / _MB


def _compared(name: str, late: dict[str, float]) -> list[Figure]:
    if late["played"] != late["written"]:
        raise BenchError(f"{name} played {late['played']} of {late['written']} notes")
    return [Figure(f"{name}: {key}", late[key], "µs") for key in ("p50", "p99", "max")]


def settle(listener: Any) -> None:
    """Wait for the music, then let it run for a few seconds."""
    await_first(listener, "note")
    for _ in heard(listener, _SETTLING_SECONDS):
        pass


def watch(
    listener: Any, processes: list[psutil.Process], lateness_seconds: float, memory_seconds: float
) -> Performance:
    """Collect telemetry for a while, and the memory and processor time of the processes."""
    late: list[float] = []
    compose: list[float] = []
    underruns: list[int] = []
    footprints = [_footprint(processes)]
    before, began = _processor_seconds(processes), time.perf_counter()
    for message in heard(listener, lateness_seconds):
        match message["topic"]:
            case "note":
                late.append(message["lateness_us"])
            case "tick":
                compose.append(message["compose_us"])
            case _:
                underruns.append(message["underruns"])
    passed = time.perf_counter() - began
    shares = [(now - was) / passed for now, was in zip(_processor_seconds(processes), before, strict=True)]
    while time.perf_counter() - began < memory_seconds:
        time.sleep(min(_SAMPLE_SECONDS, memory_seconds / 20))
        footprints.append(_footprint(processes))
    footprints.append(_footprint(processes))
    new_underruns = underruns[-1] - underruns[0] if underruns else 0
    ranked, steps = _known(percentiles(late)), _known(percentiles(compose))
    return Performance(
        ranked, len(late), new_underruns, steps, (shares[0], shares[1], sum(shares[2:])), footprints
    )


def _known(ranks: dict[str, float | None]) -> dict[str, float]:
    if any(rank is None for rank in ranks.values()):
        raise BenchError("the daemon played no notes")
    return {name: rank for name, rank in ranks.items() if rank is not None}


def _footprint(processes: list[psutil.Process]) -> Footprint:
    full = [process.memory_full_info() for process in processes]
    return Footprint(time.perf_counter(), sum(each.rss for each in full), sum(each.pss for each in full))


def _processor_seconds(processes: list[psutil.Process]) -> list[float]:
    return [times.user + times.system for times in (process.cpu_times() for process in processes)]


def _parsed(output: str) -> dict[str, Any]:
    if not output.strip():
        raise BenchError("the client that sends requests failed")
    result: dict[str, Any] = json.loads(output)
    return result
