"""Any performance in virtual time: each note-on gets its note-off, whatever is requested meanwhile."""

import math
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.composer.playing.feeder import Feeder
from daemon.link.player import (
    Attached,
    Began,
    FromPlayer,
    Moved,
    Quit,
    Received,
    Refused,
    Sent,
    Taken,
    ToPlayer,
    Transport,
)
from daemon.music.deck.deck import Deck
from daemon.music.deck.deckstate import first_state
from daemon.music.deck.operations import Reseed, SetParameters, SwapModel
from daemon.music.ensemble.lineup import whole
from daemon.parameters import SPECS, Spec, check_all
from daemon.player.link import NewComposer
from daemon.player.player import Player, PlayerSettings
from daemon.player.ports.memory_ports import MemoryDriver
from daemon.player.ports.outputs import Outputs
from daemon.player.timing.clock import VirtualClock
from models import bundle as bundles
from models.take import TakeBuilder
from tests.daemon.playback import CPU, loud, solo_of
from tests.daemon.rig import sounding
from tests.daemon.solo import Solo, library_of
from tests.training import tiny

END_SECONDS = 4.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def solos(folder: Path) -> list[Solo]:
    return [solo_of(folder, 1), Solo(bundles.load(str(folder)), CPU, 2)]


class Course:
    """The composer's side of a player in virtual time: keeps its horizon filled, and acts on `script` at its times."""

    def __init__(
        self,
        clock: VirtualClock,
        solos: Sequence[Solo],
        script: Sequence[tuple[float, str, Any]],
        horizon_seconds: float,
    ) -> None:
        solos[0].begin(1, 0)
        self.take = TakeBuilder()
        self.waiting_bytes = 0
        self.deck = Deck(library_of(*solos), first_state(solos[0].lineup, solos[0].ensemble, loud()))
        self.feeder = Feeder(self.deck, self._send, horizon_seconds, clock=clock.now)
        self._clock, self._solos = clock, solos
        ends = [(END_SECONDS, "quit", None), (math.inf, "quit", None)]
        self._script = [*sorted(script, key=lambda step: step[0]), *ends]
        self._waiting: deque[ToPlayer | NewComposer] = deque([NewComposer()])

    def poll(self, timeout_seconds: float, /) -> bool:
        until = self._clock.now() + timeout_seconds
        while not self._waiting and self._clock.now() < until:
            if self._script[0][0] <= self._clock.now():
                _, kind, value = self._script.pop(0)
                self._do(kind, value)
            elif not self.feeder.work():
                self._clock.sleep_until(min(until, self._script[0][0], self._due()))
        return bool(self._waiting)

    def recv(self) -> ToPlayer | NewComposer:
        return self._waiting.popleft()

    def send(self, message: FromPlayer, /) -> None:
        match message:
            case Attached():
                self.feeder.attach(message)
                self._play()
            case Taken(revision):
                self.feeder.taken(revision)
            case Refused(revision):
                self.feeder.refused(revision)
            case Moved(course, state, tick) if course == self.deck.course:
                self.feeder.moved(tick, is_playing=state == "playing")
            case Began(course, tick, timeline) if course == self.deck.course:
                self.feeder.began(tick, timeline)
            case Sent(number, rows, _):
                self.take.add_rows(rows)
                self._send(Received(number))
            case _:
                pass

    def _send(self, message: ToPlayer) -> None:
        self._waiting.append(message)

    def _due(self) -> float:
        wait_seconds = self.feeder.wait_seconds()
        return math.inf if wait_seconds is None else self._clock.now() + max(wait_seconds, 1e-4)

    def _play(self) -> None:
        self._send(Transport("play", self.deck.course + 1))
        self.feeder.restart()
        for _ in range(2):
            self.feeder.work()

    def _do(self, kind: str, value: Any) -> None:
        tick = self.feeder.tick_for_changes()
        match kind:
            case "set":
                params, at, over = value
                self.deck.accept(SetParameters(check_all(params), at, over), tick)
            case "reseed":
                self.deck.accept(Reseed(value, "beat"), tick)
            case "swap":
                self.deck.accept(SwapModel(whole(self._solos[value].source), "beat"), tick)
            case "quit":
                self._send(Quit())
            case "play":
                self.take.start_over()
                self._play()
            case "continue" | "stop" | "panic":
                self._send(Transport(kind))


def values_of(spec: Spec) -> st.SearchStrategy[Any]:
    match spec.kind:
        case "bool":
            return st.booleans()
        case "choice":
            return st.sampled_from(spec.choices)
        case "int":
            return st.integers(int(spec.low), int(spec.high))
        case _:
            return st.floats(spec.low, spec.high)


CHANGES = st.dictionaries(st.sampled_from(list(SPECS)), st.none(), min_size=1, max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: values_of(SPECS[name]) for name in names})
)
SETS = st.tuples(CHANGES, st.sampled_from(["now", "beat", "bar", "phrase"]), st.sampled_from([0.0, 0.5, 4.0]))
STEPS = st.one_of(
    st.tuples(st.just("set"), SETS),
    st.tuples(st.just("set"), SETS),
    st.tuples(st.sampled_from(["stop", "continue", "play", "panic"]), st.none()),
    st.tuples(st.just("reseed"), st.integers(0, 3)),
    st.tuples(st.just("swap"), st.integers(0, 1)),
)
SCRIPTS = st.lists(
    st.tuples(st.floats(0, END_SECONDS - 0.01), STEPS).map(lambda pair: (pair[0], *pair[1])), max_size=16
)


def course_of(
    solos: Sequence[Solo], script: Sequence[tuple[float, str, Any]], horizon_seconds: float = 2.0
) -> tuple[Course, MemoryDriver]:
    clock = VirtualClock()
    driver = MemoryDriver(clock)
    course = Course(clock, solos, script, horizon_seconds)
    Player(clock, Outputs(driver, {}), course, PlayerSettings(tempo=128.0)).run()
    return course, driver


@given(SCRIPTS, st.sampled_from([0.2, 0.5, 2.0]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_note_on_gets_one_note_off_and_the_take_is_what_was_sent(
    solos: list[Solo], script: list[tuple[float, str, Any]], horizon_seconds: float
) -> None:
    course, driver = course_of(solos, script, horizon_seconds)
    count = 0
    for port in driver.ports.values():
        notes = [(seconds, message) for seconds, message in port.sent if message[0] & 0xE0 == 0x80]
        assert sounding(notes) == set()
        count += len(notes) // 2
    take = course.take.finish()
    assert len(take.notes) == count
    assert all(note.pulse >= 0 and note.length > 0 for note in take.notes)


@given(SCRIPTS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_course_is_the_same_music(solos: list[Solo], script: list[tuple[float, str, Any]]) -> None:
    first, again = (course_of(solos, script)[1] for _ in range(2))
    assert {name: port.sent for name, port in first.ports.items()} == {
        name: port.sent for name, port in again.ports.items()
    }


def test_stop_and_continue_change_no_note(solos: list[Solo]) -> None:
    plain, _ = course_of(solos, [(2.0, "stop", None)])
    paused, _ = course_of(solos, [(0.7, "stop", None), (0.9, "continue", None), (2.4, "stop", None)])
    begins = [sorted(note[:1] + note[2:] for note in each.take.finish().notes) for each in (plain, paused)]
    shorter = min(map(len, begins))
    assert shorter > 30
    assert begins[0][:shorter] == begins[1][:shorter]
