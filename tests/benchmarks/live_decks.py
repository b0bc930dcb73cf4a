"""`python -m tests.benchmarks.live_decks`: many decks live on JACK, each at its own tempo.

It counts underruns and lateness as each deck publishes them, and how much of a core the composer and the player use.
"""

import json
import time
from collections.abc import Sequence
from typing import Any, Final

import click
import psutil
import zmq
from rich.console import Console

from daemon.client import Client
from models.notes import MAIN
from tests.benchmarks.figure import Figure, table_of
from tests.benchmarks.stage import JACK_OPTIONS, Daemon, daemon, jack_server, listening

# Tempos that never meet, so that the ticks of the decks drift past each other.
_TEMPOS: Final = (128.0, 87.0, 95.5, 104.3, 112.9, 120.7, 139.1, 174.0)
_OPTIONS: Final = {"parameters.director": "false", "parameters.energy": "0.8"}
_SETTLE_SECONDS: Final = 3.0


def _begin(playing: Daemon, decks: int) -> list[str]:
    names = [MAIN, *(f"deck{number}" for number in range(2, decks + 1))]
    with Client(playing.control, timeout_seconds=5.0) as client:
        while client.state()["transport"]["state"] != "playing":
            time.sleep(0.1)
        for name in names[1:]:
            client.add_deck(name)
            client.request("reseed", seed=len(name) * 31, at="now", deck=name)
    time.sleep(_SETTLE_SECONDS)  # their ports open
    for name, tempo in zip(names, _tempos(decks), strict=True):
        with Client(playing.control, timeout_seconds=5.0, deck=name) as client:
            client.set({"tempo": tempo})
            if name != MAIN:
                client.transport("play")
    return names


def _tempos(decks: int) -> list[float]:
    return [_TEMPOS[number % len(_TEMPOS)] + number // len(_TEMPOS) * 0.7 for number in range(decks)]


def _last_health(listener: zmq.Socket[bytes], seconds: float) -> dict[str, list[dict[str, Any]]]:
    """Return the health messages of each deck that come within a time."""
    found: dict[str, list[dict[str, Any]]] = {}
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if listener.poll(round(left * 1000) + 1):
            body = json.loads(listener.recv_multipart()[1])
            found.setdefault(body.get("deck", MAIN), []).append(body)
    return found


def measured(decks: int, seconds: float) -> list[Figure]:
    """Play so many decks for a time, and return what was measured."""
    with daemon(_OPTIONS) as playing:
        names = _begin(playing, decks)
        time.sleep(_SETTLE_SECONDS)
        roles = {name: psutil.Process(playing.role(name).pid) for name in ("composer", "player")}
        before = {name: sum(role.cpu_times()[:2]) for name, role in roles.items()}
        with listening(playing.telemetry, "health") as listener:
            health = _last_health(listener, seconds)
        shares = {name: (sum(role.cpu_times()[:2]) - before[name]) / seconds for name, role in roles.items()}
    return _figures(names, health, shares)


def _figures(
    names: Sequence[str], health: dict[str, list[dict[str, Any]]], shares: dict[str, float]
) -> list[Figure]:
    last = {name: health[name][-1] for name in names}
    underruns = sum(each["underruns"] - health[name][0]["underruns"] for name, each in last.items())
    ticks = sum(each["ticks"] - health[name][0]["ticks"] for name, each in last.items())
    worst = {
        key: max(body["lateness_us"][key] or 0.0 for bodies in health.values() for body in bodies)
        for key in ("p50", "p99", "max")
    }
    step = max(body["step_us"]["p50"] or 0.0 for bodies in health.values() for body in bodies)
    return [
        Figure("decks that play", len(last), "", len(names), "at least"),
        Figure("ticks composed", ticks, ""),
        Figure("underruns", underruns, "", 0),
        *(Figure(f"lateness {key}, worst deck", value, "us") for key, value in worst.items()),
        Figure("a tick in its batch, p50", step, "us", note="until the batch of all decks is done"),
        *(Figure(f"{name}, share of a core", 100 * share, "%") for name, share in shares.items()),
    ]


@click.command()
@click.option("--decks", default=8, show_default=True)
@click.option("--minutes", default=10.0, show_default=True)
def main(decks: int, minutes: float) -> None:
    """Measure, and print a table."""
    with jack_server(JACK_OPTIONS):
        figures = measured(decks, minutes * 60)
    Console().print(table_of(figures))


if __name__ == "__main__":
    main()
