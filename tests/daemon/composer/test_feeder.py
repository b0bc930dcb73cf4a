"""The feeder with a real player on virtual time: what is heard is what the settled journal says, whatever stalls."""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
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
    Underrun,
)
from daemon.music.deck.deck import Deck
from daemon.music.deck.operations import Entry, Operation, Reseed, SetParameters
from daemon.music.ensemble.ensembles import Ticked
from daemon.music.systems.system import Steps
from daemon.player.link import NewComposer, PlayerSettings
from daemon.player.player import Player
from daemon.player.ports.memory_ports import MemoryDriver
from daemon.player.ports.outputs import Outputs
from daemon.player.timing.clock import VirtualClock
from models.notes import PULSES_PER_TICK
from tests.daemon.playback import loud, solo_of
from tests.daemon.solo import Solo
from tests.training import tiny

TICKS = 64


class Show:
    """A deck, its feeder and a player; the composer works while the player sleeps, but not during `stalls`.

    `changes` are asked for when their tick begins. A stall is (the tick whose beginning starts it, seconds).
    Composing a tick takes `compose_seconds`, and everything else in a turn of the composer's loop `turn_seconds`.
    """

    def __init__(
        self,
        solo: Solo,
        changes: Sequence[tuple[int, Operation]] = (),
        stalls: Sequence[tuple[int, float]] = (),
        tempo: float = 128.0,
        compose_seconds: float = 0.001,
        turn_seconds: float = 0.0,
    ) -> None:
        solo.begin(1, 0)
        self.clock = VirtualClock()
        self.deck = solo.deck(loud(tempo=tempo, humanize=0.0))
        self.feeder = Feeder(self.deck, self._to_player, 2.0, clock=self.clock.now)
        self.waiting_bytes = 0
        self.told: list[FromPlayer] = []
        self.settled: dict[int, Entry] = {}
        self.heard: list[tuple[Any, ...]] = []
        self.deck.journal.changed = lambda entry: self.settled.__setitem__(entry.number, entry)
        self._changes, self._stalls = deque(changes), deque(stalls)
        self._compose_seconds, self._turn_seconds = compose_seconds, turn_seconds
        self._compose, self.deck.compose = self.deck.compose, self._composed  # type: ignore[method-assign]
        self._to_hear: deque[ToPlayer | NewComposer] = deque([NewComposer()])
        self._unread: deque[FromPlayer] = deque()
        self._stalled_until = 0.0

    def run(self) -> "Show":
        driver = MemoryDriver(self.clock, ())
        player = Player(self.clock, Outputs(driver, {}), self, PlayerSettings(tempo=128.0, midi_clock=False))
        player.run()
        return self

    # The player's link.

    def poll(self, timeout_seconds: float, /) -> bool:
        until = self.clock.now() + timeout_seconds
        while not self._to_hear and self.clock.now() < until:
            if self._is_stalled() or not self._work():
                self.clock.sleep_until(until)
        return bool(self._to_hear)

    def recv(self) -> ToPlayer | NewComposer:
        return self._to_hear.popleft()

    def send(self, message: FromPlayer, /) -> None:
        self.told.append(message)
        self._unread.append(message)

    # The composer.

    def _is_stalled(self) -> bool:
        return self.clock.now() < self._stalled_until

    def _to_player(self, message: ToPlayer) -> None:
        self._to_hear.append(message)

    def _work(self) -> bool:
        while self._unread:
            self._hear(self._unread.popleft())
            if self._is_stalled():
                return False
        self.clock.sleep_until(self.clock.now() + self._turn_seconds)
        is_more = self.feeder.work()
        wait = self.feeder.wait_seconds()
        return is_more or wait == 0.0

    def _composed(self) -> Steps[Ticked]:
        self.clock.sleep_until(self.clock.now() + self._compose_seconds)
        return (yield from self._compose())

    def _hear(self, message: FromPlayer) -> None:
        match message:
            case Attached():
                self.feeder.attach(message)
                self._to_player(Transport("play"))
            case Taken(revision):
                self.feeder.taken(revision)
            case Refused(revision):
                self.feeder.refused(revision)
            case Moved(_, state, tick):
                self.feeder.moved(tick, is_playing=state == "playing")
            case Began(_, tick, timeline):
                self.feeder.began(tick, timeline)
                self._begin(tick)
            case Sent(number, rows, _):
                # A composer that stalls says late that the player is to end.
                self.heard += [row[:6] for row in rows if row[0] < TICKS * PULSES_PER_TICK]
                self._to_player(Received(number))
            case _:
                pass

    def _begin(self, tick: int) -> None:
        if tick >= TICKS:
            self._to_player(Quit())
        while self._changes and self._changes[0][0] <= tick:
            self.deck.accept(self._changes.popleft()[1], self.feeder.tick_for_changes())
        while self._stalls and self._stalls[0][0] <= tick:
            self._stalled_until = self.clock.now() + self._stalls.popleft()[1]

    def told_of(self, kind: type) -> list[Any]:
        return [message for message in self.told if isinstance(message, kind)]

    def as_journalled(self, solo: Solo) -> list[tuple[Any, ...]]:
        """What a new show plays whose journal has had everything from the beginning."""
        other = Show(solo, tempo=self.deck.state(self.deck.next_tick).previous.tempo)
        other.deck = deck_of(solo, self)
        other.feeder = Feeder(other.deck, other._to_player, 2.0, clock=other.clock.now)
        return other.run().heard


def deck_of(solo: Solo, show: Show) -> Deck:
    solo.begin(1, 0)
    deck = solo.deck(show.first)  # type: ignore[attr-defined]
    for entry in sorted(show.settled.values(), key=lambda entry: entry.number):
        deck.accept(entry.operation, entry.tick)
    return deck


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return solo_of(tiny.write(tmp_path_factory.mktemp("models") / "tiny"), 1)


def played(solo: Solo, *words: Any, **more: Any) -> Show:
    show = Show(solo, *words, **more)
    show.first = loud(tempo=more.get("tempo", 128.0), humanize=0.0)  # type: ignore[attr-defined]
    return show.run()


def test_without_changes_everything_comes_in_time(solo: Solo) -> None:
    show = played(solo)
    assert show.told_of(Underrun) == show.told_of(Refused) == []
    assert show.heard


@pytest.mark.parametrize("tempo", [60.0, 128.0, 300.0])
def test_a_change_is_heard_within_two_ticks(solo: Solo, tempo: float) -> None:
    show = played(
        solo, [(tick, SetParameters({"transpose": tick % 7})) for tick in range(10, 56, 5)], tempo=tempo
    )
    assert show.told_of(Underrun) == []
    dated = {entry.number: entry.tick for entry in show.settled.values()}
    assert all(tick - asked <= 2 for asked, tick in zip(range(10, 56, 5), dated.values(), strict=True))
    assert all(entry.revision for entry in show.settled.values())
    assert show.heard == show.as_journalled(solo)


@pytest.mark.parametrize("turn_seconds", [0.002, 0.004, 0.008])
def test_a_change_is_heard_also_where_the_horizon_takes_longer_than_a_tick(
    solo: Solo, turn_seconds: float
) -> None:
    """A tick lasts 50 ms here, and composing the horizon 120 to 370 ms, most of it beside the networks."""
    asked = range(10, 60, 5)
    changes: list[tuple[int, Operation]] = [(tick, SetParameters({"transpose": tick % 7})) for tick in asked]
    show = played(solo, changes, tempo=300.0, turn_seconds=turn_seconds)
    assert show.told_of(Underrun) == []
    dates = [entry.tick for _, entry in sorted(show.settled.items())]
    assert all(date - tick <= 2 for tick, date in zip(asked, dates, strict=True))
    assert all(entry.revision for entry in show.settled.values())
    assert show.heard == show.as_journalled(solo)


def test_a_composer_that_stands_still_for_a_second_and_a_half_is_not_heard(solo: Solo) -> None:
    show = played(solo, [(20, Reseed(5, "now"))], [(25, 1.5), (45, 1.5)])
    assert show.told_of(Underrun) == []
    assert show.heard == show.as_journalled(solo)


def test_a_longer_stall_is_heard_and_the_music_goes_on(solo: Solo) -> None:
    show = played(solo, (), [(20, 3.0)])
    missing = show.told_of(Underrun)
    assert missing
    assert max(message.tick for message in missing) < 50
    assert any(row[0] >= 55 * 120 for row in show.heard)


_OPERATIONS = st.one_of(
    st.builds(
        SetParameters,
        st.fixed_dictionaries({"transpose": st.integers(-5, 5)}),
        st.sampled_from(["now", "beat"]),
    ),
    st.builds(
        SetParameters,
        st.fixed_dictionaries({"tempo": st.floats(60, 300)}),
        st.just("now"),
        st.sampled_from([0.0, 4.0]),
    ),
    st.builds(Reseed, st.integers(0, 5), st.sampled_from(["now", "bar"])),
)


_HISTORIES = given(
    changes=st.lists(st.tuples(st.integers(0, TICKS - 16), _OPERATIONS), max_size=20).map(
        lambda all_: sorted(all_, key=lambda each: each[0])
    ),
    stalls=st.lists(st.tuples(st.integers(1, TICKS - 16), st.floats(0.0, 0.6)), max_size=4).map(sorted),
    compose_seconds=st.sampled_from([0.0005, 0.002, 0.006]),
)


# A rewind that a stall interrupts: the player holds the version before of the ticks that begin meanwhile.
_INTERRUPTED: Final = [
    (0, SetParameters({"tempo": 263.56769483673077})),
    *(
        (at, SetParameters({"transpose": to}))
        for at, to in ((21, -3), (27, 3), (30, 2), (31, 4), (31, 0), (32, 2), (47, 0))
    ),
]


@settings(max_examples=12)
@example(changes=_INTERRUPTED, stalls=[(27, 0.36131238654223585)], compose_seconds=0.006)
@_HISTORIES
def test_whatever_stalls_what_is_heard_is_what_the_settled_journal_says(
    solo: Solo,
    changes: list[tuple[int, Operation]],
    stalls: list[tuple[int, float]],
    compose_seconds: float,
) -> None:
    show = played(solo, changes, stalls, compose_seconds=compose_seconds)
    if not show.told_of(Underrun):
        assert show.heard == show.as_journalled(solo)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@settings(max_examples=400)
@_HISTORIES
def test_many_histories_are_heard_as_the_settled_journal_says(
    solo: Solo,
    changes: list[tuple[int, Operation]],
    stalls: list[tuple[int, float]],
    compose_seconds: float,
) -> None:
    show = played(solo, changes, stalls, compose_seconds=compose_seconds)
    if not show.told_of(Underrun):
        assert show.heard == show.as_journalled(solo)


@pytest.mark.parametrize("asked", [20, 26, 38])
def test_a_change_whose_tick_begins_while_it_is_composed_is_heard_as_it_is_dated(
    asked: int, solo: Solo
) -> None:
    """It would act at the next tick, which begins while the composer stands still: it acts one tick later."""
    changes: list[tuple[int, Operation]] = [
        (0, SetParameters({"tempo": 60.0})),
        (asked, Reseed(4, "now")),
    ]
    show = played(solo, changes, [(asked, 0.27)], compose_seconds=0.0005)
    assert show.settled[2].tick == asked + 2
    assert show.told_of(Underrun) == show.told_of(Refused) == []
    assert show.heard == show.as_journalled(solo)


def test_a_change_acts_while_the_deck_is_behind(solo: Solo) -> None:
    """Its tick is composed too late to be heard; later ticks are heard with it, and it acts once."""
    show = Show(solo, [(4, SetParameters({"transpose": 5})), (40, SetParameters({"gate": 0.5}))])
    show.first = loud(tempo=128.0, humanize=0.0)  # type: ignore[attr-defined]
    composed: list[int] = []
    compose = show.deck.compose

    def slow() -> Steps[Ticked]:
        composed.append(show.deck.head)
        show.clock.sleep_until(show.clock.now() + (0.3 if show.deck.head < 12 else 0.01))
        return (yield from compose())

    show.deck.compose = slow  # type: ignore[method-assign]
    show.run()
    assert len(show.told_of(Underrun)) > 10
    ticked = show.deck.ticked(TICKS - 1)
    assert ticked is not None
    assert (ticked.parameters.transpose, ticked.parameters.gate) == (5, 0.5)
    assert show.settled[1].tick < 10
    assert max(composed.count(tick) for tick in range(6, 12)) == 1
