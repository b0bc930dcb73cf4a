"""`python -m tests.benchmarks.strain`: a busy machine, a composer that stands still, and changes without end."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click
import psutil
from rich.console import Console

from daemon.client import Client
from daemon.parameters import SPECS, Value
from tests.benchmarks.figure import Figure, table_of
from tests.benchmarks.persistence import busy
from tests.benchmarks.playing import settle, watch
from tests.benchmarks.stage import JACK_OPTIONS, BenchError, Daemon, daemon, jack_server, listening

_RATE: Final = 100
_STALL_SECONDS: Final = 1.5
_BETWEEN_SECONDS: Final = 4.0
_JACK: Final = ("/dev/shm/jack", "/jack")


def busy_machine(seconds: float) -> list[Figure]:
    """Play beside eight busy processes."""
    with busy(8), daemon() as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        seen = watch(listener, playing.processes(), seconds, 0.0)
    late = seen.lateness_us
    note = (
        f"{seconds:g} s, {seen.messages:,} notes, lateness p99 {late['p99']:.0f} µs, max {late['max']:.0f} µs"
    )
    return [Figure("beside 8 busy processes: underruns", seen.underruns, "", 0, note=note)]


def still_composer(times: int) -> list[Figure]:
    """Stop the composer with SIGSTOP again and again."""
    with daemon() as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        before = _underruns(playing)
        for _ in range(times):
            composer = playing.role("composer")
            composer.send_signal(signal.SIGSTOP)
            time.sleep(_STALL_SECONDS)
            composer.send_signal(signal.SIGCONT)
            time.sleep(_BETWEEN_SECONDS)
        underruns = _underruns(playing) - before
    note = f"{times} times {_STALL_SECONDS:g} s"
    return [Figure("composer stopped: underruns", underruns, "", 0, note=note)]


def many_changes(tempo: float, seconds: float) -> list[Figure]:
    """Change every live parameter, one after another, a hundred times a second."""
    options = {"parameters.tempo": str(tempo)}
    with daemon(options) as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        with _changing(playing.control, _RATE) as replies:
            seen = watch(listener, playing.processes(), seconds, 0.0)
    ranked = sorted(replies)
    name = f"{_RATE} changes/s at {tempo:g} BPM"
    note = f"{len(ranked):,} changes in {seconds:g} s, {seen.messages:,} notes"
    return [
        Figure(f"{name}: underruns", seen.underruns, "", 0, note=note),
        Figure(f"{name}: composer's share", seen.processor_shares[0] * 100, "% of a core", 60),
        Figure(f"{name}: reply p99", ranked[int(0.99 * len(ranked))] * 1e3, "ms", 20),
    ]


def memory() -> list[Figure]:
    """Return the memory of all roles without the pages that JACK's clients share with its server."""
    with daemon() as playing, listening(playing.telemetry, "note", "tick", "health") as listener:
        settle(listener)
        seen = watch(listener, playing.processes(), 30.0, 0.0)
        processes = [playing.role(name) for name in ("composer", "player", "standby", "gateway")]
        processes.append(psutil.Process(playing.process.pid))
        sizes = {process.name(): _pss(process) / 1e6 for process in processes}
    note = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    shares = ", ".join(f"{share * 100:.1f}" for share in seen.processor_shares)
    return [
        Figure("PSS of all roles, JACK's memory apart", sum(sizes.values()), "MB", 320, note=note),
        Figure(
            "processor share at 128 BPM", sum(seen.processor_shares) * 100, "% of a core", 12, note=shares
        ),
    ]


def _pss(process: psutil.Process) -> int:
    maps = process.memory_maps(grouped=True)
    return sum(each.pss for each in maps if not any(name in each.path for name in _JACK))


def _underruns(playing: Daemon) -> int:
    with Client(playing.control, timeout_seconds=10.0) as client:
        return int(client.state()["health"]["underruns"])


@contextmanager
def _changing(control: str, rate: float) -> Iterator[list[float]]:
    """Change parameters meanwhile; yields the list of the seconds that each reply took."""
    replies: list[float] = []
    ended = threading.Event()

    def change() -> None:
        with Client(control, timeout_seconds=10.0) as client:
            names = [name for name in SPECS if name != "tempo"]
            began, number = time.perf_counter(), 0
            while not ended.is_set():
                name = names[number % len(names)]
                asked = time.perf_counter()
                client.set({name: _any_value(name)})
                replies.append(time.perf_counter() - asked)
                number += 1
                time.sleep(max(0.0, began + number / rate - time.perf_counter()))

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield replies
    finally:
        ended.set()
        thread.join()


def _any_value(name: str) -> Value:
    spec = SPECS[name]
    match spec.kind:
        case "bool":
            return random.random() < 0.2
        case "int":
            return random.randint(int(spec.low), int(spec.high))
        case "float":
            return random.uniform(spec.low, spec.high)
    return random.choice(spec.choices)


@click.command()
@click.option("--minutes", default=5.0, show_default=True, help="How long the machine is busy.")
@click.option("--seconds", default=60.0, show_default=True, help="How long the parameters change.")
@click.option("--only", multiple=True, help="busy, still, changes or memory; may be given several times.")
@click.option("--jack", default=JACK_OPTIONS, show_default=True, help="Options of the JACK server.")
def main(minutes: float, seconds: float, only: tuple[str, ...], jack: str) -> None:
    """Strain the daemon and print what it costs; exit 1 when a reach is missed."""
    parts: dict[str, Callable[[], list[Figure]]] = {
        "memory": memory,
        "still": lambda: still_composer(5),
        "changes": lambda: many_changes(128.0, seconds) + many_changes(300.0, seconds),
        "busy": lambda: busy_machine(minutes * 60),
    }
    figures: list[Figure] = []
    try:
        with jack_server(jack):
            for name in only or parts:
                figures += parts[name]()
    except BenchError as error:
        raise click.ClickException(str(error)) from None
    Console(width=160, highlight=False).print(table_of(figures))
    raise SystemExit(int(any(figure.met is False for figure in figures)))


if __name__ == "__main__":
    main()
