"""The player process on a real JACK server; the test process acts as composer and supervisor."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, TypeVar

import pytest

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
from daemon.player.patchbay import open_patchbay
from models.notes import MAIN, PULSES_PER_TICK, Note
from tests.daemon.roles import RoleProcess, player_process
from tests.midi.conftest import Recorder, until

pytestmark = pytest.mark.midi

TEMPO = 128.0
TICK_FRAMES = 48000 * 60 // 128 // 4
LONG = 50 * PULSES_PER_TICK
AHEAD = 8
"""So many ticks that have not begun are composed."""

Told = TypeVar("Told", bound=FromPlayer)


class Music:
    """What the composer sends for one deck: `AHEAD` ticks that have not begun, at `tempo`."""

    def __init__(self, deck: str, send: Callable[[ToPlayer], None], length: int, tempo: float) -> None:
        self._deck, self._send, self._length, self._tempo = deck, send, length, tempo
        self._course = self._revision = self._end = 0

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
        ticks = tuple(TickNotes(n, self._notes(n), self._tempo) for n in range(first, end))
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


@pytest.fixture
def composers() -> Iterator[list[Composer]]:
    started: list[Composer] = []
    yield started
    for composer in started:
        composer.role.kill()
        composer.link.close()


def begin(composers: list[Composer], **settings: Any) -> Composer:
    composers.append(Composer(**settings))
    return composers[-1]


def test_what_is_played_arrives_whole_and_in_order(recorder: Recorder, composers: list[Composer]) -> None:
    composer = begin(composers)
    composer.play(recorder, 2.0)
    composer.quit()
    melody = recorder.notes("edmd melody")
    ons = [heard for heard in melody if heard.message[0] == 0x90]
    assert len(ons) > 8
    assert [heard.message[1] for heard in ons] == list(range(40, 40 + len(ons)))
    assert [heard.message[0] for heard in melody] == [0x90, 0x80] * len(ons)
    assert len(recorder.notes("edmd percussion")) == len(melody)
    # In seconds, because frames do not advance while a busy machine does not run the server.
    gaps = sorted(after.seconds - before.seconds for before, after in pairwise(ons))
    assert gaps[len(gaps) // 2] == pytest.approx(TICK_FRAMES / 48_000, abs=0.005)  # the median
    said = [heard.message for heard in recorder.heard["edmd melody"]]
    assert said.index(b"\xfa") < said.index(b"\x90\x28\x64") < said.index(b"\xfc")
    assert said[-1] == b"\xfc"


def test_sigterm_silences_everything_and_exits(recorder: Recorder, composers: list[Composer]) -> None:
    composer = begin(composers, note_length=LONG)
    composer.play(recorder, 0.7)
    until(lambda: bool(recorder.sounding("edmd melody")), "notes sound")
    before = time.monotonic()
    os.kill(composer.process.pid, signal.SIGTERM)
    assert composer.process.wait() == 0
    assert time.monotonic() - before < 5
    assert recorder.sounding("edmd melody") == recorder.sounding("edmd percussion") == set()
    assert b"\xb9\x7b\x00" in [heard.message for heard in recorder.heard["edmd percussion"]]


def test_sigint_is_the_supervisors_to_decide(recorder: Recorder, composers: list[Composer]) -> None:
    composer = begin(composers)
    os.kill(composer.process.pid, signal.SIGINT)
    composer.play(recorder, 0.5)
    assert composer.process.poll() is None
    composer.quit()


SUPERVISOR_TO_KILL = """
import sys, time
from tests.midi.test_player_on_jack import Composer, LONG
from tests.midi.conftest import Recorder
if __name__ == "__main__":
    composer = Composer(note_length=LONG)
    print(composer.process.pid, flush=True)
    sys.stdin.readline()
    composer.start()
    composer.listen(60.0)
"""


def test_a_killed_supervisor_leaves_nothing_sounding(recorder: Recorder) -> None:
    words = [sys.executable, "-c", SUPERVISOR_TO_KILL]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as composer:
        assert composer.stdin is not None
        assert composer.stdout is not None
        player = int(composer.stdout.readline())
        recorder.connect()
        composer.stdin.write("\n")
        composer.stdin.flush()
        until(lambda: len(recorder.sounding("edmd melody")) > 2, "notes sound")
        composer.kill()
        until(lambda: not recorder.sounding("edmd melody"), "the melody is silent")
        until(lambda: not recorder.sounding("edmd percussion"), "the drums are silent")
        until(lambda: not _is_alive(player), "the player has ended")


def test_a_killed_players_successor_silences_its_notes_and_goes_on_in_phase(
    recorder: Recorder, composers: list[Composer]
) -> None:
    killed = begin(composers, note_length=LONG)
    killed.play(recorder, 1.0)
    until(lambda: len(recorder.sounding("edmd melody")) > 2, "notes sound")
    patchbay = open_patchbay("jack")
    patchbay.poll()
    killed.process.kill()
    killed.process.wait()
    killed.hear()
    began = killed.of(Began)[-1]
    # The killed player may have begun one tick more than it could say.
    left = (*((1, 40 + tick % 40) for tick in range(began.tick + 2)), (10, 36))
    successor = begin(composers, note_length=LONG)
    assert (successor.attached.course, successor.attached.is_playing) == (0, False)
    until(patchbay.restore, "the connections are back")
    patchbay.close()
    successor.take_over(began, left)
    before, ons_before = len(recorder.notes("edmd melody")), _ons(recorder)
    deadline = time.monotonic() + 20
    while _ons(recorder) < 9 + ons_before and time.monotonic() < deadline:
        successor.listen(0.1)
    assert _ons(recorder) >= 9 + ons_before
    successor.quit()
    assert recorder.sounding("edmd melody") == recorder.sounding("edmd percussion") == set()
    assert successor.of(Began)[0].tick > began.tick
    assert [h.message for h in recorder.heard["edmd melody"]].count(b"\xfa") == 1
    ons = [heard for heard in recorder.notes("edmd melody")[before:] if heard.message[0] == 0x90]
    tick_pulses = [began.timeline.pulse_at(heard.seconds) % PULSES_PER_TICK for heard in ons]
    assert sorted(tick_pulses)[len(ons) // 2] < 30  # the median, in pulses of 1 ms


def _ons(recorder: Recorder) -> int:
    return sum(each.message[0] == 0x90 for each in recorder.notes("edmd melody"))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
