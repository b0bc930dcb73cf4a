"""Several decks in one composer, with a stand-in for the player that takes every revision."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from daemon.composer.decks import Decks
from daemon.composer.playing.conductor import Conductor
from daemon.composer.records.events import Events
from daemon.composer.records.recorder import Recorder
from daemon.composer.records.savepoints import Savepoints
from daemon.control import messages
from daemon.control.messages import ControlError
from daemon.link.gateway import PresetsChanged, SwapSystem
from daemon.link.player import (
    AddDeck,
    Attached,
    ClockState,
    DeckMessage,
    Inherit,
    Located,
    Moved,
    NoDeck,
    RemoveDeck,
    Revise,
    SetClock,
    Taken,
    TakeOver,
    ToPlayer,
    Transport,
    Wanted,
)
from daemon.link.timeline import Timeline
from models import bundle as bundles
from models.notes import MAIN
from tests.daemon.playback import CPU, loud
from tests.daemon.solo import Solo
from tests.training import tiny


class Stage:
    """Decks whose player holds what it is sent; `sent` are its messages, `told` is telemetry (deck, topic, body)."""

    def __init__(self, solo: Solo, folder: Path) -> None:
        self.solo, self.folder = solo, folder
        self.attaches = True
        self.sent: list[ToPlayer] = []
        self.told: list[tuple[str, str, dict[str, Any]]] = []
        self.decks = Decks(self._conductor, solo.library, midi_clock=True)
        self.decks.publish = lambda deck, topic, body: self.told.append((deck, topic, dict(body)))
        self.decks.player._channel = SimpleNamespace(  # type: ignore[assignment]
            send=self._take, close=lambda: None, receive=lambda: ()
        )
        self.attach(MAIN)

    def _conductor(self, name: str, send: Callable[[ToPlayer], None]) -> Conductor:
        conductor = Conductor(
            self.solo.deck(loud()),
            self.solo.library,
            Events(CPU.name),
            Recorder(self.folder, f"test/{name}"),
            send,
            savepoints=Savepoints(self.folder / name),
            horizon_seconds=1.0,
            daemon="a test",
        )
        conductor.asked = "stop"
        return conductor

    def attach(self, name: str, course: int = 0, revision: int = 0) -> None:
        timeline = Timeline(0, 0.0, 128.0)
        self.decks._hear(Attached(course, revision, 0, 0, False, timeline, (), {}, "", deck=name))

    def _take(self, message: ToPlayer) -> None:
        self.sent.append(message)
        if isinstance(message, AddDeck) and self.attaches:
            self.attach(message.deck)
        if isinstance(message, Revise):
            self.decks._hear(Taken(message.revision, deck=message.deck))

    def work(self) -> None:
        while self.decks.work() == 0.0:
            pass

    def of(self, deck: str, kind: type) -> list[Any]:
        return [each for each in self.sent if isinstance(each, kind) and getattr(each, "deck", "") == deck]

    def of_all(self, kind: type) -> list[Any]:
        return [each for each in self.sent if isinstance(each, kind)]

    def do(self, action: messages.DeckAction, name: str | None = None) -> list[str]:
        return [each["name"] for each in self.decks.handle(messages.Deck(action, name), MAIN)["decks"]]


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return Solo(bundles.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny"))), CPU, 1)


@pytest.fixture
def stage(solo: Solo, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(solo, tmp_path)
    yield made
    made.decks.close(in_order=True)


def test_a_deck_is_added_listed_and_removed(stage: Stage) -> None:
    assert stage.do("list") == [MAIN]
    assert stage.do("add", "b") == [MAIN, "b"]
    assert stage.of("b", AddDeck) == [AddDeck("b", midi_clock=True, tempo=loud().tempo)]
    assert stage.do("remove", "b") == [MAIN]
    assert stage.sent[-1] == RemoveDeck("b")


@pytest.mark.parametrize(
    ("action", "name", "code"),
    [("add", MAIN, "bad_request"), ("remove", MAIN, "bad_request"), ("remove", "x", "not_found")],
)
def test_a_wrong_deck_is_refused_by_name(
    stage: Stage, action: messages.DeckAction, name: str, code: str
) -> None:
    with pytest.raises(ControlError, match=name) as refused:
        stage.do(action, name)
    assert refused.value.code == code


def test_a_request_concerns_its_deck_alone(stage: Stage) -> None:
    stage.do("add", "b")
    stage.decks.handle(messages.Set({"tempo": 90.0}), "b")
    tempos = [stage.decks.handle(messages.Get(("tempo",)), name)["params"]["tempo"] for name in (MAIN, "b")]
    assert tempos == [loud().tempo, 90.0]
    with pytest.raises(ControlError, match="no deck is named c; there is: main, b"):
        stage.decks.handle(messages.Get(), "c")


def test_each_deck_plays_and_what_it_sends_carries_its_name(stage: Stage) -> None:
    stage.do("add", "b")
    stage.decks.handle(messages.Transport("play"), "b")
    stage.work()
    assert [each.action for each in stage.of("b", Transport)] == ["play"]
    assert stage.of("b", Revise)
    assert not [each for each in stage.of(MAIN, Transport) if each.action == "play"]


def test_a_removed_deck_composes_no_more_and_its_rows_are_free(stage: Stage, solo: Solo) -> None:
    stage.do("add", "warm")
    stage.do("remove", "warm")
    free = [len(session._free) for session in solo.opened.sessions.values()]
    stage.do("add", "b")
    stage.decks.handle(messages.Transport("play"), "b")
    stage.work()
    stage.do("remove", "b")
    assert [len(session._free) for session in solo.opened.sessions.values()] == free
    count = len(stage.of("b", Revise))
    stage.work()
    assert len(stage.of("b", Revise)) == count
    with pytest.raises(ControlError):
        stage.decks.handle(messages.Transport("play"), "b")


def test_telemetry_carries_the_deck_where_there_are_several(stage: Stage) -> None:
    stage.decks.publish_due()
    assert all("deck" not in body for _, _, body in stage.told)
    stage.do("add", "b")
    stage.told.clear()
    for conductor in stage.decks.conductors:
        conductor.events._next_state = 0.0
    stage.decks.publish_due()
    states = [(deck, body["deck"], body["decks"]) for deck, topic, body in stage.told if topic == "state"]
    assert states == [(MAIN, MAIN, [MAIN, "b"]), ("b", "b", [MAIN, "b"])]


def test_a_new_player_is_asked_for_every_deck_and_a_deck_it_alone_has_is_removed(stage: Stage) -> None:
    stage.do("add", "b")
    stage.decks._lose_player()
    stage.sent.clear()
    stage.attach(MAIN)
    assert stage.of("b", AddDeck)
    stage.attach("stranger")
    assert RemoveDeck("stranger") in stage.sent


def test_one_part_of_one_deck_changes_its_system(stage: Stage) -> None:
    stage.do("add", "b")
    assert stage.decks.handle(SwapSystem("pattern", "percussion"), "b")["part"] == "percussion"
    stage.decks.handle(messages.Transport("play"), "b")
    stage.work()
    plays = {name: stage.decks.stage(name).deck.state(8).lineup for name in (MAIN, "b")}
    assert plays["b"].percussion.name == "pattern"
    assert plays["b"].melody == plays[MAIN].melody == plays[MAIN].percussion


def test_every_message_to_the_player_about_a_deck_carries_it(stage: Stage) -> None:
    stage.do("add", "b")
    stage.decks.handle(messages.Transport("play"), "b")
    stage.work()
    assert {each.deck for each in stage.sent if isinstance(each, DeckMessage)} <= {MAIN, "b"}


def test_play_before_the_player_knows_the_deck_begins_at_its_first_tick(stage: Stage) -> None:
    stage.attaches = False
    stage.do("add", "b")
    assert stage.decks.handle(messages.Transport("play"), "b") == {"state": "playing"}
    assert not stage.of("b", Transport)
    stage.attach("b")
    stage.work()
    assert [each.action for each in stage.of("b", Transport)] == ["play"]
    assert stage.of("b", Revise)[0].from_tick == 0


def test_a_deck_that_the_player_gives_up_is_stopped(stage: Stage) -> None:
    stage.do("add", "b")
    stage.decks.handle(messages.Transport("play"), "b")
    stage.decks._hear(NoDeck("b", "there are too many"))
    assert stage.decks.handle(messages.Deck("list"), MAIN)["decks"][1]["state"] == "stopped"
    stage.work()


def test_messages_about_a_removed_deck_do_not_reach_its_namesake(stage: Stage) -> None:
    stage.do("add", "b")
    stage.do("remove", "b")
    stage.attaches = False
    stage.do("add", "b")
    stage.decks._hear(Taken(57, deck="b"))
    stage.attach("b")
    stage.decks.handle(messages.Transport("play"), "b")
    stage.work()
    assert stage.of("b", Revise)


def test_a_deck_added_and_left_alone_has_a_savepoint_for_the_next_composer(stage: Stage) -> None:
    stage.do("add", "b")
    assert stage.decks._seats["b"].conductor._savepoints._disk.drain(20.0)
    assert [*(stage.folder / "b").glob("state-*")]


def test_saved_presets_are_told_to_the_pages_of_all_decks(stage: Stage) -> None:
    stage.do("add", "b")
    stage.decks.handle(PresetsChanged(), "b")
    assert [stage.decks.stage(name).preset_changes for name in (MAIN, "b")] == [1, 1]


def test_a_new_player_gets_a_full_horizon_at_once(stage: Stage) -> None:
    stage.decks.handle(messages.Transport("play"), MAIN)
    stage.work()
    held = stage.of(MAIN, Revise)[-1]
    last = held.ticks[-1].tick
    stage.decks._lose_player()
    stage.sent.clear()
    stage.attach(MAIN)
    stage.work()
    sent = [tick.tick for each in stage.of(MAIN, Revise) for tick in each.ticks]
    assert sent[-1] >= last, "the horizon is sent again although no tick has begun"


FOLLOWS = ClockState("link", "link", True, None, 120.0, 20.0, 1, {"lead": -40.0}, nudged_ms=5.0)


def test_what_was_chosen_live_outlives_the_composer_and_then_the_player(stage: Stage) -> None:
    stage.attach(MAIN, course=1, revision=1)  # a player that has played before this composer came
    stage.decks._hear(FOLLOWS)
    stage.attach(MAIN)
    told = [each for each in stage.sent if isinstance(each, SetClock)]
    assert told == [SetClock("link", 20.0, delays={"lead": -40.0})]
    assert stage.of_all(Inherit) == [Inherit(FOLLOWS)]


def test_a_choice_that_comes_before_the_player_tells_its_own_keeps_the_rest(stage: Stage) -> None:
    stage.attach(MAIN, course=1, revision=1)
    stage.decks.handle(messages.Clock("delay", voice="chords", ms=10.0), MAIN)
    stage.decks._hear(FOLLOWS)
    stage.attach(MAIN)
    told = [each for each in stage.sent if isinstance(each, SetClock)]
    assert told[-1] == SetClock("link", 20.0, delays={"lead": -40.0, "chords": 10.0})


def test_the_settings_of_a_new_player_are_not_taken_for_a_choice(stage: Stage) -> None:
    stage.decks._hear(replace(FOLLOWS, nudged_ms=0.0))
    stage.attach(MAIN)
    assert not [each for each in stage.sent if isinstance(each, SetClock)]


def test_what_a_new_player_says_before_it_has_inherited_the_time_is_not_true(stage: Stage) -> None:
    stage.decks._hear(FOLLOWS)
    stage.attach(MAIN)
    tempo = stage.decks.main.changes.state.parameters.tempo
    stage.decks._hear(ClockState("internal", "internal", True, None, 0.0, 0.0))
    assert stage.decks.main.position.leader == "link"
    stage.decks._hear(replace(FOLLOWS, source="midi", leader="midi", is_heir=True))
    assert stage.decks.main.position.leader == "midi"
    assert stage.decks.main.changes.state.parameters.tempo == tempo


@pytest.mark.parametrize(("runs", "waits"), [(None, True), (False, True), (True, False)])
def test_a_new_player_waits_for_a_foreign_transport_that_is_stopped(
    runs: bool | None, waits: bool, stage: Stage
) -> None:
    stage.decks.handle(messages.Transport("play"), MAIN)
    stage.decks._hear(ClockState("midi", "midi", True, runs, 120.0, 0.0))
    course = stage.decks.main.deck.course
    stage.decks._hear(Moved(course, "playing", 0))
    stage.decks._hear(Moved(course, "stopped", 0))
    stage.decks._lose_player()
    stage.sent.clear()
    stage.attach(MAIN)
    assert [each.waits for each in stage.of(MAIN, TakeOver)] == [waits]
    assert bool(stage.of(MAIN, Transport)) is not waits
    assert stage.of_all(Inherit)[0].clock.runs is runs


def test_a_foreign_song_that_starts_anew_counts_its_bars_from_0(stage: Stage) -> None:
    conductor = stage.decks.main
    stage.decks.handle(messages.Transport("play"), MAIN)
    stage.decks._hear(ClockState("midi", "midi", True, True, 120.0, 0.0))
    stage.decks._hear(Moved(conductor.deck.course, "playing", 0))
    stage.decks._hear(Located(4, 68))  # 64 sixteenths, 4 bars, ahead
    assert conductor.position.tell(0.0, 120.0)["bar"] == 4
    stage.decks._hear(Wanted("play"))  # the song starts anew
    stage.decks._hear(Moved(conductor.deck.course, "playing", 0))
    assert conductor.position.tell(0.0, 120.0)["bar"] == 0


def test_nudges_in_a_row_add_up_to_a_second_at_most(stage: Stage) -> None:
    for _ in range(4):
        stage.decks.handle(messages.Clock("nudge", ms=250.0), MAIN)
    with pytest.raises(ControlError, match="together move the music by at most 1000 ms") as caught:
        stage.decks.handle(messages.Clock("nudge", ms=250.0), MAIN)
    assert (caught.value.code, caught.value.param) == ("out_of_range", "ms")
    stage.decks.handle(messages.Clock("nudge", ms=-250.0), MAIN)
    assert [each.nudge_ms for each in stage.of_all(SetClock)] == [250.0] * 4 + [-250.0]
    stage.decks._hear(replace(FOLLOWS, nudged_ms=12.0))
    assert stage.decks.handle(messages.Clock("state"), MAIN)["nudged"] == 12.0


def test_the_beat_is_the_one_that_is_heard(stage: Stage) -> None:
    position = stage.decks.main.position
    stage.decks._hear(replace(FOLLOWS, ahead_seconds=0.25))
    position.moved("playing", 0)
    position.begun(8, Timeline(0, 100.0, 120.0))
    assert (position.beat_at(102.0), position.pulse_at(102.0), position.pulse_sent(102.0)) == (
        3.5,
        1680,
        1920,
    )
