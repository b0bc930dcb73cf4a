"""A player process in real time; this process acts as its supervisor and as the composer of its decks."""

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from daemon.link.channel import Channel
from daemon.link.player import (
    AddDeck,
    Attached,
    Began,
    DeckMessage,
    FromPlayer,
    Moved,
    Quit,
    Received,
    Revise,
    Sent,
    TakeOver,
    Tempo,
    TickNotes,
    ToPlayer,
    Transport,
)
from daemon.player.link import PlayerSettings
from models.effects import Effects
from models.notes import MAIN, PULSES_PER_TICK, Note
from tests.daemon.roles import RoleProcess, player_process
from tests.midi.conftest import Recorder, until

TEMPO = 128.0
LONG = 50 * PULSES_PER_TICK
AHEAD = 8
"""So many ticks that have not begun are composed."""

Told = TypeVar("Told", bound=FromPlayer)


class Music:
    """What the composer sends for one deck: `AHEAD` ticks that have not begun, at `tempo`."""

    def __init__(self, deck: str, send: Callable[[ToPlayer], None], length: int, tempo: float) -> None:
        self._deck, self._send, self._length, self._tempo = deck, send, length, tempo
        self._course = self._revision = self._end = 0
        self.effects: Mapping[int, Effects] = {}

    def start(self) -> None:
        self._course += 1
        self._send(Transport("play", self._course, deck=self._deck))
        self._revise(0, AHEAD)

    def take_over(self, began: Began, hanging: tuple[tuple[int, int], ...]) -> None:
        """Go on after the last tick that another player began."""
        self._course = began.course
        self._send(TakeOver(began.course, began.tick + 1, began.timeline, hanging, deck=self._deck))

    def hear(self, message: FromPlayer) -> None:
        match message:
            case Moved(_, "playing", tick) if tick >= self._end:  # a successor says where it begins
                self._revise(tick, tick + AHEAD)
            case Began(_, tick, _) if tick + AHEAD >= self._end:
                self._revise(max(self._end, tick + 1), tick + 1 + AHEAD)
            case Sent(number):
                self._send(Received(number, deck=self._deck))

    def _revise(self, first: int, end: int) -> None:
        ticks = tuple(
            TickNotes(n, self._notes(n), self._tempo, effects=self.effects.get(n)) for n in range(first, end)
        )
        self._revision += 1
        self._send(Revise(self._course, self._revision, self._revision - 1, first, ticks, deck=self._deck))
        self._end = end

    def _notes(self, n: int) -> tuple[Note, ...]:
        pulse = n * PULSES_PER_TICK
        return (
            Note(pulse, self._length, "lead", 40 + n % 40, 100),
            Note(pulse, self._length, "drums", 36, 100),
        )


class Composer:
    """The composer's side of a player process; it keeps the music of its decks composed while it listens."""

    def __init__(self, note_length: int = 60, role: RoleProcess | None = None, **settings: Any) -> None:
        self.told: list[FromPlayer] = []
        self._length = note_length
        # JACK's threads of this process call Python. In CPython 3.11 a process forked beside such a call may never start.
        self.role = role or player_process(PlayerSettings(api="jack", **settings), forks=False)
        self.process = self.role.process
        self.link = Channel[FromPlayer, ToPlayer](self.role.attach("composer"), FromPlayer, "composer")
        self.decks = {MAIN: Music(MAIN, self.link.send, note_length, TEMPO)}
        self.attached = self.listen_until(Attached)
        self.link.send(Tempo(TEMPO))

    def add(self, deck: str, tempo: float) -> Attached:
        """Add a deck, and wait for its ports."""
        self.decks[deck] = Music(deck, self.link.send, self._length, tempo)
        self.link.send(AddDeck(deck, True, tempo))
        attached = self.listen_until(Attached, deck)
        self.link.send(Tempo(tempo, deck=deck))
        return attached

    def play(self, recorder: Recorder, seconds: float) -> None:
        recorder.connect()
        self.start()
        self.listen(seconds)

    def start(self) -> None:
        for music in self.decks.values():
            music.start()

    def take_over(self, began: Began, hanging: tuple[tuple[int, int], ...]) -> None:
        self.decks[began.deck].take_over(began, hanging)

    def listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self.process.poll() is None:
            if self.link.poll(left):
                self.hear()

    def listen_until(self, kind: type[Told], deck: str = MAIN) -> Told:
        def has_come() -> bool:
            if self.link.poll(0.01):
                self.hear()
            return bool(self.of(kind, deck))

        until(has_come, f"the player says {kind.__name__}")
        return self.of(kind, deck)[-1]

    def of(self, kind: type[Told], deck: str = MAIN) -> list[Told]:
        """Return the messages of a kind about a deck that the player has sent."""
        messages = [message for message in self.told if isinstance(message, kind)]
        return [message for message in messages if getattr(message, "deck", MAIN) == deck]

    def quit(self) -> None:
        self.link.send(Quit())
        assert self.process.wait() == 0

    def hear(self) -> None:
        """Take in all that the player has said, and answer."""
        with contextlib.suppress(EOFError):
            for message in self.link.receive():
                self.told.append(message)
                if isinstance(message, DeckMessage):
                    self.decks[message.deck].hear(message)
