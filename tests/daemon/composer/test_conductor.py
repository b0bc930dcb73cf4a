"""The conductor with a real player process and no MIDI system: failing networks, players that cannot start."""

import errno
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from daemon.composer.composer import Composer
from daemon.composer.decks import Decks
from daemon.composer.playing.conductor import Conductor
from daemon.composer.records.events import Events
from daemon.composer.records.gauge_reader import GaugeReader, open_gauge
from daemon.composer.records.recorder import Recorder
from daemon.composer.records.savepoints import Savepoints
from daemon.config import load_config
from daemon.link.player import ToPlayer
from daemon.link.role import Links
from daemon.link.supervision import Attach
from daemon.music.deck.operations import Entry, Fade, SetParameters
from daemon.supervision.settings import player_settings
from models import bundle as bundles
from tests.daemon.fragile import FragileSolo
from tests.daemon.handlers import Supervising
from tests.daemon.playback import CPU, loud, take_of
from tests.daemon.roles import RoleProcess, player_process
from tests.training import tiny


class Show:
    """A composer whose loop the test turns, and the messages it publishes."""

    def __init__(self, solo: FragileSolo, folder: Path, *more: str) -> None:
        config = load_config(
            overrides=(
                "midi.api=jack",
                "parameters.tempo=300",
                f"presets.folder={folder / 'presets'}",
                *more,
            ),
            environ={},
        )
        self.told: list[tuple[str, Any]] = []
        self.recorder = Recorder(folder)
        self.savepoints = Savepoints(folder / "state")
        assert self.savepoints.lock()
        gauge = config.gauge

        def conductor(_name: str, send: Callable[[ToPlayer], None]) -> Conductor:
            return Conductor(
                solo.deck(loud(tempo=300.0)),
                solo.library,
                Events(CPU.name, GaugeReader(partial(open_gauge, gauge)) if gauge else None),
                self.recorder,
                send,
                savepoints=self.savepoints,
                horizon_seconds=config.play.horizon_seconds,
                daemon="a test",
            )

        self.decks = Decks(conductor, solo.library, midi_clock=True)
        self.conductor = self.decks.main
        self._composer = Composer(self.decks)
        self.decks.publish = lambda _deck, topic, message: self.told.append((topic, message))
        self._supervisor = Supervising()
        self._links = Links(self._supervisor.theirs, "composer")
        self._settings = player_settings(config)
        self._player: RoleProcess | None = None

    def start(self) -> None:
        """Start a player, in the place of the one before it."""
        if self._player is not None:
            self._player.kill()
        self._player = player_process(self._settings, succeeds=self._player is not None)
        self._supervisor.channel.send(Attach("player"), self._player.attach("composer"))

    def close(self) -> None:
        if self._player is not None:
            self._player.end()
        self.decks.close(in_order=True)
        self._supervisor.close()
        self.recorder.close()

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not true():
            assert time.monotonic() < deadline
            self._composer._turn(self._links, 0.002)

    def until_tick(self, tick: int) -> None:
        """Play until a tick has begun; a busy machine may skip some before it."""
        self.until(lambda: max(self.ticks(), default=-1) >= tick)

    def states(self) -> list[dict[str, Any]]:
        return [message for topic, message in self.told if topic == "state"]

    def ticks(self) -> list[int]:
        return [message["tick"] for topic, message in self.told if topic == "tick"]


@pytest.fixture
def solo(tmp_path: Path) -> FragileSolo:
    return FragileSolo(bundles.load(str(tiny.write(tmp_path / "tiny"))), CPU, 1)


@pytest.fixture
def show(solo: FragileSolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "edmd-nothing")
    made = Show(solo, tmp_path)
    yield made
    made.close()


def test_a_network_that_fails_is_silent_and_the_music_goes_on(
    show: Show, solo: FragileSolo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    solo.library.failing = range(8, 14)
    show.recorder.start(tmp_path / "take.mid")
    show.start()
    show.until_tick(24)
    show.conductor.steer("stop")
    show.until(lambda: show.conductor.telling.transport()["state"] == "stopped")
    rests_recording = show.conductor.is_resting
    show.recorder.stop()
    show.recorder.wait()
    assert (rests_recording, show.conductor.is_resting) == (False, True)
    told = [each for each in caplog.records if "could not be composed" in each.message]
    assert len(told) == 3, "the same fault is logged a few times only"
    show.until(lambda: show.conductor.events.underruns >= 6)  # each silent tick counts as an underrun
    ticks = {note[0] // 120 for note in take_of(tmp_path / "take.mid")}
    assert ticks & set(range(8))
    assert not ticks & set(range(8, 14))
    assert ticks & set(range(14, 25))


def test_a_fault_after_a_good_bar_is_told_again(
    show: Show, solo: FragileSolo, caplog: pytest.LogCaptureFixture
) -> None:
    solo.library.failing = {*range(4, 10), *range(28, 34)}
    show.start()
    show.until_tick(36)
    told = [each.args[0] for each in caplog.records if "could not be composed" in each.message and each.args]  # type: ignore[index]
    assert told == [4, 5, 6, 28, 29, 30]


def test_a_tick_composed_again_is_counted_once(show: Show) -> None:
    show.start()
    show.until_tick(4)
    show.conductor.steer("stop")
    show.until(lambda: show.conductor.telling.transport()["state"] == "stopped")
    deck = show.conductor.deck
    show.conductor.changes.accept(SetParameters({"transpose": 1}))
    show.until(lambda: all(entry.revision for entry in deck.journal.entries))
    show.conductor.steer("continue")
    assert not show.conductor.is_resting
    counted = show.conductor.events.health_now()["ticks"]
    show.until(lambda: deck.head > counted + 4)
    assert show.conductor.events.health_now()["ticks"] == deck.head


def test_a_tempo_set_while_stopped_is_told_at_once(show: Show) -> None:
    show.start()
    show.until_tick(4)
    show.conductor.steer("stop")
    show.until(lambda: show.conductor.telling.transport()["state"] == "stopped")
    assert show.conductor.is_resting
    show.conductor.changes.accept(SetParameters({"tempo": 90.0}))
    assert show.conductor.telling.transport()["tempo"] == 90.0


def test_a_player_that_died_has_a_successor_that_goes_on(show: Show) -> None:
    show.start()
    show.until_tick(8)
    show.start()
    before = show.ticks()[-1]
    show.until(lambda: show.ticks()[-1] > before + 8)
    assert show.ticks() == sorted(set(show.ticks()))


def test_what_was_heard_stays_where_it_was_when_a_player_dies(show: Show) -> None:
    show.start()
    show.until_tick(4)
    noted: list[Entry] = []
    journal = show.conductor.deck.journal
    note = journal.changed

    def changed(entry: Entry) -> None:
        noted.append(entry)
        note(entry)

    journal.changed = changed
    tick = show.conductor.changes.accept(SetParameters({"transpose": 3}))
    show.until_tick(tick + 6)
    show.start()
    before = show.ticks()[-1]
    show.until(lambda: show.ticks()[-1] > before + 4)
    assert {each.tick for each in noted} == {tick}
    assert noted[-1].revision > 0


def test_a_recording_takes_the_rows_of_a_player_whose_composer_knows_no_reports(
    show: Show, tmp_path: Path
) -> None:
    """As after both have died: the savepoint is older than the recording."""
    show.recorder.start(tmp_path / "take.mid")
    show.recorder.add_rows([(0, "lead", True, 60, 100, 1, 0), (120, "lead", False, 60, 0, 1, 0)], 5000)
    show.start()
    show.until_tick(8)
    assert show.recorder.last_number > 5000


def test_an_error_leaves_the_savepoints_and_the_recording_to_the_next_composer(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show.recorder.start(tmp_path / "take.mid")
    show.start()
    show.until_tick(4)

    def fails() -> float:
        raise RuntimeError("a bug")

    monkeypatch.setattr(show.decks, "work", fails)
    with pytest.raises(RuntimeError, match="a bug"):
        show._composer.run(show._links)
    assert show.recorder.is_recording
    assert [*(tmp_path / "state").glob("state-*")]


def test_changes_without_end_of_a_stopped_deck_are_few_entries(show: Show) -> None:
    show.start()
    show.until_tick(4)
    show.conductor.steer("stop")
    show.until(lambda: show.conductor.telling.transport()["state"] == "stopped")
    deck = show.conductor.deck
    for transpose in range(1, 12):
        show.conductor.changes.accept(SetParameters({"transpose": transpose}))
        show.until(lambda: all(entry.revision for entry in deck.journal.entries))
    show.until(lambda: len(deck.journal.at(deck.next_tick, deck.next_tick)) <= 1)
    assert show.conductor.changes.state.parameters.transpose == 11
    show.conductor.steer("continue")
    tick = show.ticks()[-1]
    show.until_tick(tick + 4)
    ticked = deck.ticked(tick + 4)
    assert ticked is not None
    assert ticked.parameters.transpose == 11


def test_a_failure_of_housekeeping_ends_nothing_and_is_told_once(
    show: Show, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    show.start()
    show.until_tick(4)
    house = (
        (show.conductor.events, "health"),
        (show.conductor.events, "state"),
        (show.conductor.events, "began"),
        (show.conductor.events, "sent"),
        (show.recorder, "add_rows"),
        (show.savepoints, "save"),
    )
    for owner, name in house:
        monkeypatch.setattr(owner, name, lambda *_: fails())
    show.conductor.telling.changed()
    composed = show.conductor.deck.head
    show.until(lambda: show.conductor.deck.head > composed + 60)
    told = [record.message for record in caplog.records if "Too many open files" in record.message]
    assert sorted(line.partition(" failed")[0] for line in told) == [
        "publishing",
        "publishing a tick",
        "publishing what was sent",
        "recording",
        "saving",
    ]


def test_each_bar_that_was_played_is_read_by_the_gauge(show: Show) -> None:
    show.start()
    show.until(lambda: max(show.ticks(), default=0) >= 50 and any(tick % 16 == 15 for tick in show.ticks()))
    readings = [message for topic, message in show.told if topic == "gauge"]
    # A busy machine may skip a tick.
    assert [reading["bar"] for reading in readings] == [
        tick // 16 for tick in show.ticks() if tick % 16 == 15
    ]
    assert all(0 <= reading["edm"] <= 1 and len(reading["songs"]) == 5 for reading in readings)
    assert show.decks.stage().report()["gauge"] == readings[-1]


def test_without_a_gauge_the_music_goes_on(
    solo: FragileSolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "edmd-nothing")
    show = Show(solo, tmp_path, "gauge.enabled=false")
    show.start()
    show.until_tick(20)
    assert show.decks.stage().report()["gauge"] is None
    assert not [topic for topic, _ in show.told if topic == "gauge"]
    show.close()


def test_a_fade_ends_with_a_stop_and_what_follows_is_loud(show: Show) -> None:
    show.start()
    show.until_tick(4)
    show.conductor.changes.accept(Fade(2.0, "beat"))
    show.until(lambda: not show.conductor.position.is_playing)
    assert show.conductor.asked == "stop"
    assert show.conductor.changes.state.fade is None
    softest = [
        message["velocity"] for topic, message in show.told if topic == "note" and message["velocity"]
    ][-1]
    stopped = len(show.told)
    show.conductor.steer("continue")
    again = show.ticks()[-1] + 16
    show.until_tick(again)
    louder = [
        message["velocity"]
        for topic, message in show.told[stopped:]
        if topic == "note" and message["velocity"]
    ]
    assert max(louder) > softest
    assert min(louder[:3]) > 40


def test_continue_takes_a_fade_back(show: Show) -> None:
    show.start()
    show.until_tick(4)
    show.conductor.changes.accept(Fade(400.0, "now"))
    show.conductor.steer("continue")
    assert show.conductor.changes.state.fade is None
    show.until_tick(20)
    assert show.conductor.position.is_playing
