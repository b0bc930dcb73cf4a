"""A player in virtual time: a link that sends scripted ticks ahead and speaks at given moments, and ports in memory."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple, TypeVar

import msgspec

from daemon.link.player import (
    Attached,
    Began,
    FromPlayer,
    Moved,
    Received,
    Refused,
    Revise,
    Sent,
    Taken,
    TakeOver,
    Tempo,
    TickNotes,
    ToPlayer,
    Transport,
    Wanted,
)
from daemon.player.link import NewComposer
from daemon.player.player import Player, PlayerSettings
from daemon.player.ports.memory_ports import MemoryDriver
from daemon.player.ports.outputs import Outputs
from daemon.player.timing.clock import VirtualClock
from models.notes import PULSES_PER_TICK, Note, Voice
from models.take import SentRow

Compose = Callable[[int], TickNotes | None]
M = TypeVar("M")
TEMPO = 120.0


class Anew(NamedTuple):
    """Makes the link send a revision: these ticks, or else all that have not begun, composed again."""

    ticks: tuple[TickNotes, ...] = ()


class Composed(NamedTuple):
    """Ticks on their way to the player; they become a revision when they arrive."""

    course: int
    ticks: tuple[TickNotes, ...]


class Cue(NamedTuple):
    """A message to the player and its time in seconds. None closes the link, as the end of the supervisor does."""

    seconds: float
    message: ToPlayer | NewComposer | Anew | Composed | None


class ScriptedLink:
    """A composer in virtual time, attached at the start; its ticks arrive at once, or `compose_seconds` later.

    `ahead` is how many ticks the player holds of those that have not begun; one revision is on its way at a time.
    `delays` are the seconds of revisions that begin with certain ticks. The composer reads nothing during `hang`,
    (from, until) in seconds. `heard` are the ticks that the player held when they began.
    """

    def __init__(self, clock: VirtualClock, script: Sequence[Cue], compose: Compose, ahead: int) -> None:
        self.told: list[FromPlayer] = []
        self.revised: list[Revise] = []
        self.heard: dict[int, TickNotes] = {}
        self.ahead, self.compose_seconds = ahead, 0.0
        self.delays: dict[int, float] = {}
        self.hang = (inf, inf)
        self.waiting_bytes = 0
        self.acknowledges = True
        self._clock, self._compose = clock, compose
        begins = Cue(0.0, NewComposer()), Cue(0.0, Tempo(TEMPO))
        self._coming = [*begins, *sorted(script, key=lambda cue: cue.seconds)]
        self._unread: deque[FromPlayer] = deque()
        self._course = self._next_tick = self._revision = self._issued = 0
        self._held: dict[int, TickNotes] = {}
        self._end = 0

    # The player's link.

    def poll(self, timeout: float, /) -> bool:
        """Let time pass until the next message or the timeout."""
        until = self._clock.now() + timeout
        while True:
            first = self._coming[0].seconds if self._coming else inf
            if self._unread and self.hang[1] <= min(first, until):
                self._clock.sleep_until(self.hang[1])
                self._read()
            else:
                self._clock.sleep_until(min(first, until))
                return first <= until

    def next_seconds(self) -> float:
        """Return the time of the next message; infinity if there is none."""
        return self._coming[0].seconds if self._coming else inf

    def recv(self) -> ToPlayer | NewComposer:
        """Return the message that is due."""
        message = self._coming.pop(0).message
        match message:
            case None:
                raise EOFError
            case Anew(ticks):
                message = self._revise(
                    self._course, self._next_tick, ticks or self._composed(self._next_tick)
                )
            case Composed(course, ticks):
                message = self._revise(course, 0, ticks)
            case Transport("play"):
                self._begin(self._course + 1, 0)
                message = msgspec.structs.replace(message, course=self._course)
            case TakeOver(course, start_tick):
                self._begin(course, start_tick)
                self._feed()
            case _:
                pass
        if isinstance(message, Revise):
            self._issued = max(self._issued, message.revision)
            self.revised.append(message)
        return message

    def send(self, message: FromPlayer, /) -> None:
        """Keep what the player says, and react to it unless the composer hangs."""
        self.told.append(message)
        self._unread.append(message)
        if self.hang[0] <= self._clock.now() < self.hang[1]:
            self.waiting_bytes += len(msgspec.msgpack.encode(message))
        else:
            self._read()

    def leave_out(self, message: ToPlayer) -> None:
        """Do not send the first message like this one."""
        self._coming.remove(next(cue for cue in self._coming if cue.message == message))

    def told_of(self, kind: type[M]) -> list[M]:
        """Return what the player said of one kind."""
        return [message for message in self.told if isinstance(message, kind)]

    def rows(self) -> list[SentRow]:
        """Return the note messages that the player reported."""
        return [row for message in self.told_of(Sent) for row in message.rows]

    # The composer.

    def _revise(self, course: int, first: int, ticks: tuple[TickNotes, ...]) -> Revise:
        first = ticks[0].tick if ticks else first
        return Revise(course, self._issued + 1, self._revision, first, ticks)

    def _read(self) -> None:
        self.waiting_bytes = 0
        while self._unread:
            self._react(self._unread.popleft())

    def _react(self, message: FromPlayer) -> None:
        match message:
            case Attached(course, revision, next_tick, first_missing):
                self._course, self._revision, self._next_tick = course, revision, next_tick
                self._end = first_missing
            case Moved(course, _, tick) if course == self._course:
                self._next_tick = tick
            case Began(course, tick) if course == self._course:
                self._next_tick = tick + 1
                if tick in self._held:
                    self.heard[tick] = self._held[tick]
            case Taken(revision):
                self._take(next(each for each in self.revised if each.revision == revision))
            case Sent(number) if self.acknowledges:
                self._add(self._clock.now(), Received(number))
                return
            case Refused():
                pass
            case Wanted(action):
                self._add(self._clock.now() + self.compose_seconds, Transport(action))
                return
            case _:
                return
        self._feed()

    def _begin(self, course: int, tick: int) -> None:
        self._coming = [cue for cue in self._coming if not isinstance(cue.message, Composed)]
        self._held.clear()
        self._course, self._next_tick, self._end = course, tick, tick

    def _take(self, revise: Revise) -> None:
        self._revision, self._end = revise.revision, revise.from_tick + len(revise.ticks)
        self._held = {number: each for number, each in self._held.items() if number < revise.from_tick}
        self._held |= {each.tick: each for each in revise.ticks}

    def _feed(self) -> None:
        """Compose what the player lacks, unless something is on its way to it."""
        if any(isinstance(cue.message, Composed) for cue in self._coming):
            return
        first = max(self._end, self._next_tick)
        if ticks := self._composed(first):
            seconds = self.delays.get(first, self.compose_seconds)
            self._add(self._clock.now() + seconds, Composed(self._course, ticks))

    def _composed(self, first: int) -> tuple[TickNotes, ...]:
        ticks: list[TickNotes] = []
        while first + len(ticks) < self._next_tick + self.ahead:
            composed = self._compose(first + len(ticks))
            if composed is None:
                break
            ticks.append(composed)
        return tuple(ticks)

    def _add(self, seconds: float, message: ToPlayer | Composed) -> None:
        self._coming.append(Cue(seconds, message))
        self._coming.sort(key=lambda cue: cue.seconds)


def tick(
    number: int, notes: Sequence[Note] = (), tempo: float = TEMPO, release: Sequence[Voice] = ()
) -> TickNotes:
    return TickNotes(number, tuple(notes), tempo, tuple(release))


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
        ahead: int = 1,
        **settings: Any,
    ) -> None:
        self.clock = VirtualClock()
        self.driver = MemoryDriver(self.clock, visible)
        self.link = ScriptedLink(self.clock, script, compose, ahead)
        values = PlayerSettings(tempo=TEMPO, routes=routes or {}, **settings)
        self.outputs = Outputs(self.driver, values.routes, more=values.further_ports())
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
