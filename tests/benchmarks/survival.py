"""`python -m tests.benchmarks.survival`: what a listener on JACK hears when roles of a playing daemon are killed.

A JACK server stops for a time when a client is killed: with `-S` ten times `-t` milliseconds for each of the two clients
of a player, without it once `-t`. The benchmark measures that apart, because edmd cannot shorten it.
"""

import contextlib
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import click
import psutil
from rich.console import Console

from tests import needs
from tests.benchmarks.figure import Figure, table_of
from tests.benchmarks.stage import JACK_OPTIONS, TEMPO, BenchError, daemon, jack_server
from tests.midi.conftest import Recorder

PORTS: Final = ("edmd melody", "edmd percussion")
_TICK_SECONDS: Final = 60 / TEMPO / 4
_WATCH_SECONDS: Final = 3.0
_OPTIONS: Final = {"parameters.director": "false", "parameters.energy": "0.8", "parameters.humanize": "0"}


class Fall(NamedTuple):
    """What followed a kill, in seconds: the longest stop of the server, silence and gap of the MIDI clock, and so on."""

    stop: float
    silence: float
    clock: float
    back: float  # to the first note-on
    ended: float  # until each note that sounded had ended
    phase: float  # how far the notes after it are off the grid of those before


class Listener(Recorder):
    """A recorder that also stores the times at which the server calls it."""

    def __init__(self, server: str) -> None:
        super().__init__(*PORTS, server=server)
        self.cycles: list[float] = []

    def _process(self, frames: int) -> None:
        self.cycles.append(time.perf_counter())
        super()._process(frames)

    def fall(self, fell: float, held: Sequence[tuple[str, int, int]]) -> Fall:
        """Measure what was heard since `fell`, when the notes `held` (port, channel, pitch) sounded."""
        ons = sorted(
            each.seconds for port in PORTS for each in self.notes(port) if each.message[0] & 0xF0 == 0x90
        )
        after = [each for each in ons if each > fell + 0.01]
        if not after:
            raise BenchError(f"no note came within {_WATCH_SECONDS:g} s after the kill")
        grid = [each for each in ons if each < fell][-40:]
        clocks = [each.seconds for each in self.heard[PORTS[0]] if each.message == b"\xf8"]
        phase = _offset(after[:20], grid[0]) - _offset(grid, grid[0])
        ends = [self._end(key, fell) - fell for key in held]
        return Fall(
            _longest(self.cycles, fell),
            _longest(ons, fell),
            _longest(clocks, fell),
            after[0] - fell,
            max(ends, default=0.0),
            abs(phase),
        )

    def held(self) -> list[tuple[str, int, int]]:
        """Return the notes that sound."""
        return [(port, *key) for port in PORTS for key in self.sounding(port)]

    def _end(self, key: tuple[str, int, int], fell: float) -> float:
        port, channel, pitch = key
        ends = (
            each.seconds
            for each in self.notes(port)
            if each.seconds > fell and each.message[:2] == bytes((0x80 + channel, pitch))
        )
        return next(ends, float("inf"))


def _longest(moments: Iterable[float], since: float) -> float:
    return max((after - before for before, after in pairwise(moments) if after > since), default=0.0)


def _offset(moments: Sequence[float], origin: float) -> float:
    half = _TICK_SECONDS / 2
    return statistics.median((each - origin + half) % _TICK_SECONDS - half for each in moments)


def opened(server: str) -> Listener:
    """Return a listener; the server may need a moment to answer on a busy machine."""
    jack = needs.library("jack")
    for _ in range(100):
        with contextlib.suppress(jack.JackOpenError):
            return Listener(server)
        time.sleep(0.1)
    raise BenchError("the JACK server does not answer")


def falls(name: str, kills: int, server: str) -> list[Fall]:
    """Kill a role of one daemon again and again, at random moments."""
    found = []
    with opened(server) as listener, daemon(_OPTIONS) as playing:
        listener.connect()
        time.sleep(_WATCH_SECONDS)
        for _ in range(kills):
            time.sleep(random.uniform(0.5, 1.0))
            role, fell = playing.role(name), time.perf_counter()
            role.kill()
            time.sleep(0.003)
            held = listener.held()
            time.sleep(_WATCH_SECONDS)
            found.append(listener.fall(fell, held))
    return found


def supervisor_falls(kills: int, server: str) -> list[tuple[float, float]]:
    """Kill the supervisor of a daemon; return the seconds until nothing sounded and until no process was left."""
    found = []
    for _ in range(kills):
        with opened(server) as listener, daemon(_OPTIONS) as playing:
            listener.connect()
            time.sleep(_WATCH_SECONDS)
            while not listener.held():
                time.sleep(0.001)
            processes, fell = playing.processes(), time.perf_counter()
            playing.process.kill()
            gone = _gone_seconds(processes)
            silent = max(each.seconds for port in PORTS for each in listener.notes(port))
            found.append((float("inf") if listener.held() else max(silent - fell, 0.0), gone))
    return found


def _gone_seconds(processes: Sequence[psutil.Process]) -> float:
    began = time.perf_counter()
    while any(map(_is_alive, processes)):
        if time.perf_counter() - began > _WATCH_SECONDS:
            return float("inf")
        time.sleep(0.002)
    seconds = time.perf_counter() - began
    time.sleep(0.2)  # the last messages arrive
    return seconds


def _is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def player_figures(found: Sequence[Fall]) -> list[Figure]:
    """Return what a killed player costs."""
    rank = max(0, round(0.95 * len(found)) - 1)
    back, without = (
        sorted(values)
        for values in ([each.back for each in found], [each.back - each.stop for each in found])
    )
    note = (
        f"{len(found)} kills; the server stopped for {statistics.median(each.stop for each in found):.2f} s"
    )
    return [
        Figure("player killed: music again, p50", statistics.median(back), "s", note=note),
        Figure("player killed: music again, p95", back[rank], "s", 0.5),
        Figure("player killed: music again, max", back[-1], "s", 1.0),
        Figure("the same without the stop of the server, p95", without[rank], "s"),
        Figure("player killed: older notes ended, max", max(each.ended for each in found), "s", 1.0),
        Figure("player killed: off the grid, max", max(each.phase for each in found) * 1e3, "ms", 10),
    ]


def other_figures(name: str, found: Sequence[Fall]) -> list[Figure]:
    """Return what is heard of a role that is killed beside the player."""
    silence, clock = max(each.silence for each in found), max(each.clock for each in found)
    note = f"{len(found)} kills; longest gap of the MIDI clock {clock * 1e3:.0f} ms"
    return [Figure(f"{name} killed: longest silence between notes", silence, "s", note=note)]


def supervisor_figures(found: Sequence[tuple[float, float]]) -> list[Figure]:
    """Return how soon all is over after the supervisor was killed."""
    silent, gone = (max(values) for values in zip(*found, strict=True))
    return [
        Figure("supervisor killed: silent, max", silent, "s", 1.0, note=f"{len(found)} kills"),
        Figure("supervisor killed: no process left, max", gone, "s", 1.0),
    ]


@click.command()
@click.option(
    "--kills", default=50, show_default=True, help="How often the player is killed; others less often."
)
@click.option("--role", "roles", multiple=True, help="Only this role; may be given several times.")
@click.option("--jack", default=JACK_OPTIONS, show_default=True, help="Options of the JACK server.")
def main(kills: int, roles: tuple[str, ...], jack: str) -> None:
    """Kill roles and print what was heard; exit 1 when a reach is missed."""
    figures: list[Figure] = []
    try:
        with jack_server(jack) as server:
            for name in roles or ("player", "standby", "gateway", "composer", "supervisor"):
                few = max(kills // 5, 1)
                if name == "supervisor":
                    figures += supervisor_figures(supervisor_falls(few, server))
                elif name == "player":
                    figures += player_figures(falls(name, kills, server))
                else:
                    figures += other_figures(name, falls(name, few, server))
    except BenchError as error:
        raise click.ClickException(str(error)) from None
    Console(width=160, highlight=False).print(table_of(figures))
    raise SystemExit(int(any(figure.met is False for figure in figures)))


if __name__ == "__main__":
    main()
