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

import psutil
import zmq

from exporters.midi import write_midi
from models.notes import Note
from models.take import Take
from tests.benchmarks.stage import BenchError, Daemon, await_first, daemon, listening
from tests.imports import ROOT

_PING: Final = b'{"v":1,"id":"p","op":"ping"}'
_PANIC: Final = b'{"v":1,"id":"p","op":"transport","action":"panic"}'
_PING_SECONDS: Final = 0.05
_PANIC_SECONDS: Final = 0.1
_LOST_SECONDS: Final = 1.0
_STARTING_SECONDS: Final = 10.0
_END_SECONDS: Final = 20.0
_TAKE: Final = Take(tuple(Note(480 * beat, 400, "bass", 40, 90) for beat in range(200)), (), (), {"bass": 3})


@dataclass
class Seen:
    """Measurements of a daemon over some time; `pings_ms` holds how long each reply to a ping took."""

    lateness_us: list[float] = field(default_factory=list)
    pings_ms: list[float] = field(default_factory=list)
    panics_ms: list[float] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
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
    def panic_p99_ms(self) -> float:
        """The 99th percentile of the times to answer a panic."""
        return p99(self.panics_ms)

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

    def watch(self, seconds: float, *, panics: bool = False) -> Seen:
        """Measure telemetry and the replies to pings for `seconds`; with `panics`, which make notes late, those too."""
        seen, underruns = Seen(), []
        for topic, message in _heard(self._events, self._daemon.control, seconds, seen, panics=panics):
            match topic:
                case "note":
                    seen.lateness_us.append(message["lateness_us"])
                case "tick":
                    seen.ticks.append(time.monotonic())
                    seen.numbers.append(message["tick"])
                case _:
                    underruns.append(message["underruns"])
        seen.underruns = underruns[-1] - underruns[0] if underruns else 0
        return seen

    def attacked(
        self, name: str, seconds: float, rest_seconds: float = 0.0, panic_seconds: float = 0.0
    ) -> Seen:
        """Measure during an attack; include the attacker's report, and how much memory has grown after a rest.

        Panics are sent in the last `panic_seconds` of it, which count for nothing else.
        """
        before = self.rss_mb()
        with self._attacker(name, seconds + panic_seconds + 1.0) as attacker:
            time.sleep(0.5)
            seen = self.watch(seconds)
            if panic_seconds:
                seen.panics_ms = self.watch(panic_seconds, panics=True).panics_ms
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
        """Return the memory of composer and gateway in megabytes."""
        deadline = time.monotonic() + _STARTING_SECONDS
        while True:
            try:
                roles = [self._daemon.role(name) for name in ("composer", "gateway")]
                return float(sum(role.memory_info().rss for role in roles) / 1e6)
            except (BenchError, psutil.Error):  # a gateway is being started again
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

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


class Asker:
    """Asks for the same thing again and again, and adds to `taken_ms` how long each answer took.

    A request that is lost with its gateway is sent again after a second; its answer counts from the first sending.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        control: str,
        frame: bytes,
        every: float,
        taken_ms: list[float],
    ) -> None:
        self.client = context.socket(zmq.DEALER)
        self.client.setsockopt(zmq.LINGER, 0)
        self.client.connect(control)
        self._frame, self._every_seconds = frame, every
        self._asked = self._sent = self._next = 0.0
        self._taken_ms = taken_ms

    def ask(self, now: float) -> None:
        """Ask, if it is time for that."""
        if not self._asked and now >= self._next:
            self._asked = self._sent = now
            self.client.send(self._frame)
        elif self._asked and now - self._sent > _LOST_SECONDS:
            self._sent = now
            self.client.send(self._frame, zmq.NOBLOCK)

    def take(self, now: float) -> None:
        """Take an answer."""
        assert json.loads(self.client.recv())["ok"], "a request is refused"
        if self._asked:
            self.close(now)
        self._next = now + self._every_seconds

    def close(self, now: float) -> None:
        """Count a request that waits for its answer as if it came now."""
        if self._asked:
            self._taken_ms.append((now - self._asked) * 1e3)
            self._asked = 0.0


def _heard(
    events: zmq.Socket[bytes], control: str, seconds: float, seen: Seen, *, panics: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the telemetry of the next `seconds`, and ask for pings, or panics too; older messages are left out."""
    with contextlib.suppress(zmq.Again):
        while True:
            events.recv_multipart(zmq.NOBLOCK)
    with zmq.Context() as context:
        askers = [Asker(context, control, _PING, _PING_SECONDS, seen.pings_ms)]
        if panics:
            askers.append(Asker(context, control, _PANIC, _PANIC_SECONDS, seen.panics_ms))
        poller = zmq.Poller()
        for each in (events, *(asker.client for asker in askers)):
            poller.register(each, zmq.POLLIN)
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            for asker in askers:
                asker.ask(now)
            ready = dict(poller.poll(10))
            for asker in askers:
                if asker.client in ready:
                    asker.take(time.monotonic())
            if events in ready:
                topic, body = events.recv_multipart()
                yield topic.decode(), json.loads(body)
        for asker in askers:
            asker.close(end)
            asker.client.close()
