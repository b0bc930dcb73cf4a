"""Opening hours: what is open when, and what the gateway does about it."""

import json
import time
from collections.abc import Hashable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.config import ConfigError, load_config
from daemon.control.messages import ControlError, Fade, Op, Scene, State, Transport
from daemon.gateway.opening import Opening
from daemon.gateway.surface import Reply
from daemon.link.gateway import Inner
from daemon.schedule import Hours, ScheduleError, next_change, open_at, read_schedule

WEEK = read_schedule(
    [
        {"days": "mon-fri", "from": "10:00", "until": "18:00", "scene": "day"},
        {"days": ["sat", "sun"], "from": "11:00", "until": "17:30"},
        {"days": "fri-sat", "from": "22:00", "until": "2:00", "scene": "night", "fade": 64},
    ]
)
MONDAY = datetime(2026, 11, 30, tzinfo=ZoneInfo("Europe/Vienna"))


@pytest.mark.parametrize(
    ("day", "moment", "scene"),
    [
        (0, "9:59", None),
        (0, "10:00", "day"),
        (0, "17:59", "day"),
        (0, "18:00", None),
        (4, "22:00", "night"),
        (4, "23:59", "night"),
        (5, "1:59", "night"),
        (5, "2:00", None),
        (5, "12:00", ""),
        (6, "1:00", "night"),
        (0, "1:00", None),
        (6, "17:30", None),
    ],
)
def test_what_is_open(day: int, moment: str, scene: str | None) -> None:
    hour, minute = map(int, moment.split(":"))
    found = open_at(WEEK, MONDAY + timedelta(days=day, hours=hour, minutes=minute))
    assert (found and found.scene) == scene


def test_the_last_of_several_counts_and_a_whole_day_is_open_all_day() -> None:
    hours = read_schedule(
        [
            {"from": "0:00", "until": "24:00", "scene": "all"},
            {"from": "12:00", "until": "13:00", "scene": "noon"},
        ]
    )
    scenes = [
        found and found.scene
        for hour in range(24)
        if (found := open_at(hours, MONDAY + timedelta(hours=hour)))
    ]
    assert scenes == ["all"] * 12 + ["noon"] + ["all"] * 11


def test_the_next_change_is_the_first_minute_at_which_something_else_is_open() -> None:
    now = MONDAY + timedelta(hours=17)
    assert next_change(WEEK, now) == MONDAY + timedelta(hours=18)
    assert next_change(WEEK, MONDAY + timedelta(hours=19)) == MONDAY + timedelta(days=1, hours=10)
    assert next_change((), now) is None
    assert next_change(read_schedule([{"from": "0:00", "until": "0:00"}]), now) is None


def test_the_wall_clock_counts_when_clocks_change() -> None:
    """In the night to 2026-10-25, Vienna has the hour from 2:00 to 3:00 twice; in that to 2026-03-29 it has none."""
    vienna = ZoneInfo("Europe/Vienna")
    hours = read_schedule([{"from": "22:00", "until": "2:30"}])
    assert open_at(hours, datetime(2026, 10, 25, 2, 29, fold=1, tzinfo=vienna))
    assert not open_at(hours, datetime(2026, 10, 25, 2, 30, tzinfo=vienna))
    assert not open_at(hours, datetime(2026, 3, 29, 3, 0, tzinfo=vienna))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"until": "10:00"}, "it needs from"),
        ({"from": "10:00"}, "it needs until"),
        ({"from": "25:00", "until": "1:00"}, "from is a time of the day"),
        ({"from": "10:60", "until": "11:00"}, "from is a time of the day"),
        ({"from": "24:01", "until": "11:00"}, "from is a time of the day"),
        ({"from": 10, "until": "11:00"}, "from is a time of the day"),
        ({"from": "1:00", "until": "2:00", "days": "monday"}, "days is"),
        ({"from": "1:00", "until": "2:00", "days": []}, "days is"),
        ({"from": "1:00", "until": "2:00", "fade": 0}, "fade is"),
        ({"from": "1:00", "until": "2:00", "fade": True}, "fade is"),
        ({"from": "1:00", "until": "2:00", "scene": 3}, "scene is"),
        ({"from": "1:00", "until": "2:00", "volume": 3}, "there is no volume"),
    ],
)
def test_a_wrong_entry_is_named(entry: dict[str, object], why: str, tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match=f"entry 1: {why}"):
        read_schedule([entry])
    config = tmp_path / "config.toml"
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in entry.items())
    config.write_text(f"[[schedule]]\n{lines}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"schedule.*entry 1: {why}"):
        load_config(config, (), {}, tmp_path)


class Deck:
    """Answers as a deck would, and notes what was asked for."""

    def __init__(self, *, is_playing: bool, answers: bool = True) -> None:
        self.is_playing, self.answers = is_playing, answers
        self.done: list[str] = []

    def ask(self, op: Op | Inner, _surface: str, _who: Hashable, reply: Reply, _deck: str) -> None:
        match op:
            case State():
                state = "playing" if self.is_playing else "stopped"
                busy = ControlError("unavailable", "not yet")
                reply({"transport": {"state": state}} if self.answers else busy)
                return
            case Transport(action):
                self.done.append(action)
                self.is_playing = action == "play"
            case Fade(over):
                self.done.append(f"fade {over:g}")
                self.is_playing = False
            case Scene(_, name, at=at):
                self.done.append(f"scene {name} at {at}")
                if name == "lost":
                    reply(ControlError("not_found", "no scene is named lost"))
                    return
        reply({})


class Wall:
    """The clock on the wall, and how an `Opening` acts by it."""

    def __init__(self, deck: Deck, *entries: Hours, at: datetime = MONDAY) -> None:
        self.now, self.deck, self.seconds = at, deck, 0.0
        self.opening = Opening(entries or WEEK, lambda: self.now)

    def until(self, day: int, hour: float, *, step_seconds: float = 60) -> list[str]:
        """Let time pass, and return what was done meanwhile."""
        self.deck.done.clear()
        end = MONDAY + timedelta(days=day, hours=hour)
        while self.now < end:
            self.now += timedelta(seconds=step_seconds)
            self.seconds += step_seconds
            self.opening.turn(self.deck.ask, self.seconds)
        return list(self.deck.done)


def test_a_week_of_a_museum() -> None:
    wall = Wall(Deck(is_playing=False))
    wall.opening.turn(wall.deck.ask, 0.0)
    assert wall.until(0, 9) == []
    assert wall.until(0, 12) == ["scene day at now", "play"]
    assert wall.until(1, 9) == ["fade 32"]
    assert wall.until(4, 21) == ["scene day at now", "play", "fade 32"] * 4
    assert wall.until(5, 3) == ["scene night at now", "play", "fade 64"]
    assert wall.until(5, 20) == ["play", "fade 32"]


def test_whoever_plays_or_stops_by_hand_in_between_is_left_alone() -> None:
    wall = Wall(Deck(is_playing=True), at=MONDAY + timedelta(hours=12))
    wall.opening.turn(wall.deck.ask, 0.0)
    assert wall.until(0, 13) == []
    wall.deck.is_playing = False
    assert wall.until(0, 17) == []
    assert wall.until(0, 19) == ["fade 32"]


def test_a_gateway_that_starts_in_between_changes_only_what_must_be() -> None:
    play = ["scene day at now", "play"]
    for is_playing, hour, done in ((True, 12, []), (False, 12, play), (True, 20, ["stop"]), (False, 20, [])):
        deck = Deck(is_playing=is_playing)
        wall = Wall(deck, at=MONDAY + timedelta(hours=hour))
        wall.opening.turn(deck.ask, 0.0)
        assert deck.done == done


def test_a_composer_that_does_not_answer_yet_is_asked_again() -> None:
    deck = Deck(is_playing=False, answers=False)
    wall = Wall(deck, at=MONDAY + timedelta(hours=12))
    assert wall.until(0, 12.2) == []
    deck.answers = True
    assert wall.until(0, 12.4) == ["scene day at now", "play"]


def test_after_a_suspension_the_present_counts_once() -> None:
    wall = Wall(Deck(is_playing=True), at=MONDAY + timedelta(hours=12))
    wall.opening.turn(wall.deck.ask, 0.0)
    assert wall.until(3, 12, step_seconds=3 * 86400) == []
    assert wall.until(4, 3, step_seconds=15 * 3600) == ["fade 32"]
    wall.now -= timedelta(hours=10)  # a clock that was wrong
    assert wall.until(3, 17.5) == ["scene day at now", "play"]


def test_a_scene_that_is_lost_does_not_keep_the_music_from_playing() -> None:
    (hours,) = read_schedule([{"from": "10:00", "until": "18:00", "scene": "lost"}])
    wall = Wall(Deck(is_playing=False), hours)
    wall.opening.turn(wall.deck.ask, 0.0)
    assert wall.until(0, 11) == ["scene lost at now", "play"]


def test_it_looks_once_a_second() -> None:
    wall = Wall(Deck(is_playing=False))
    assert wall.opening.turn(wall.deck.ask, time.monotonic()) == 1.0
