"""The tempo of a Link session and that of the music: each change is passed on once, and joining changes nothing."""

import pytest

from daemon.composer.playing import timekeeping
from daemon.composer.playing.shared_tempo import SharedTempo
from daemon.composer.playing.timekeeping import Timekeeping
from daemon.control.messages import Clock, ControlError
from daemon.link.player import ClockState, SetClock, ToPlayer


def joined(mine: float = 128.0, theirs: float = 140.0) -> SharedTempo:
    tempo = SharedTempo()
    assert tempo.adopt(mine, 0.0) is None
    tempo.hear(theirs)
    return tempo


def test_who_joins_takes_the_tempo_of_the_session_and_never_sends_its_own() -> None:
    tempo = joined()
    assert tempo.adopt(128.0, 0.1) is None
    assert tempo.missed(0.1) == 140.0
    assert tempo.adopt(128.0, 0.2) is None  # the horizon still has the tempo of before
    assert tempo.missed(0.2) is None
    assert tempo.adopt(140.0, 0.3) is None
    assert tempo.missed(0.3) is None


def test_music_that_begins_in_a_session_does_not_send_its_tempo_either() -> None:
    tempo = SharedTempo()
    tempo.hear(140.0)
    assert tempo.missed(0.0) is None
    assert tempo.adopt(128.0, 0.1) is None
    assert tempo.missed(0.1) == 140.0


def test_a_change_here_is_sent_once_and_the_old_tempo_of_the_session_is_not_taken_back() -> None:
    tempo = joined(140.0)
    assert tempo.adopt(120.0, 1.0) == 120.0
    assert tempo.missed(1.1) is None  # the session has not told its new tempo yet
    tempo.hear(120.0)
    assert tempo.adopt(120.0, 1.2) is None
    assert tempo.missed(2.0) is None


def test_a_glide_here_reaches_the_session_step_by_step() -> None:
    tempo = joined(140.0)
    steps = [140.0 - step for step in range(1, 20)]
    assert [tempo.adopt(each, 1 + 0.1 * n) for n, each in enumerate(steps)] == steps


def test_a_change_there_is_taken_after_one_before_it_is_heard() -> None:
    tempo = joined()
    assert tempo.missed(0.1) == 140.0
    tempo.hear(150.0)
    assert tempo.missed(0.2) is None  # 140 is on its way into the music
    assert tempo.adopt(140.0, 0.3) is None
    assert tempo.missed(0.3) == 150.0
    assert tempo.adopt(150.0, 0.4) is None


def test_a_tempo_that_edmd_cannot_play_stays_that_of_the_session() -> None:
    tempo = joined(300.0, 500.0)
    assert tempo.missed(0.1) is None
    assert tempo.adopt(300.0, 0.2) is None


def test_outside_of_a_session_nothing_is_sent() -> None:
    tempo = joined(140.0)
    tempo.hear(None)
    assert tempo.adopt(120.0, 1.0) is None
    assert tempo.missed(1.0) is None


def test_a_session_that_is_not_heard_yet_has_no_tempo() -> None:
    keeping = Timekeeping(lambda _: None)
    keeping.state = ClockState("link", "link", False, None, 128.0, 0.0)
    assert keeping.tempo is None
    heard = Timekeeping(lambda _: None)
    heard.state = ClockState("link", "link", True, None, 140.5, 0.0, 2)
    assert heard.tempo == 140.5
    assert heard.describe()["peers"] == 2


def test_without_its_package_link_cannot_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[ToPlayer] = []
    keeping = Timekeeping(sent.append)
    monkeypatch.setattr(timekeeping, "what_link_needs", lambda: "pip install 'edmd[link]'")
    with pytest.raises(ControlError) as refused:
        keeping.handle(Clock("source", "link"))
    assert refused.value.code == "unavailable"
    assert "edmd[link]" in refused.value.message
    assert not sent
    monkeypatch.setattr(timekeeping, "what_link_needs", lambda: None)
    assert keeping.handle(Clock("source", "link"))["source"] == "link"
    assert sent == [SetClock("link")]
