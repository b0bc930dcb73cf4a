"""A deck in virtual time with somebody who plays into it: the real listener, priming and networks, and no process."""

from collections.abc import Sequence
from typing import Any, Final

from daemon.composer.listening.listener import Listener
from daemon.composer.models.priming import Priming
from daemon.composer.playing.feeder import Feeder
from daemon.composer.playing.position import Position
from daemon.composer.requests.changes import Changes
from daemon.control.messages import Listen, ListenAction
from daemon.link.player import ToPlayer
from daemon.link.timeline import Timeline
from daemon.music.deck.deck import Deck
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from daemon.parameters import Parameters
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, Note, Voice
from tests.daemon.solo import Solo

AHEAD: Final = 17
TIMELINE: Final = Timeline(0, 100.0, 120.0)
# A note as somebody plays it: tick, length in ticks, pitch, velocity.
Strike = tuple[int, int, int, int]


class Room:
    """Plays tick after tick; `strikes` are played in at their ticks, `late` seconds after them."""

    def __init__(
        self, solo: Solo, parameters: Parameters, strikes: Sequence[Strike] = (), late: float = 0.0
    ) -> None:
        self.deck: Deck = solo.deck(parameters)
        self.seconds = TIMELINE.origin_seconds
        self.sent: list[ToPlayer] = []
        feeder = Feeder(self.deck, self.sent.append, 2.0, clock=lambda: self.seconds)
        self.changes = Changes(self.deck, feeder, self.sent.append, lambda: self.seconds)
        self.position, self.told = Position(), list[dict[str, Any]]()
        self.position.moved("playing", 0)
        self.step_seconds = 0.001
        self.priming = Priming(solo.library, self.deck, self.changes)
        self.listener = Listener(
            self.deck,
            self.changes,
            self.position,
            self.priming,
            publish=lambda topic, body: self.told.append({"topic": topic, **body}),
            step_seconds=lambda: self.step_seconds,
            clock=lambda: self.seconds,
        )
        self._late = late
        self._messages = sorted(
            [(tick, velocity, pitch) for tick, _, pitch, velocity in strikes]
            + [(tick + length, 0, pitch) for tick, length, pitch, _ in strikes]
        )

    def listen(self, action: ListenAction, bars: int | None = None, *, once: bool = False) -> Any:
        """Ask for what the op `listen` does."""
        return self.listener.carry_out(Listen(action, bars, once))

    def play(self, ticks: int) -> list[Ticked]:
        """Let ticks begin, and return them."""
        return [self._tick() for _ in range(ticks)]

    def bars(self, bars: int) -> list[Note]:
        """Let bars begin, and return their notes."""
        return [note for ticked in self.play(bars * TICKS_PER_BAR) for note in ticked.composed.notes]

    def _tick(self) -> Ticked:
        tick = self.deck.next_tick
        self.seconds = TIMELINE.seconds_at(tick * PULSES_PER_TICK)
        self.deck.rewind()
        while self.deck.head < tick + AHEAD:
            run(self.deck.compose())
        ticked = self.deck.ticked(tick)
        assert ticked is not None
        self.deck.begin(tick + 1)
        self.position.begun(tick, TIMELINE)
        self._play_in(tick)
        self.listener.begun(tick)
        while self.priming.is_busy:
            self.priming.work()
        self.listener.publish()
        return ticked

    def _play_in(self, tick: int) -> None:
        due = [each for each in self._messages if each[0] <= tick]
        self._messages = self._messages[len(due) :]
        self.seconds += self._late
        if due:
            self.listener.hear(tuple((self.seconds, pitch, velocity) for _, velocity, pitch in due))


def pitch_classes(notes: Sequence[Note], voice: Voice) -> set[int]:
    """Return the pitch classes that a voice plays."""
    return {note.pitch % 12 for note in notes if note.voice == voice}
