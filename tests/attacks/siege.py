"""Attack a real daemon with a hostile client in its own process, while a second client only pings."""

import contextlib
import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import zmq

from exporters.midi import write_midi
from models.notes import Note
from models.take import Take
from tests.benchmarks.stage import Daemon, await_first, daemon, listening
from tests.imports import ROOT

_PING_SECONDS: Final = 0.05
_STARTING_SECONDS: Final = 10.0
_END_SECONDS: Final = 20.0
_TAKE: Final = Take(tuple(Note(480 * beat, 400, "bass", 40, 90) for beat in range(200)), (), (), {"bass": 3})


@dataclass
class Seen:
    """Measurements of a daemon over some time; `pings_ms` holds how long each reply to a ping took."""

    lateness_us: list[float] = field(default_factory=list)
    pings_ms: list[float] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    underruns: int = 0
    told: dict[str, Any] = field(default_factory=dict)
    grown_mb: float = 0.0
    end_seconds: float = 0.0
    code: int | None = None

    @property
    def longest_gap(self) -> float:
        """The longest time in seconds between two ticks."""
        return max(
            (after - before for before, after in zip(self.ticks, self.ticks[1:], strict=False)), default=1e9
        )

    @property
    def ping_p99_ms(self) -> float:
        """The 99th percentile of the times to answer a ping."""
        return p99(self.pings_ms)

    @property
    def lateness_p99_us(self) -> float:
        """The 99th percentile of the lateness of note messages."""
        return p99(self.lateness_us)


def p99(figures: list[float]) -> float:
    """Return the 99th percentile; a huge number if there are too few figures."""
    return statistics.quantiles(figures, n=100, method="inclusive")[98] if len(figures) > 1 else 1e9


@contextlib.contextmanager
def besieged(
    folder: Path, more: Mapping[str, str] | None = None, files: tuple[int, int] | None = None
) -> Iterator["Siege"]:
    """Start a playing daemon with the recordings and presets that attacks use; `files` are its limits of open files."""
    (folder / "presets").mkdir(parents=True)
    (folder / "presets" / "deep.toml").write_text("a = " + "[" * 20_000, encoding="utf-8")
    (folder / "presets" / "huge.toml").write_text("# nothing\n" * 1_000_000, encoding="utf-8")
    write_midi(_TAKE, folder / "song.mid")
    options = {"recording.folder": str(folder), "presets.folder": str(folder / "presets"), **(more or {})}
    with daemon(options, files) as running, listening(running.telemetry, "note", "tick", "health") as events:
        await_first(events, "note")
        yield Siege(running, events)


class Siege:
    """Attacks a daemon and measures it."""

    def __init__(self, running: Daemon, events: zmq.Socket[bytes]) -> None:
        self._daemon, self._events = running, events

    def watch(self, seconds: float) -> Seen:
        """Measure telemetry and the replies to pings for `seconds`."""
        seen, underruns = Seen(), []
        for topic, message in _heard(self._events, self._daemon.control, seconds, seen.pings_ms):
            match topic:
                case "note":
                    seen.lateness_us.append(message["lateness_us"])
                case "tick":
                    seen.ticks.append(time.monotonic())
                case _:
                    underruns.append(message["underruns"])
        seen.underruns = underruns[-1] - underruns[0] if underruns else 0
        return seen

    def attacked(self, name: str, seconds: float, rest_seconds: float = 0.0) -> Seen:
        """Measure during an attack; include the attacker's report, and how much memory has grown after a rest."""
        before = self.rss_mb()
        with self._attacker(name, seconds + 1.0) as attacker:
            time.sleep(0.5)
            seen = self.watch(seconds)
            told, failure = attacker.communicate()
        if attacker.returncode:
            raise RuntimeError(f"the attacker {name} failed: {failure.strip()[-400:]}")
        seen.told = json.loads(told)
        time.sleep(rest_seconds)
        seen.grown_mb = self.rss_mb() - before
        return seen

    def ended_amid(self, name: str, seen: Seen) -> Seen:
        """Send SIGTERM in the middle of the attack; add the seconds until the daemon ended and its exit code to `seen`."""
        with self._attacker(name, _END_SECONDS) as attacker:
            time.sleep(1.0)
            began = time.monotonic()
            self._daemon.process.send_signal(signal.SIGTERM)
            seen.code = self._daemon.process.wait(_END_SECONDS)
            seen.end_seconds = time.monotonic() - began
            attacker.kill()
        return seen

    def rss_mb(self) -> float:
        """Return the memory of the composer in megabytes."""
        return float(self._daemon.role("composer").memory_info().rss / 1e6)

    @contextlib.contextmanager
    def _attacker(self, name: str, seconds: float) -> Iterator["subprocess.Popen[str]"]:
        target = self._daemon.telemetry if name.endswith("@telemetry") else self._daemon.control
        words = [sys.executable, "-m", "tests.attacks.client", name.partition("@")[0], target, str(seconds)]
        pipe = subprocess.PIPE
        with subprocess.Popen(words, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as attacker:
            try:
                assert attacker.stdout is not None
                attacker.stdout.readline()  # it prints a line when it begins
                yield attacker
            finally:
                attacker.kill()


def _heard(
    events: zmq.Socket[bytes], control: str, seconds: float, pings_ms: list[float]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the telemetry of the next `seconds`, without older messages, and ping the daemon repeatedly meanwhile."""
    with contextlib.suppress(zmq.Again):
        while True:
            events.recv_multipart(zmq.NOBLOCK)
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.setsockopt(zmq.LINGER, 0)
        client.connect(control)
        poller = zmq.Poller()
        for each in (events, client):
            poller.register(each, zmq.POLLIN)
        asked, next_ping, is_owed = 0.0, time.monotonic(), False
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            if not is_owed and now >= next_ping:
                client.send(b'{"v":1,"id":"p","op":"ping"}')
                asked, is_owed, next_ping = now, True, now + _PING_SECONDS
            ready = dict(poller.poll(10))
            if client in ready:
                assert json.loads(client.recv())["ok"], "a ping is refused"
                pings_ms.append((time.monotonic() - asked) * 1e3)
                is_owed = False
            if events in ready:
                topic, body = events.recv_multipart()
                yield topic.decode(), json.loads(body)
        if is_owed:
            pings_ms.append((time.monotonic() - asked) * 1e3)
