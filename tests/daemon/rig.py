"""A player in virtual time: a link that composes inline and sends messages at given times, and ports in memory."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from daemon.player.clock import VirtualClock
from daemon.player.link import Message
from daemon.player.memory_ports import MemoryDriver
from daemon.player.outputs import Outputs
from daemon.player.player import Player, PlayerSettings
from models.notes import PULSES_PER_TICK, Note, Voice

Compose = Callable[[int], Message | None]


class Cue(NamedTuple):
    """A message of the composer and its time in seconds. None closes the link, as a kill does."""

    seconds: float
    message: Message | None


class ScriptedLink:
    """The composer in virtual time. It answers each request for a tick at once, or `compose_seconds` later."""

    def __init__(self, clock: VirtualClock, script: Sequence[Cue], compose: Compose) -> None:
        self.told: list[Message] = []
        self.compose_seconds = 0.0
        self._clock, self._compose = clock, compose
        self._coming = sorted(script, key=lambda cue: cue.seconds)

    def poll(self, timeout: float, /) -> bool:
        """Let time pass until the next message or the timeout."""
        until = self._clock.now() + timeout
        if self._coming and self._coming[0].seconds <= until:
            self._clock.sleep_until(self._coming[0].seconds)
            return True
        self._clock.sleep_until(until)
        return False

    def recv(self) -> Message:
        """Return the message that is due."""
        message = self._coming.pop(0).message
        if message is None:
            raise EOFError
        return message

    def send(self, message: Message, /) -> None:
        """Store the player's message, and answer a request for a tick."""
        self.told.append(message)
        if message[0] == "want" and (answer := self._compose(message[1])) is not None:
            self._coming.append(Cue(self._clock.now() + self.compose_seconds, answer))
            self._coming.sort(key=lambda cue: cue.seconds)

    def told_of(self, kind: str) -> list[Message]:
        """Return the player's messages of one kind."""
        return [message for message in self.told if message[0] == kind]


def tick(
    number: int, notes: Sequence[Note] = (), tempo: float = 120.0, release: Sequence[Voice] = ()
) -> Message:
    return ("tick", number, tuple(notes), tempo, tuple(release))


def at_tick(number: int, length: int = 60, voice: Voice = "lead", pitch: int = 60, late: int = 0) -> Note:
    return Note(number * PULSES_PER_TICK + late, length, voice, pitch, 100)


class Rig:
    """A player that has not run yet; `run` does everything."""

    def __init__(
        self,
        script: Sequence[Cue],
        compose: Compose = tick,
        routes: Mapping[Voice, str] | None = None,
        visible: Sequence[str] = (),
        **settings: Any,
    ) -> None:
        self.clock = VirtualClock()
        self.driver = MemoryDriver(self.clock, visible)
        self.link = ScriptedLink(self.clock, script, compose)
        self.outputs = Outputs(self.driver, routes or {})
        values = PlayerSettings(tempo=120.0, **settings)
        self.player = Player(self.clock, self.outputs, self.link, values)

    def run(self) -> "Rig":
        self.player.run()
        return self

    def sent(self, port: str = "edmd melody") -> list[tuple[float, bytes]]:
        return self.driver.ports[port].sent

    def notes(self, port: str = "edmd melody") -> list[tuple[float, bytes]]:
        return [(seconds, message) for seconds, message in self.sent(port) if message[0] & 0xE0 == 0x80]

    def named(self, name: str, port: str = "edmd melody") -> list[float]:
        """Return the times of one single-byte message, by its hexadecimal name."""
        return [seconds for seconds, message in self.sent(port) if message == bytes.fromhex(name)]


def sounding(messages: Sequence[tuple[float, bytes]]) -> set[tuple[int, int]]:
    """Return the (channel, pitch) still sounding. AssertionError for an off without an on, or a second on."""
    held: dict[tuple[int, int], int] = defaultdict(int)
    for seconds, message in messages:
        key = (message[0] & 0x0F, message[1] if len(message) > 1 else 0)
        if message[0] & 0xF0 == 0x90:
            assert held[key] == 0, f"note-on on a sounding key {key} at {seconds}"
            held[key] = 1
        elif message[0] & 0xF0 == 0x80:
            assert held[key] == 1, f"note-off without a note-on {key} at {seconds}"
            held[key] = 0
    return {key for key, count in held.items() if count}
